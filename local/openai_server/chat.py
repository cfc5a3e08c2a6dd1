"""Chat completions: messages in, one label out with the calibrated probabilities of all, or what the model writes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import msgspec
from starlette.responses import Response

from local.openai_server import trainer_bridge
from local.openai_server.answers import Answered, answer
from local.openai_server.calls import Call, check_metadata, json_response
from local.openai_server.classifiers import LoadedModel
from local.openai_server.errors import invalid, unsupported
from local.openai_server.ids import fingerprint, new_id
from local.openai_server.models import callable_model, generator_for, is_written
from local.openai_server.parameters import (
    Count,
    Penalty,
    Share,
    StreamOptions,
    Temperature,
    check_length,
    check_stream_options,
    refuse,
    sampling_of,
    usage,
)  # fmt: skip
from local.openai_server.services import Services
from local.openai_server.streaming import stream_as_written, stream_response
from local.openai_server.written import Wanted, write_all
from local.openai_server.written_chat import chat_chunks, chat_object

LABELS_ONLY = "Models here answer with a label or with plain text."
REFUSED = {
    "audio": LABELS_ONLY,
    "frequency_penalty": LABELS_ONLY,
    "function_call": LABELS_ONLY,
    "functions": LABELS_ONLY,
    "logit_bias": "A classifier's 'class_probabilities' can be weighed where they are read.",
    "moderation": "Nothing is moderated here.",
    "parallel_tool_calls": LABELS_ONLY,
    "prediction": LABELS_ONLY,
    "presence_penalty": LABELS_ONLY,
    "reasoning_effort": LABELS_ONLY,
    "store": "Answers are not stored here.",
    "tool_choice": LABELS_ONLY,
    "tools": LABELS_ONLY,
    "verbosity": LABELS_ONLY,
    "web_search_options": LABELS_ONLY,
}


class _Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    pass


class TextPart(_Body):
    """A part of a message's content; text is the only kind that is read."""

    type: str
    text: str | None = None
    image_url: object = None
    input_audio: object = None
    file: object = None
    refusal: str | None = None
    prompt_cache_breakpoint: object = None


class ChatMessage(_Body):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_call_id: str | None = None
    tool_calls: object = None
    function_call: object = None
    audio: object = None
    annotations: object = None

    def text(self, position: int) -> str:
        """The message's text; raises ApiError 400 for images, audio and tool calls."""
        for field in ("tool_calls", "function_call", "audio"):
            if getattr(self, field):
                raise unsupported(f"messages[{position}].{field}", LABELS_ONLY)
        if not isinstance(self.content, list):
            return self.content or ""
        for number, part in enumerate(self.content):
            if part.type not in ("text", "refusal"):
                raise unsupported(f"messages[{position}].content[{number}].type", "Only text is read.")
        return "".join(part.text or part.refusal or "" for part in self.content)


class ChatBody(_Body):
    """The body of POST /chat/completions; what a classifier can't honour is refused by name."""

    model: str
    messages: list[ChatMessage]
    n: Count | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: dict[str, str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: object = None
    prompt_cache_retention: str | None = None
    service_tier: str | None = None
    response_format: dict[str, object] | None = None
    modalities: list[str] | None = None
    audio: object = None
    frequency_penalty: Penalty | None = None
    function_call: object = None
    functions: list[object] | None = None
    logit_bias: dict[str, float] | None = None
    moderation: object = None
    parallel_tool_calls: bool | None = None
    prediction: object = None
    presence_penalty: Penalty | None = None
    reasoning_effort: str | None = None
    store: bool | None = None
    tool_choice: object = None
    tools: list[object] | None = None
    verbosity: str | None = None
    web_search_options: object = None

    def check(self) -> None:
        """Raises ApiError 400 for what is out of bounds or can't be honoured."""
        refuse(self, REFUSED)
        if not self.messages:
            raise invalid(
                "Invalid 'messages': expected at least one message.", param="messages", code="empty_array"
            )
        for param in ("max_tokens", "max_completion_tokens"):
            limit = getattr(self, param)
            if limit is not None and limit < 1:
                raise invalid(
                    f"Invalid '{param}': must be at least 1.", param=param, code="integer_below_min_value"
                )
        if self.top_logprobs is not None and not 0 <= self.top_logprobs <= 20:
            raise invalid(
                "Invalid 'top_logprobs': must be 0 to 20.", param="top_logprobs", code="invalid_value"
            )
        if self.top_logprobs is not None and not self.logprobs:
            message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
            raise invalid(message, param="top_logprobs", code="invalid_value")
        if self.service_tier not in (None, "auto", "default"):
            raise unsupported("service_tier", "There is one tier here: 'default'.")
        if self.response_format is not None and self.response_format.get("type") != "text":
            raise unsupported("response_format", LABELS_ONLY)
        if self.modalities not in (None, ["text"]):
            raise unsupported("modalities", LABELS_ONLY)
        check_stream_options(self.stream, self.stream_options)
        check_metadata(self.metadata)


async def create_chat_completion(services: Services, call: Call) -> Response:
    """POST /chat/completions."""
    body = call.json(ChatBody)
    if not body.stream:
        return json_response(await respond(services, call.owner, body))
    if not is_written(services, call.owner, body.model):
        return stream_response(_chunks(body, await ask(services, call.owner, body)))
    wanted = _wanted(body)
    generator = await generator_for(services, call.owner, body.model)
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    return stream_as_written(chat_chunks(body.model, generator, wanted, with_usage=with_usage))


async def respond(services: Services, owner: str, body: ChatBody, *, bulk: bool = False) -> dict[str, Any]:
    """OpenAI's chat.completion by a model of either kind; raises ApiError."""
    if not is_written(services, owner, body.model):
        return completion_object(body, await ask(services, owner, body, bulk=bulk))
    wanted = _wanted(body)
    generator = await generator_for(services, owner, body.model)
    written = await write_all(generator, wanted)
    services.metrics.count_predictions()
    return chat_object(body.model, wanted, written)


def _wanted(body: ChatBody) -> Wanted:
    """What a model that writes is asked; raises ApiError for what the body may not say."""
    body.check()
    sampling = sampling_of(
        n=body.n, temperature=body.temperature, top_p=body.top_p, seed=body.seed, stop=body.stop
    )
    turns = [(message.role, message.text(position)) for position, message in enumerate(body.messages)]
    check_length("".join(text for _, text in turns), "messages")
    return Wanted(
        turns=turns,
        sampling=sampling,
        max_tokens=body.max_completion_tokens or body.max_tokens,
        top=(body.top_logprobs or 0) if body.logprobs else None,
    )


async def ask(services: Services, owner: str, body: ChatBody, *, bulk: bool = False) -> Answered:
    """Classify the conversation; raises ApiError for what the body may not say and for an unknown model."""
    body.check()
    sampling = sampling_of(
        n=body.n, temperature=body.temperature, top_p=body.top_p, seed=body.seed, stop=body.stop
    )
    texts = [message.text(position) for position, message in enumerate(body.messages)]
    check_length("".join(texts), "messages")
    model = await model_for(services, owner, body.model)
    turns = [
        {"role": message.role, "content": text} for message, text in zip(body.messages, texts, strict=True)
    ]
    text = model.classifier.text_of(turns)
    prediction = await model.predict(text, counted=texts, bulk=bulk)
    services.metrics.count_predictions()
    framed = prediction.prompt_tokens + trainer_bridge.chat_frame_tokens(len(texts))
    return answer(model, replace(prediction, prompt_tokens=framed), sampling)


async def model_for(services: Services, owner: str, model_id: str) -> LoadedModel:
    """The loaded model of that name; raises ApiError 404, or 400 for a base, which has learnt nothing yet."""
    model = callable_model(services, owner, model_id)
    return await services.classifiers.get(model.id, model.directory)


def completion_object(body: ChatBody, answered: Answered) -> dict[str, Any]:
    """OpenAI's chat.completion, with `class_probabilities` and other extensions of ours in every choice."""
    return {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.model,
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": given.text, "refusal": None, "annotations": []},
                "logprobs": _logprobs(body, answered, index),
                "finish_reason": "stop",
                **answered.extensions(),
            }
            for index, given in enumerate(answered.answers)
        ],
        "usage": usage(answered.prompt_tokens, answered.completion_tokens),
        "service_tier": "default",
        "system_fingerprint": fingerprint(body.model),
    }


def _chunks(body: ChatBody, answered: Answered) -> Iterator[dict[str, Any]]:
    """OpenAI's chunks: per choice the role, the label with its probabilities, the end; then the usage if asked."""
    wants_usage = body.stream_options is not None and body.stream_options.include_usage
    common = {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body.model,
        "service_tier": "default",
        "system_fingerprint": fingerprint(body.model),
        **({"usage": None} if wants_usage else {}),
    }
    for index, given in enumerate(answered.answers):
        logprobs, extra = _logprobs(body, answered, index), answered.extensions()
        start, text = {"role": "assistant", "content": "", "refusal": None}, {"content": given.text}
        yield {
            **common,
            "choices": [{"index": index, "delta": start, "logprobs": None, "finish_reason": None}],
        }
        yield {
            **common,
            "choices": [
                {"index": index, "delta": text, "logprobs": logprobs, "finish_reason": None, **extra}
            ],
        }
        yield {
            **common,
            "choices": [{"index": index, "delta": {}, "logprobs": None, "finish_reason": "stop"}],
        }
    if wants_usage:
        yield {**common, "choices": [], "usage": usage(answered.prompt_tokens, answered.completion_tokens)}


def _logprobs(body: ChatBody, answered: Answered, index: int) -> dict[str, Any] | None:
    """One position: the whole label is one token of the classifier's, the alternatives are the other labels."""
    if not body.logprobs:
        return None
    given = answered.answers[index]
    top = [_token(label, logprob) for label, logprob in answered.top_logprobs(body.top_logprobs or 0)]
    return {"content": [{**_token(given.label, given.logprob), "top_logprobs": top}], "refusal": None}


def _token(label: str, logprob: float) -> dict[str, Any]:
    return {"token": label, "logprob": logprob, "bytes": list(label.encode("utf-8", "replace"))}

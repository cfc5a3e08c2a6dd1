"""Completions of the older kind: prompts in, for each one label or what the model writes."""

import asyncio
import time
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import Response

from local.openai_server import written_completions
from local.openai_server.answers import Answered, answer
from local.openai_server.calls import Call, json_response
from local.openai_server.chat import LABELS_ONLY, model_for
from local.openai_server.errors import invalid, unsupported
from local.openai_server.ids import fingerprint, new_id
from local.openai_server.models import generator_for, is_written
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

MAX_PROMPTS = 2048
REFUSED = {
    "suffix": LABELS_ONLY,
    "frequency_penalty": LABELS_ONLY,
    "presence_penalty": LABELS_ONLY,
    "logit_bias": "A classifier's 'class_probabilities' can be weighed where they are read.",
}


class CompletionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /completions; prompts are strings, not token ids."""

    model: str
    prompt: str | list[str | int | list[int]] | None = None
    n: Count | None = None
    best_of: Annotated[int, Meta(ge=0, le=128)] | None = None
    echo: bool | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: Annotated[int, Meta(ge=0)] | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = None
    suffix: str | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None

    def prompts(self) -> list[str]:
        """The prompts; raises ApiError 400 for none, too many, or token ids."""
        if self.prompt is None:
            raise invalid(
                "Missing required parameter: 'prompt'.", param="prompt", code="missing_required_parameter"
            )
        asked = [self.prompt] if isinstance(self.prompt, str) else self.prompt
        prompts = [prompt for prompt in asked if isinstance(prompt, str)]
        if len(prompts) < len(asked):
            raise unsupported("prompt", "Send prompts as strings: a classifier reads text, not token ids.")
        if not 1 <= len(prompts) <= MAX_PROMPTS:
            raise invalid(
                f"Invalid 'prompt': 1 to {MAX_PROMPTS} strings.", param="prompt", code="invalid_value"
            )
        return prompts

    def check(self) -> None:
        """Raises ApiError 400 for what can't be honoured."""
        refuse(self, REFUSED)
        if self.best_of not in (None, 0, 1, self.n or 1):
            raise unsupported(
                "best_of", "Every label's probability is known: there is nothing to draw the best of."
            )
        check_stream_options(self.stream, self.stream_options)


async def create_completion(services: Services, call: Call) -> Response:
    """POST /completions; several prompts are classified together."""
    body = call.json(CompletionBody)
    if not body.stream:
        return json_response(await respond(services, call.owner, body))
    if not is_written(services, call.owner, body.model):
        return stream_response(_chunks(body, await complete(services, call.owner, body)))
    wanted = _wanted(body)
    generator = await generator_for(services, call.owner, body.model)
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    return stream_as_written(
        written_completions.completion_chunks(
            body.model, body.prompts(), generator, wanted, echo=bool(body.echo), with_usage=with_usage
        )
    )


async def respond(
    services: Services, owner: str, body: CompletionBody, *, bulk: bool = False
) -> dict[str, Any]:
    """OpenAI's text_completion by a model of either kind; raises ApiError."""
    if not is_written(services, owner, body.model):
        return completion_object(body, await complete(services, owner, body, bulk=bulk))
    wanted = _wanted(body)
    generator = await generator_for(services, owner, body.model)
    written = await asyncio.gather(*(write_all(generator, one) for one in wanted))
    services.metrics.count_predictions(len(wanted))
    return written_completions.completion_object(
        body.model, body.prompts(), wanted, written, echo=bool(body.echo)
    )


def _wanted(body: CompletionBody) -> list[Wanted]:
    """What a model that writes is asked, a prompt each; raises ApiError for what the body may not say."""
    body.check()
    sampling = sampling_of(
        n=body.n, temperature=body.temperature, top_p=body.top_p, seed=body.seed, stop=body.stop
    )
    prompts = body.prompts()
    for prompt in prompts:
        check_length(prompt, "prompt")
    limit = written_completions.DEFAULT_MAX_TOKENS if body.max_tokens is None else max(1, body.max_tokens)
    return [
        Wanted(turns=[("user", prompt)], sampling=sampling, max_tokens=limit, top=body.logprobs)
        for prompt in prompts
    ]


async def complete(
    services: Services, owner: str, body: CompletionBody, *, bulk: bool = False
) -> list[Answered]:
    """One answer a prompt; raises ApiError."""
    body.check()
    prompts = body.prompts()
    sampling = sampling_of(
        n=body.n, temperature=body.temperature, top_p=body.top_p, seed=body.seed, stop=body.stop
    )
    for prompt in prompts:
        check_length(prompt, "prompt")
    model = await model_for(services, owner, body.model)
    asked = (
        model.predict(model.classifier.text_of([{"role": "user", "content": p}]), counted=(p,), bulk=bulk)
        for p in prompts
    )
    predictions = await asyncio.gather(*asked)
    services.metrics.count_predictions(len(prompts))
    return [answer(model, prediction, sampling) for prediction in predictions]


def completion_object(body: CompletionBody, answered: list[Answered]) -> dict[str, Any]:
    """OpenAI's text_completion, choices of the first prompt first."""
    prompt_tokens = sum(one.prompt_tokens for one in answered)
    return {
        **_common(body),
        "choices": list(_choices(body, answered)),
        "usage": usage(prompt_tokens, sum(one.completion_tokens for one in answered)),
    }


def _chunks(body: CompletionBody, answered: list[Answered]) -> Iterator[dict[str, Any]]:
    whole = completion_object(body, answered)
    total = whole.pop("usage")
    for choice in whole["choices"]:
        yield {**whole, "choices": [choice]}
    if body.stream_options is not None and body.stream_options.include_usage:
        yield {**whole, "choices": [], "usage": total}


def _common(body: CompletionBody) -> dict[str, Any]:
    return {
        "id": new_id("cmpl-"),
        "object": "text_completion",
        "created": int(time.time()),
        "model": body.model,
        "system_fingerprint": fingerprint(body.model),
    }


def _choices(body: CompletionBody, answered: list[Answered]) -> Iterator[dict[str, Any]]:
    index = 0
    for prompt, one in zip(body.prompts(), answered, strict=True):
        for given in one.answers:
            yield {
                "index": index,
                "text": (prompt if body.echo else "") + given.text,
                "logprobs": _logprobs(body, prompt, one, given.label, given.logprob),
                "finish_reason": "stop",
                **one.extensions(),
            }
            index += 1


def _logprobs(
    body: CompletionBody, prompt: str, one: Answered, label: str, logprob: float
) -> dict[str, Any] | None:
    """The older shape: one token, the whole label; the chosen one is always among the alternatives."""
    if body.logprobs is None:
        return None
    top = {**dict(one.top_logprobs(body.logprobs)), label: logprob}
    offset = len(prompt) if body.echo else 0
    return {"tokens": [label], "token_logprobs": [logprob], "top_logprobs": [top], "text_offset": [offset]}

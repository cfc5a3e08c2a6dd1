"""Chat completions of models that write: OpenAI's object and its chunks, with the tokens' own log-probabilities."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from local.openai_server.errors import ApiError
from local.openai_server.generators import Generator
from local.openai_server.ids import fingerprint, new_id
from local.openai_server.parameters import usage
from local.openai_server.written import Wanted, Written, write_pieces


def chat_object(model: str, wanted: Wanted, written: Sequence[Written]) -> dict[str, Any]:
    """OpenAI's chat.completion."""
    return {
        **_common(model, "chat.completion"),
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": one.text, "refusal": None, "annotations": []},
                "logprobs": _logprobs(wanted, one.tokens),
                "finish_reason": one.finish_reason,
            }
            for index, one in enumerate(written)
        ],
        "usage": total_usage(written),
    }


def total_usage(written: Sequence[Written]) -> dict[str, int]:
    """The prompt once and all answers, by the base's own tokenizer."""
    return usage(written[0].prompt_tokens, sum(one.completion_tokens for one in written))


async def chat_chunks(
    model: str, generator: Generator, wanted: Wanted, *, with_usage: bool
) -> AsyncIterator[dict[str, Any]]:
    """OpenAI's chunks as the text is written: per choice the role, the pieces, the end; then the usage if asked."""
    common = _common(model, "chat.completion.chunk") | ({"usage": None} if with_usage else {})
    choices = [Written() for _ in range(wanted.sampling.n)]

    def chunk(
        index: int, delta: dict[str, Any], tokens: Any = None, reason: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": tokens, "finish_reason": reason}
        return {**common, "choices": [choice]}

    try:
        async for index, said in write_pieces(generator, wanted):
            choices[index].take(said)
            if "prompt_tokens" in said:
                yield chunk(index, {"role": "assistant", "content": "", "refusal": None})
            elif "done" in said:
                yield chunk(index, {}, reason=said["done"])
            else:
                yield chunk(index, {"content": said["text"]}, _logprobs(wanted, said["tokens"]))
    except ApiError as error:
        yield error.body()  # the status has gone out already; OpenAI's clients raise for this event
        return
    if with_usage:
        yield {**common, "choices": [], "usage": total_usage(choices)}


def _common(model: str, kind: str) -> dict[str, Any]:
    return {
        "id": new_id("chatcmpl-"),
        "object": kind,
        "created": int(time.time()),
        "model": model,
        "service_tier": "default",
        "system_fingerprint": fingerprint(model),
    }


def _logprobs(wanted: Wanted, tokens: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if wanted.top is None:
        return None
    cut = [{**token, "top_logprobs": token["top_logprobs"][: wanted.top]} for token in tokens]
    return {"content": cut, "refusal": None}

"""Completions of the older kind by models that write: the prompt as a user's message, the answer as the text."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from local.openai_server.errors import ApiError
from local.openai_server.generators import Generator
from local.openai_server.ids import fingerprint, new_id
from local.openai_server.parameters import usage
from local.openai_server.written import Wanted, Written, write_pieces

DEFAULT_MAX_TOKENS = 16
"""OpenAI's own default on this endpoint."""


def completion_object(
    model: str,
    prompts: Sequence[str],
    wanted: Sequence[Wanted],
    written: Sequence[Sequence[Written]],
    *,
    echo: bool,
) -> dict[str, Any]:
    """OpenAI's text_completion, the choices of the first prompt first."""
    together = [
        (prompt if echo else "", one, asked)
        for prompt, asked, answers in zip(prompts, wanted, written, strict=True)
        for one in answers
    ]
    return {
        **_common(model),
        "choices": [
            {
                "index": index,
                "text": before + one.text,
                "logprobs": _logprobs(asked, one.tokens, len(before)),
                "finish_reason": one.finish_reason,
            }
            for index, (before, one, asked) in enumerate(together)
        ],
        "usage": usage(
            sum(answers[0].prompt_tokens for answers in written),
            sum(one.completion_tokens for answers in written for one in answers),
        ),
    }


async def completion_chunks(
    model: str,
    prompts: Sequence[str],
    generator: Generator,
    wanted: Sequence[Wanted],
    *,
    echo: bool,
    with_usage: bool,
) -> AsyncIterator[dict[str, Any]]:
    """The same object in parts, prompt after prompt, as the text is written."""
    common, spent = _common(model), [0, 0]
    try:
        for place, (prompt, asked) in enumerate(zip(prompts, wanted, strict=True)):
            choices = [Written() for _ in range(asked.sampling.n)]
            async for index, said in write_pieces(generator, asked):
                before = len(choices[index].text) + (len(prompt) if echo else 0)
                choices[index].take(said)
                if "done" not in said and not (echo and "prompt_tokens" in said) and "text" not in said:
                    continue
                choice = {
                    "index": place * len(choices) + index,
                    "text": said.get("text", prompt if "prompt_tokens" in said else ""),
                    "logprobs": _logprobs(asked, said.get("tokens", []), before) if "text" in said else None,
                    "finish_reason": said.get("done"),
                }
                yield {**common, "choices": [choice]}
            spent[0] += choices[0].prompt_tokens
            spent[1] += sum(one.completion_tokens for one in choices)
    except ApiError as error:
        yield error.body()
        return
    if with_usage:
        yield {**common, "choices": [], "usage": usage(*spent)}


def _common(model: str) -> dict[str, Any]:
    return {
        "id": new_id("cmpl-"),
        "object": "text_completion",
        "created": int(time.time()),
        "model": model,
        "system_fingerprint": fingerprint(model),
    }


def _logprobs(wanted: Wanted, tokens: Sequence[dict[str, Any]], offset: int) -> dict[str, Any] | None:
    """The older shape; the written token is always among the alternatives."""
    if wanted.top is None:
        return None
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token["token"])
    return {
        "tokens": [token["token"] for token in tokens],
        "token_logprobs": [token["logprob"] for token in tokens],
        "top_logprobs": [
            {one["token"]: one["logprob"] for one in [*token["top_logprobs"][: wanted.top], token]}
            for token in tokens
        ],
        "text_offset": offsets,
    }

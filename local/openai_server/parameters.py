"""Parameters that chat completions and completions share: their bounds, and refusals of what a classifier lacks."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from local.openai_server.answers import Sampling
from local.openai_server.errors import invalid, unsupported

MAX_TEXT_CHARACTERS = 400_000
"""About 65,536 tokens of English, the longest context that OpenAI's fine-tuning guide names."""

Count = Annotated[int, Meta(ge=1, le=128)]
Temperature = Annotated[float, Meta(ge=0, le=2)]
Share = Annotated[float, Meta(ge=0, le=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a streamed answer; obfuscation has nothing to hide here and is accepted."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


def sampling_of(
    *,
    n: int | None,
    temperature: float | None,
    top_p: float | None,
    seed: int | None,
    stop: str | Sequence[str] | None,
) -> Sampling:
    """The sampling asked for; raises ApiError 400. Unlike OpenAI's, the temperature is 0 unless given."""
    sequences = (stop,) if isinstance(stop, str) else tuple(stop or ())
    if len(sequences) > 4 or any(not sequence for sequence in sequences):
        raise invalid(
            "Invalid 'stop': up to 4 sequences, none of them empty.", param="stop", code="invalid_value"
        )
    return Sampling(
        n=n or 1,
        temperature=temperature or 0.0,
        top_p=1.0 if top_p is None else top_p,
        seed=seed,
        stop=sequences,
    )


def refuse(body: msgspec.Struct, reasons: Mapping[str, str]) -> None:
    """Refuse the first parameter that was given although this server can't honour it (ApiError 400).

    What asks for nothing (null, false, zero, empty) passes.
    """
    for param, reason in reasons.items():
        if getattr(body, param) not in (None, False, 0, "", [], {}):
            raise unsupported(param, reason)


def check_stream_options(stream: bool | None, options: StreamOptions | None) -> None:
    """OpenAI's rule: stream_options only where stream is true (ApiError 400)."""
    if options is not None and not stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid(message, param="stream_options", code="invalid_value")


def check_length(text: str, param: str) -> None:
    """Refuse a text longer than the context (ApiError 400)."""
    if len(text) > MAX_TEXT_CHARACTERS:
        message = f"This model reads up to {MAX_TEXT_CHARACTERS} characters, but '{param}' has {len(text)}."
        raise invalid(message, param=param, code="context_length_exceeded")


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    """OpenAI's usage object."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }

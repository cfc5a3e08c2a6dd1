"""Server-sent events as OpenAI's clients read them."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from starlette.responses import StreamingResponse


def stream_response(chunks: Iterable[dict[str, Any]]) -> StreamingResponse:
    """Each chunk as one `data:` event, then `[DONE]`."""
    events = [b"data: " + msgspec.json.encode(chunk) + b"\n\n" for chunk in chunks]
    body = _each([*events, b"data: [DONE]\n\n"])
    return StreamingResponse(body, media_type="text/event-stream", headers={"cache-control": "no-cache"})


async def _each(events: list[bytes]) -> Any:
    for event in events:
        yield event


def stream_as_written(chunks: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    """The same, each chunk as soon as it is there."""

    async def events() -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield b"data: " + msgspec.json.encode(chunk) + b"\n\n"
        yield b"data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-cache"})

"""Reads request bodies up to a size, so that nobody fills the memory with one request."""

from starlette.requests import Request


class BodyTooLarge(Exception):
    """The body is longer than this server takes."""


async def read_capped(request: Request, most_bytes: int) -> bytes:
    """The whole body; BodyTooLarge as soon as more than `most_bytes` have come."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise BodyTooLarge
        parts.append(part)
    return b"".join(parts)

"""Reads request bodies up to a size, so that nobody fills the memory with one request."""

from starlette.requests import Request


class BodyTooLarge(Exception):
    """The body is longer than this server takes."""


async def read_capped(request: Request, most_bytes: int) -> bytes:
    """The whole body; BodyTooLarge where it is longer than `most_bytes`.

    What is too much is read and dropped: a client that is still sending would not see the answer otherwise.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            parts.clear()
        else:
            parts.append(part)
    if size > most_bytes:
        raise BodyTooLarge
    return b"".join(parts)

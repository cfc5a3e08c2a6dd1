"""Physical lines of a UTF-8 file with their numbers, none longer than a limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LONG_LINE = "\0\0line too long\0"
"""What stands in front of a line beyond the limit, of which only the first characters follow."""

_KEPT_BYTES = 4000


def text_lines(path: Path, *, start: int = 0, limit: int) -> Iterator[tuple[int, str]]:
    r"""(1-based number, text with its terminator) of each line from byte `start` on.

    A line ends at \n or \r\n and at nothing else: NEL, form feeds, lone \r and the Unicode separators stay inside.
    Of a line longer than `limit` bytes comes LONG_LINE and its beginning. UnicodeDecodeError where a line is no UTF-8.
    """
    number = 0
    with path.open("rb", buffering=1 << 20) as stream:
        stream.seek(start)
        while raw := stream.readline(limit + 1):
            number += 1
            if len(raw) > limit and not raw.endswith(b"\n"):
                yield number, LONG_LINE + raw[:_KEPT_BYTES].decode("utf-8", "ignore")
                _skip_rest(stream, limit)
            else:
                yield number, raw.decode()


def _skip_rest(stream: BinaryIO, limit: int) -> None:
    while rest := stream.readline(limit):
        if rest.endswith(b"\n"):
            return

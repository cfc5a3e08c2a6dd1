"""Makes sure that a file is faultless RFC 4180, whole and quickly, and numbers the lines its records start on.

Only a file that passes may go through Arrow's reader: in it every reader sees the same cells, so nothing can be lost.
The scan looks at line ends and quotes alone, with numpy, a block of whole lines at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Indexes = NDArray[np.intp]

_BLOCK_BYTES = 1 << 20
_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True, kw_only=True)
class StrictScan:
    """What a faultless file consists of: the first line of each record, and the longest record in bytes."""

    first_lines: NDArray[np.int32]
    longest_bytes: int


def scan_strictly(
    path: Path, *, start: int, first_line: int, delimiter: str, quote: str, limit: int
) -> StrictScan | None:
    """The scan of `path` from byte `start` (on line `first_line`) on, or None as soon as anything is doubtful.

    Doubtful are a quote that does not open or close a cell, a lone carriage return, a quote that never closes and
    a record longer than `limit` bytes. Blank lines are no records.
    """
    scanner = _Scanner(
        line=first_line, delimiter=ord(delimiter), quote=ord(quote) if quote else -1, limit=limit
    )
    for block in _line_blocks(path, start, limit):
        if not scanner.take(block):
            return None
    if scanner.inside or not scanner.numbers:
        return None
    return StrictScan(first_lines=np.concatenate(scanner.numbers), longest_bytes=scanner.longest)


def _line_blocks(path: Path, start: int, limit: int) -> Iterator[Bytes]:
    """Blocks of whole lines; the last one gets its newline where the file has none. A line beyond the limit is cut.

    A block is good until the next one is asked for: all of them lie in one buffer, as fresh memory costs more than
    the looking.
    """
    buffer, kept = bytearray(_BLOCK_BYTES), 0
    with path.open("rb", buffering=0) as stream:
        stream.seek(start)
        while size := stream.readinto(memoryview(buffer)[kept:]):
            filled = kept + size
            cut = buffer.rfind(b"\n", kept, filled) + 1
            if cut:
                yield np.frombuffer(buffer, np.uint8, cut)
                buffer[: filled - cut] = buffer[cut:filled]
            kept = filled - cut
            if kept > limit:
                break
            if kept == len(buffer):
                buffer = buffer + bytes(kept)
    if kept:
        yield np.frombuffer(buffer[:kept] + b"\n", np.uint8)


class _Scanner:
    def __init__(self, *, line: int, delimiter: int, quote: int, limit: int) -> None:
        self.numbers: list[NDArray[np.int32]] = []
        self.longest = 0
        self.inside = False
        self._line = line
        self._open_line = line
        self._open_bytes = 0
        self._delimiter = delimiter
        self._quote = quote
        self._limit = limit

    def take(self, data: Bytes) -> bool:
        """Look at a block; False where it is doubtful."""
        if not _returns_end_lines(data):
            return False
        newlines = np.flatnonzero(data == _NEWLINE)
        ends = np.arange(len(newlines))
        quotes = np.flatnonzero(data == self._quote) if self._quote >= 0 else ends[:0]
        if self.inside or len(quotes):
            if not self._quotes_fit(data, quotes):
                return False
            before = np.searchsorted(quotes, newlines) + self.inside
            ends = np.flatnonzero(before & 1 == 0)
            self.inside = bool((len(quotes) + self.inside) & 1)
        return self._number(data, newlines, ends)

    def _quotes_fit(self, data: Bytes, quotes: Indexes) -> bool:
        """Whether each quote opens a cell at its start, closes one at its end, or is doubled inside one."""
        opening, closing = (quotes[1::2], quotes[::2]) if self.inside else (quotes[::2], quotes[1::2])
        ahead = np.where(opening > 0, data[opening - 1], _NEWLINE)
        opens = (ahead == self._delimiter) | (ahead == _NEWLINE) | (ahead == self._quote)
        behind = data[closing + 1]
        closes = (
            (behind == self._delimiter) | (behind == _NEWLINE) | (behind == self._quote) | (behind == _RETURN)
        )
        return bool(opens.all() and closes.all())

    def _number(self, data: Bytes, newlines: Indexes, ends: Indexes) -> bool:
        """Note the first line of every record that ends in this block."""
        last = newlines[ends]
        sizes = np.diff(last, prepend=-1)
        starts = np.empty(len(ends), dtype=np.int32)
        if len(ends):
            starts[0] = self._open_line
            starts[1:] = self._line + 1 + ends[:-1]
            sizes[0] += self._open_bytes
            self.longest = max(self.longest, int(sizes.max()))
            blank = (sizes == 1) | ((sizes == 2) & (data[last - 1] == _RETURN))
            self.numbers.append(starts[~blank] if blank.any() else starts)
            self._open_line = self._line + 1 + int(ends[-1])
            self._open_bytes = len(data) - 1 - int(last[-1])
        else:
            self._open_bytes += len(data)
        self._line += len(newlines)
        return max(self.longest, self._open_bytes) <= self._limit


def _returns_end_lines(data: Bytes) -> bool:
    returns = np.flatnonzero(data == _RETURN)
    return bool((data[returns + 1] == _NEWLINE).all())

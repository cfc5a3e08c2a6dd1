"""One line on standard error that says how far long work is; nothing where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_CELLS = 30
_EVERY_S = 0.1


class ProgressLine:
    """Draws a bar over itself while work goes on, and wipes it at the end; use it in a `with` block.

    Calls come as often as they like: the line is drawn ten times a second at most, and only on a terminal.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._shows = stream.isatty()
        self._doing = ""
        self._drawn_at = 0.0
        self._width = 0

    def __call__(self, doing: str, done: int, of: int) -> None:
        """Say that `done` of `of` rows are through what is being done; `of` 0 when nobody knows."""
        now = self._clock()
        if not self._shows or (doing == self._doing and done < of and now - self._drawn_at < _EVERY_S):
            return
        self._doing, self._drawn_at = doing, now
        self._draw(f"{doing} {_bar(done, of)}" if of else f"{doing} …")

    def _draw(self, text: str) -> None:
        self._stream.write(f"\r{text.ljust(self._width)}")
        self._stream.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._width:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()


def _bar(done: int, of: int) -> str:
    """The bar with rows and per cent.

    >>> _bar(1500, 3000)
    '[###############...............] 50% of 3,000 rows'
    """
    full = _CELLS * min(done, of) // of
    return f"[{'#' * full}{'.' * (_CELLS - full)}] {100 * min(done, of) // of}% of {of:,} rows"

"""Reads lines as records under a dialect, tolerantly: no stray quote ever swallows the rest of a file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.datasets.cells import Dialect, Split, split_cells
from bot.datasets.freetext import FreeText
from bot.datasets.lines import LONG_LINE
from bot.datasets.mending import refitted

_MAX_OPEN_QUOTES = 20
_LEAST_PATIENCE = 20
"""Lines that are always looked through for the end of a quoted cell."""


@dataclass
class RecordCounts:
    """What had to be decided on the way: records by repair, and the first line of each kind."""

    repairs: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, line: int) -> None:
        """Count one repair of that kind."""
        self.repairs[kind] = self.repairs.get(kind, 0) + 1
        self.first_lines.setdefault(kind, line)


class RecordReader:
    """Iterates over (line, cells) of the records in numbered lines; blank lines are left out.

    With a `width` a record that comes out wider or narrower is looked at again: quotes taken as text, the quoting or
    the delimiter of this line another one, several records kept apart by lone carriage returns. What fits is taken. With `free`
    one that is wider gets the cells of its text joined again.
    A quoted cell may run over lines until `max_lines` or `max_chars`, or until the lines that it would swallow are
    evidently records of their own; then its quote is text.
    """

    def __init__(
        self,
        lines: Iterable[tuple[int, str]],
        dialect: Dialect,
        *,
        width: int | None = None,
        max_lines: int = 2000,
        max_chars: int = 4 << 20,
        on_reject: Callable[[int, str, str], None] | None = None,
        tight: bool = False,
        free: FreeText | None = None,
    ) -> None:
        self.dialect = dialect
        self.width = width
        self._free = free
        self.counts = RecordCounts()
        self._tight = tight and width is not None and width > 2
        self._lines = iter(lines)
        self._ahead: deque[tuple[int, str]] = deque()
        self._max_lines = max_lines
        self._patience = max_lines
        self._max_chars = max_chars
        self._on_reject = on_reject

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        quote, delimiter, width = self.dialect.quote, self.dialect.delimiter, self.width
        escape = self.dialect.escape
        quick = quote != "" and len(delimiter) == 1 and not escape and width is not None
        splitter = None if self.dialect.runs else delimiter
        ahead, lines = self._ahead, self._lines
        while True:
            if ahead:
                number, raw = ahead.popleft()
            else:
                following = next(lines, None)
                if following is None:
                    return
                number, raw = following
            text = raw.rstrip("\r\n")
            if not text or (splitter is None and text.isspace()):
                continue
            if text.startswith(LONG_LINE):
                self._refuse(number, text)
                continue
            if quick and quote in text and (cells := self._quickly(text)):
                pass
            elif (quote and quote in text) or (escape and escape in text):
                split, spanned = self._quoted(number, raw)
                cells = split.cells
                if width is not None and not spanned and (split.strays or len(cells) != width):
                    yield from self._mended(number, text, split)
                    continue
                if self._tight and not spanned:
                    cells = self._without_spaces(number, cells, split.quoted)
            else:
                cells = text.split(splitter) if delimiter else [text]
                if width is not None and len(cells) != width:
                    yield from self._mended(number, text, Split(cells=cells))
                    continue
                if self._tight and cells[-1][:1] == " ":
                    cells = self._without_spaces(number, cells, ())
            yield number, cells

    def _quickly(self, text: str) -> list[str]:
        """The cells of a line whose quotes are beyond doubt, by the standard library's reader; else nothing."""
        if text.count(self.dialect.quote) % 2:
            return []
        reader = csv.reader(
            (text,), delimiter=self.dialect.delimiter, quotechar=self.dialect.quote, strict=True
        )
        try:
            cells = next(reader)
        except csv.Error:
            return []
        if len(cells) != self.width or any(self.dialect.quote in cell for cell in cells):
            return []
        return cells

    def _without_spaces(self, number: int, cells: list[str], quoted: Sequence[bool]) -> list[str]:
        """The cells less the one space in front of all but the first, which the other records do not have."""
        enclosed = quoted or [False] * len(cells)
        if not all(known or cell[:1] == " " for cell, known in zip(cells[1:], enclosed[1:], strict=True)):
            return cells
        if all(enclosed[1:]):
            return cells
        self.counts.note("spaced", number)
        rest = zip(cells[1:], enclosed[1:], strict=True)
        return [cells[0], *(cell if known else cell[1:] for cell, known in rest)]

    def _refuse(self, number: int, text: str) -> None:
        if self._on_reject is not None:
            self._on_reject(number, "the line is too long", text[len(LONG_LINE) :])

    def _quoted(self, number: int, raw: str) -> tuple[Split, bool]:
        """The cells of a record that starts on this line and has quotes, and whether it took further lines."""
        split = split_cells(raw.rstrip("\r\n"), self.dialect)
        if split.open_at < 0:
            return split, False
        taken: list[tuple[int, str]] = []
        longer = self._over_lines(raw, split, taken)
        literal = self._with_literal_quotes(raw.rstrip("\r\n"))
        if longer is not None and not self._swallows(taken, longer.cells, literal.cells):
            return longer, True
        self._ahead.extendleft(reversed(taken))
        self.counts.note("open_quote", number)
        return literal, False

    def _over_lines(self, raw: str, split: Split, taken: list[tuple[int, str]]) -> Split | None:
        """The record when the open quoted cell goes on over lines (put into `taken`), or None where it never closes.

        Each search in vain halves the lines that the next one may take, so that a file in which every line has a
        stray quote is read in a time that grows with its size; a cell that does close brings the patience back.
        """
        quote = self.dialect.quote
        texts, chars, complete = [raw], len(raw), 0
        while len(taken) < self._patience and chars < self._max_chars:
            following = self._ahead.popleft() if self._ahead else next(self._lines, None)
            if following is None:
                break
            taken.append(following)
            texts.append(following[1])
            chars += len(following[1])
            if self.width is not None and self.width > 2:
                complete += self._stands_alone(following[1])
                if complete > 20 and complete > 0.8 * len(taken):
                    return None
            if quote in following[1]:
                split = split_cells("".join(texts).rstrip("\r\n"), self.dialect, start=split)
                if split.open_at < 0:
                    self._patience = max(self._patience, min(self._max_lines, 8 * len(taken)))
                    return split
        self._patience = max(min(_LEAST_PATIENCE, self._max_lines), self._patience // 2)
        return None

    def _stands_alone(self, raw: str) -> bool:
        """Whether a line is a faultless record of the usual width by itself."""
        text = raw.rstrip("\r\n")
        split = split_cells(text, self.dialect)
        if len(split.cells) != self.width or split.open_at >= 0 or split.strays:
            return False
        return all(
            quoted or self.dialect.quote not in cell
            for cell, quoted in zip(split.cells, split.quoted, strict=False)
        )

    def _with_literal_quotes(self, text: str) -> Split:
        """The cells of one line when every quoted cell that does not close is text."""
        literal: set[int] = set()
        split = split_cells(text, self.dialect)
        while split.open_at >= 0:
            if len(literal) == _MAX_OPEN_QUOTES:
                return split_cells(text, Dialect(delimiter=self.dialect.delimiter, quote=""))
            literal.add(split.open_at)
            split = split_cells(text, self.dialect, literal=literal)
        return Split(cells=split.cells, quoted=split.quoted, strays=split.strays + len(literal))

    def _swallows(self, taken: list[tuple[int, str]], longer: list[str], literal: list[str]) -> bool:
        """Whether the lines that the quoted cell runs over are rather records of their own."""
        width = self.width
        if width is None or width < 2:
            return False
        if len(literal) != width:
            return len(longer) != width and self._share_alone(taken) > 0.5
        if len(longer) != width:
            return True
        return self._share_alone(taken) > 0.5

    def _share_alone(self, taken: list[tuple[int, str]]) -> float:
        filled = [raw for _, raw in taken if raw.strip()]
        return sum(map(self._stands_alone, filled)) / len(filled) if filled else 0.0

    def _mended(self, number: int, text: str, split: Split) -> Iterator[tuple[int, list[str]]]:
        """The record or records of a line that does not look like the others."""
        apart = self._apart_at_returns(text)
        if apart:
            self.counts.note("lone_cr", number)
            for cells in apart:
                yield number, cells
            return
        if self._free and len(split.cells) > self._free.width:
            self.counts.note("free_text", number)
            yield number, self._free.fitted(split.cells)
            return
        cells, kind = refitted(text, split, self.dialect, self.width or 1)
        if kind:
            self.counts.note(kind, number)
        yield number, cells

    def _apart_at_returns(self, text: str) -> list[list[str]]:
        """Several records on one line that carriage returns keep apart, or nothing."""
        if "\r" not in text or not self.dialect.delimiter:
            return []
        apart = [split_cells(piece, self.dialect).cells for piece in text.split("\r") if piece]
        return apart if len(apart) > 1 and all(len(cells) == self.width for cells in apart) else []

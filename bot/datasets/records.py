"""Splits lines into records and cells under a dialect, tolerantly: no stray quote ever swallows the rest of a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.datasets.lines import LONG_LINE

_MAX_OPEN_QUOTES = 20


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How cells are kept apart. An empty `delimiter` means one cell a line, an empty `quote` means no quoting."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A text split into cells; `open_at` is where an unclosed quoted cell starts (-1: none), `strays` odd quotes.

    `quoted` tells for each cell whether it was enclosed; it is empty where there is no quote in the text.
    """

    cells: list[str]
    quoted: Sequence[bool] = ()
    open_at: int = -1
    strays: int = 0


def split_cells(text: str, dialect: Dialect, *, literal: Collection[int] = ()) -> Split:
    """Split one record's text (no terminator).

    A quote opens only at the start of a cell (blanks before it allowed) and closes only before a delimiter or the
    end; any other is kept as text. The cells that start at the `literal` positions are taken as unquoted.
    """
    delimiter, quote = dialect.delimiter, dialect.quote
    if not quote or quote not in text:
        return Split(cells=text.split(delimiter) if delimiter else [text])
    cells: list[str] = []
    quoted: list[bool] = []
    position, size, strays = 0, len(text), 0
    step = len(delimiter)
    while True:
        opening = _opening_quote(text, position, dialect)
        if opening >= 0 and position not in literal:
            closing, after, odd = _closing_quote(text, opening, dialect)
            if closing < 0:
                return Split(cells=cells, quoted=quoted, open_at=position, strays=strays + odd)
            strays += odd
            quoted.append(True)
            cells.append(_unescaped(text[opening + 1 : closing], dialect))
            position = after
        else:
            end = text.find(delimiter, position) if delimiter else -1
            end = size if end < 0 else end
            quoted.append(False)
            cells.append(text[position:end])
            position = end
        if position >= size:
            return Split(cells=cells, quoted=quoted, strays=strays)
        position += step


def _opening_quote(text: str, position: int, dialect: Dialect) -> int:
    if text.startswith(dialect.quote, position):
        return position
    if dialect.delimiter[:1] in (" ", "") or not text.startswith(" ", position):
        return -1
    size = len(text)
    while position < size and text[position] == " ":
        position += 1
    return position if text.startswith(dialect.quote, position) else -1


def _closing_quote(text: str, opening: int, dialect: Dialect) -> tuple[int, int, int]:
    """(the closing quote, where the next delimiter starts, quotes passed over as text); -1 where nothing closes."""
    quote, escape, delimiter = dialect.quote, dialect.escape, dialect.delimiter
    size, position, odd = len(text), opening + 1, 0
    while True:
        found = text.find(quote, position)
        if found < 0:
            return -1, size, odd
        if escape and escape != quote and _is_escaped(text, found, opening, escape):
            position = found + 1
            continue
        after = found + 1
        if after == size or (delimiter and text.startswith(delimiter, after)):
            return found, after, odd
        if text[after] == quote:
            position = after + 1
            continue
        blank = after
        while blank < size and text[blank] == " ":
            blank += 1
        if blank > after and (blank == size or (delimiter.strip(" ") and text.startswith(delimiter, blank))):
            return found, blank, odd
        odd += 1
        position = after


def _is_escaped(text: str, at: int, opening: int, escape: str) -> bool:
    count = 0
    while at - 1 - count > opening and text[at - 1 - count] == escape:
        count += 1
    return count % 2 == 1


def _unescaped(value: str, dialect: Dialect) -> str:
    quote, escape = dialect.quote, dialect.escape
    if escape and escape != quote and escape in value:
        value = value.replace(escape + quote, quote)
        value = value.replace(escape + escape, escape)
    return value.replace(quote + quote, quote) if quote in value else value


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
    the delimiter of this line another one, several records kept apart by lone carriage returns. What fits is taken.
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
        other_delimiters: str = ",;\t|",
    ) -> None:
        self.dialect = dialect
        self.width = width
        self.counts = RecordCounts()
        self._lines = iter(lines)
        self._ahead: deque[tuple[int, str]] = deque()
        self._max_lines = max_lines
        self._max_chars = max_chars
        self._on_reject = on_reject
        self._others = [
            replace(dialect, delimiter=other) for other in other_delimiters if other != dialect.delimiter
        ]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        quote, delimiter, width = self.dialect.quote, self.dialect.delimiter, self.width
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
            if not text:
                continue
            spanned = False
            if quote and quote in text:
                cells, spanned = self._quoted(number, raw)
            else:
                cells = text.split(delimiter) if delimiter else [text]
            if width is not None and len(cells) != width and not spanned:
                yield from self._mended(number, text, cells)
            elif text.startswith(LONG_LINE):
                self._refuse(number, text)
            else:
                yield number, cells

    def _refuse(self, number: int, text: str) -> None:
        if self._on_reject is not None:
            self._on_reject(number, "the line is too long", text[len(LONG_LINE) :])

    def _quoted(self, number: int, raw: str) -> tuple[list[str], bool]:
        """The cells of a record that starts on this line and has quotes, and whether it took further lines."""
        split = split_cells(raw.rstrip("\r\n"), self.dialect)
        if split.open_at < 0:
            return split.cells, False
        taken: list[tuple[int, str]] = []
        longer = self._over_lines(number, raw, taken)
        literal = self._with_literal_quotes(raw.rstrip("\r\n"))
        if longer is not None and not self._swallows(taken, longer, literal):
            return longer, True
        self._ahead.extendleft(reversed(taken))
        self.counts.note("open_quote", number)
        return literal, False

    def _over_lines(self, number: int, raw: str, taken: list[tuple[int, str]]) -> list[str] | None:
        """The cells when the open quoted cell goes on over lines (put into `taken`), or None where it never closes."""
        quote = self.dialect.quote
        texts, chars, complete = [raw], len(raw), 0
        while len(taken) < self._max_lines and chars < self._max_chars:
            following = self._ahead.popleft() if self._ahead else next(self._lines, None)
            if following is None:
                return None
            taken.append(following)
            texts.append(following[1])
            chars += len(following[1])
            if self.width is not None and self.width > 2:
                complete += self._stands_alone(following[1])
                if complete > 20 and complete > 0.8 * len(taken):
                    return None
            if quote in following[1]:
                split = split_cells("".join(texts).rstrip("\r\n"), self.dialect)
                if split.open_at < 0:
                    return split.cells
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

    def _with_literal_quotes(self, text: str) -> list[str]:
        """The cells of one line when every quoted cell that does not close is text."""
        literal: set[int] = set()
        split = split_cells(text, self.dialect)
        while split.open_at >= 0:
            if len(literal) == _MAX_OPEN_QUOTES:
                return text.split(self.dialect.delimiter) if self.dialect.delimiter else [text]
            literal.add(split.open_at)
            split = split_cells(text, self.dialect, literal=literal)
        return split.cells

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

    def _mended(self, number: int, text: str, cells: list[str]) -> Iterator[tuple[int, list[str]]]:
        """The record or records of a line whose cells are not as many as the others have."""
        if text.startswith(LONG_LINE):
            self._refuse(number, text)
            return
        dialect = self.dialect
        if "\r" in text and dialect.delimiter:
            pieces = [piece for piece in text.split("\r") if piece]
            apart = [split_cells(piece, dialect).cells for piece in pieces]
            if len(apart) > 1 and all(len(piece) == self.width for piece in apart):
                self.counts.note("lone_cr", number)
                for piece in apart:
                    yield number, piece
                return
        yield number, self._refitted(number, text, cells)

    def _refitted(self, number: int, text: str, cells: list[str]) -> list[str]:
        dialect, width = self.dialect, self.width
        if dialect.quote and dialect.quote in text and dialect.delimiter:
            plain = text.split(dialect.delimiter)
            if len(plain) == width:
                self.counts.note("stray_quote", number)
                return plain
        for other in self._others:
            if dialect.delimiter and other.delimiter in text:
                split = split_cells(text, other)
                if len(split.cells) == width and split.open_at < 0 and width > 2:
                    self.counts.note("other_delimiter", number)
                    return split.cells
        return cells

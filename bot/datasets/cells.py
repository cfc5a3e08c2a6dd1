"""Splits one record's text into cells under a dialect, with an eye for quotes that are not where they should be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How cells are kept apart. An empty `delimiter` means one cell a line, an empty `quote` means no quoting.

    With `runs` cells are kept apart by blanks, however many, as in tables that are aligned for the eye.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    runs: bool = False


@dataclass(frozen=True, kw_only=True)
class Split:
    """A text split into cells; `open_at` is where an unclosed quoted cell starts (-1: none), `strays` odd quotes.

    `quoted` tells for each cell whether it was enclosed; it is empty where there is no quote in the text. `searched`
    is how far an open cell was looked through for its end.
    """

    cells: list[str]
    quoted: Sequence[bool] = ()
    open_at: int = -1
    strays: int = 0
    searched: int = 0


def split_cells(
    text: str,
    dialect: Dialect,
    *,
    literal: Collection[int] = (),
    eager: bool = False,
    start: Split | None = None,
) -> Split:
    """Split one record's text (no terminator).

    A quote opens only at the start of a cell (blanks before it allowed) and closes only before a delimiter or the
    end; any other is kept as text. The cells that start at the `literal` positions are taken as unquoted. When `eager`, a doubled
    quote before a delimiter is a quote of the text and the end of the cell.

    `start` is the split of the text's first lines when a quoted cell was open at their end: the work goes on there,
    so that a cell over many lines is looked through once and not once a line.
    """
    delimiter, quote = dialect.delimiter, dialect.quote
    if dialect.runs:
        return Split(cells=text.split())
    if (not quote or quote not in text) and (not dialect.escape or dialect.escape not in text):
        return Split(cells=text.split(delimiter) if delimiter else [text])
    cells: list[str] = []
    quoted: list[bool] = []
    position, size, strays, searched = 0, len(text), 0, 0
    if start is not None:
        cells, quoted = list(start.cells), list(start.quoted)
        position, strays, searched = start.open_at, start.strays, start.searched
    step = len(delimiter)
    while True:
        opening = _opening_quote(text, position, dialect)
        if opening >= 0 and position not in literal:
            closing, after, odd = _closing_quote(text, opening, max(opening + 1, searched), dialect, eager)
            if closing < 0:
                return Split(cells=cells, quoted=quoted, open_at=position, strays=strays + odd, searched=size)
            strays += odd
            quoted.append(True)
            cells.append(_unescaped(text[opening + 1 : closing], dialect))
            position = after
        else:
            end = _end_of_plain(text, position, dialect)
            quoted.append(False)
            cell = text[position:end]
            if dialect.escape:
                strays += cell.count(quote) - cell.count(dialect.escape + quote)
                cell = _unescaped_plain(cell, dialect)
            cells.append(cell)
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


def _end_of_plain(text: str, position: int, dialect: Dialect) -> int:
    """Where an unquoted cell ends: before the next delimiter that is not escaped."""
    delimiter, start = dialect.delimiter, position
    while delimiter:
        end = text.find(delimiter, position)
        if end < 0:
            break
        if not dialect.escape or not _is_escaped(text, end, start - 1, dialect.escape):
            return end
        position = end + 1
    return len(text)


def _closing_quote(
    text: str, opening: int, position: int, dialect: Dialect, eager: bool
) -> tuple[int, int, int]:
    """(the closing quote, where the next delimiter starts, quotes passed over as text); -1 where nothing closes.

    It is looked for from `position` on.
    """
    quote, escape, delimiter = dialect.quote, dialect.escape, dialect.delimiter
    size, odd = len(text), 0
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
            if eager and (position == size or (delimiter and text.startswith(delimiter, position))):
                return after, position, odd
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


def _unescaped_plain(value: str, dialect: Dialect) -> str:
    for special in (dialect.quote, dialect.delimiter, dialect.escape):
        value = value.replace(dialect.escape + special, special) if special else value
    return value

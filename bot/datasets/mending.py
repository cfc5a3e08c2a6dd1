"""Mends a record that does not fit: the same text under another reading that gives the usual number of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.datasets.cells import Dialect, Split, split_cells
from bot.datasets.celltypes import CellType, cell_type
from bot.texts import later

_DELIMITERS = (",", ";", "\t", "|", " ")

REPAIRS = {
    "open_quote": later("with a quote that never closes: taken as text"),
    "stray_quote": later("with stray quotes: taken as text"),
    "escaped_quote": later("with quotes escaped by a backslash: unescaped"),
    "other_quote": later("in another kind of quotes: read by those"),
    "other_delimiter": later("with another delimiter: split at that one"),
    "doubled_delimiter": later("with a delimiter too many and one empty cell: left out"),
    "spaced": later("with a space after each delimiter: left out"),
    "free_text": later("with unquoted delimiters in their text: joined again"),
    "lone_cr": later("ended by a carriage return alone: split there"),
}
"""What is said of the rows that were mended, by kind."""


def refitted(text: str, split: Split, dialect: Dialect, width: int) -> tuple[list[str], str]:
    """(cells, kind of repair) of a record that came out as `split`; the split's own cells and "" where nothing fits.

    Quotes are doubted only where they stand oddly; another delimiter is tried only where this one hardly occurs.
    """
    for kind, other in _readings(text, split, dialect, width):
        if len(other.cells) == width and other.open_at < 0:
            return other.cells, kind
    return split.cells, ""


def _readings(text: str, split: Split, dialect: Dialect, width: int) -> Iterator[tuple[str, Split]]:
    quote, delimiter = dialect.quote, dialect.delimiter
    fits = len(split.cells) == width
    if split.strays and not dialect.escape and f"\\{quote}" in text:
        escaped = split_cells(text, replace(dialect, escape="\\"))
        if not escaped.strays:
            yield "escaped_quote", escaped
    if fits or not delimiter or dialect.runs:
        return
    if dialect.escape:
        yield "stray_quote", split_cells(text, replace(dialect, escape=""))
    if quote and quote in text:
        if text.startswith(quote) and text.endswith(quote) and len(text) > 1:
            yield "stray_quote", Split(cells=text[1:-1].split(f"{quote}{delimiter}{quote}"))
        yield "stray_quote", split_cells(text, dialect, eager=True)
        if split.strays:
            for start in _opening_positions(text, dialect):
                other = split_cells(text, dialect, literal=(start,))
                if not other.strays:
                    yield "stray_quote", other
            yield "stray_quote", Split(cells=text.split(delimiter))
    if quote != "'" and ("'," in text or ",'" in text):
        single = split_cells(text, replace(dialect, quote="'"))
        if not single.strays:
            yield "other_quote", single
    if len(split.cells) == width + 1 > 2 and sum(1 for cell in split.cells if not cell.strip()) == 1:
        yield "doubled_delimiter", Split(cells=[cell for cell in split.cells if cell.strip()])
    if len(split.cells) > width > 1:
        spaced = split_cells(text, replace(dialect, delimiter=f"{delimiter} "))
        if not any(cell.startswith(delimiter) or cell.endswith(delimiter) for cell in spaced.cells):
            yield "spaced", spaced
    if len(split.cells) <= max(1, width // 2):
        for mark in _DELIMITERS:
            if mark == delimiter or mark not in text:
                continue
            other = split_cells(text, replace(dialect, delimiter=mark))
            if mark != " " or _mostly_numbers(other.cells):
                yield "other_delimiter", other


def _mostly_numbers(cells: Sequence[str]) -> bool:
    """Whether blanks between these words keep cells apart: in a sentence few words are numbers."""
    numbers = sum(1 for cell in cells if cell_type(cell) in (CellType.NUMBER, CellType.DATE))
    return numbers >= 0.5 * len(cells)


def _opening_positions(text: str, dialect: Dialect) -> Iterator[int]:
    """Where cells start that a quote may open, the first dozen of them."""
    if text.startswith(dialect.quote):
        yield 0
    mark, position = dialect.delimiter + dialect.quote, -1
    for _ in range(12):
        position = text.find(mark, position + 1)
        if position < 0:
            return
        yield position + len(dialect.delimiter)

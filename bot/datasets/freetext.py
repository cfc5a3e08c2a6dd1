"""Finds files whose texts hold the delimiter without quotes around them: `well, that is it,label`.

A strict reader takes each comma of such a text for the start of another cell. The header tells how many columns there are, and
the other columns hold what they hold in the rows without such commas; so the column of texts is known, and gets the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.datasets.celltypes import CellType, cell_type
from bot.datasets.layout import is_header

_DELIMITERS = (",", ";", "\t", "|")
_MOST_COLUMNS = 8
_LEAST_ROWS = 3
_LEAST_SHARE = 0.02
_FITTING = 0.95
_PLAIN_KINDS = (CellType.NUMBER, CellType.DATE, CellType.WORD)
_LEAST_ROWS_WITHOUT_HEADER = 20


@dataclass(frozen=True, kw_only=True)
class FreeText:
    """Which column of how many holds texts with delimiters of their own."""

    delimiter: str
    width: int
    column: int
    header: bool

    def fitted(self, cells: Sequence[str]) -> list[str]:
        """The cells of a record that has too many, those of the text joined again."""
        after = self.column + len(cells) - self.width + 1
        text = self.delimiter.join(cells[self.column : after])
        return [*cells[: self.column], text, *cells[after:]]


def find_free_text(lines: Sequence[str]) -> FreeText | None:
    """The column whose texts hold unquoted delimiters; None where rows are even, or uneven for another reason."""
    lines = [line for line in lines if line.strip()]
    for delimiter in _DELIMITERS if lines else ():
        marks = ('"', f"{delimiter}'", f"'{delimiter}")
        plain = [line.rstrip("\r\n") for line in lines if not any(mark in line for mark in marks)]
        rows = [line.split(delimiter) for line in plain if line]
        if plain[:1] != [lines[0].rstrip("\r\n")]:
            continue  # Who quotes the names of the columns quotes texts as well.
        if len(rows) > max(_LEAST_ROWS, 0.5 * len(lines)) and (found := _in_rows(rows, delimiter)):
            return found
    return None


def _in_rows(rows: Sequence[Sequence[str]], delimiter: str) -> FreeText | None:
    width, body = len(rows[0]), rows[1:]
    if 2 <= width <= _MOST_COLUMNS and is_header([rows[0], *_of_width(body, width)], width):
        column = _free_column(body, width)
        if column is not None:
            return FreeText(delimiter=delimiter, width=width, column=column, header=True)
        return None
    if len(rows) >= _LEAST_ROWS_WITHOUT_HEADER and min(map(len, rows)) == 2:
        column = _free_column(rows, 2)
        if column is not None and _few_values(rows, 1 - column):
            return FreeText(delimiter=delimiter, width=2, column=column, header=False)
    return None


def _of_width(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    return [row for row in rows if len(row) == width]


def _free_column(body: Sequence[Sequence[str]], width: int) -> int | None:
    """The only column that can hold what is too much in the wide rows; None when it is none or more than one."""
    wide = [row for row in body if len(row) > width]
    if len(wide) < max(1, _LEAST_SHARE * len(body)):
        return None
    if sum(1 for row in body if len(row) < width) > _LEAST_SHARE * len(body):
        return None
    regular = _of_width(body, width)
    fitting = [column for column in range(width) if _fits(column, wide, regular, width)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(column: int, wide: Sequence[Sequence[str]], regular: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the column reads as text when it gets the rest, and all others hold what they do elsewhere."""
    texts = [row[column : column + len(row) - width + 1] for row in wide]
    if sum(1 for parts in texts if any(part[:1] == " " for part in parts[1:])) < 0.5 * len(texts):
        return False
    return all(
        _holds_alike(
            [row[_place(other, column, row, width)] for row in wide], [row[other] for row in regular]
        )
        for other in range(width)
        if other != column
    )


def _place(other: int, column: int, row: Sequence[str], width: int) -> int:
    """Where a column stands in a wide row whose text is in `column`."""
    return other if other < column else len(row) - width + other


def _holds_alike(found: Sequence[str], known: Sequence[str]) -> bool:
    """Whether these cells are values or of the kind that the column has in regular rows; else whether they are few."""
    if len(known) < _LEAST_ROWS:
        return _are_few(found) or _of_kind(found, _kind_of(found)) >= _FITTING
    values, kind = set(known), _kind_of(known)
    alike = sum(1 for cell in found if cell in values or (kind in _PLAIN_KINDS and cell_type(cell) is kind))
    return alike >= _FITTING * len(found) and not any(cell[:1] == " " for cell in found)


def _kind_of(cells: Sequence[str]) -> CellType:
    return Counter(map(cell_type, cells)).most_common(1)[0][0]


def _of_kind(cells: Sequence[str], kind: CellType) -> float:
    return sum(1 for cell in cells if cell_type(cell) is kind) / len(cells) if kind in _PLAIN_KINDS else 0.0


def _are_few(cells: Sequence[str]) -> bool:
    return len(set(cells)) <= max(3, 0.1 * len(cells)) and not any(cell[:1] == " " for cell in cells)


def _few_values(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether the first or last cell of the rows has few values, as labels have."""
    return _are_few([row[0] if column == 0 else row[-1] for row in rows])

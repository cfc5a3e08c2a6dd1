"""Finds where the table is in the first rows of a file: preamble, header rows (or none), then data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bot.datasets.celltypes import CellType, cell_type

Row = Sequence[str]

_TYPED = (CellType.NUMBER, CellType.DATE, CellType.ADDRESS)
_MAX_HEADER_CHARS = 80
_SENTENCE = re.compile(r"[.!?,;]\s*$|[,;!?] ")
_USUAL_NAMES = re.compile(
    r"(text|label|labels|class|category|categories|sentence|review|reviews|sentiment|intent|prompt|completion|message|messages"
    r"|question|answer|input|output|instruction|response|title|body|content|comment|comments|topic|tag|target|id|no|nr|index|name|date"
    r"|subject|description|summary|utterance|tweet|type|value|code|year|time|score|rating|language|lang|source|url|email|key)s?\d?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The rows of a sample by what they are: `preamble` rows first, then `header_rows` of header, then data."""

    width: int
    preamble: int = 0
    header_rows: int = 0
    header: tuple[str, ...] = ()
    usual_filled: float = 0.0
    """The number of cells that are not empty in most rows of data."""


def find_layout(rows: Sequence[Row]) -> Layout:
    """The layout of a table of which these are the first rows (blank lines left out)."""
    if not rows:
        return Layout(width=0)
    width = usual_width(rows)
    start = _table_start(rows, width)
    table = rows[start:]
    usual = median(_filled(row) for row in table)
    if not is_header(table, width):
        return Layout(width=width, preamble=start, usual_filled=usual)
    return Layout(width=width, preamble=start, header_rows=1, header=tuple(table[0]), usual_filled=usual)


def usual_width(rows: Sequence[Row]) -> int:
    """The number of cells most rows have; of two that are as frequent the larger one."""
    widths = Counter(map(len, rows))
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0]


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _table_start(rows: Sequence[Row], width: int) -> int:
    """The index of the first row that looks like the table: as wide, and about as full, as most rows are."""
    if width < 2:
        return 0
    usual = median(_filled(row) for row in rows if len(row) == width)
    needed = max(2.0 if usual >= 2 else 1.0, usual * 0.5)
    for number, row in enumerate(rows):
        if len(row) >= width - 1 and _filled(row) >= min(needed, width - 1):
            return number
    return 0


def is_header(table: Sequence[Row], width: int) -> bool:
    """Whether the first of these rows names the columns rather than being data."""
    first, body = table[0], table[1:]
    if any(len(cell) > _MAX_HEADER_CHARS for cell in first):
        return False
    names = [cell.strip() for cell in first]
    usual = sum(1 for name in names if _USUAL_NAMES.fullmatch(name))
    if usual and usual >= len(names) / 2:
        return True
    if not body:
        return all(cell_type(name) in (CellType.WORD, CellType.TEXT) for name in names)
    votes = [
        _vote(first[number] if number < len(first) else "", _column(body, number)) for number in range(width)
    ]
    if sum(votes) != 0:
        return sum(votes) > 0
    return usual > 0 or (width > 1 and len(set(names)) == len(names) and all(map(_looks_like_a_name, names)))


def _column(body: Sequence[Row], number: int) -> list[str]:
    return [row[number] for row in body[:200] if number < len(row) and row[number].strip()]


def _vote(name: str, values: Sequence[str]) -> int:
    """1 where this column's first cell differs from those below as a name does, -1 where it is one of them."""
    if not values or not name.strip():
        return 0
    kinds = Counter(map(cell_type, values))
    kind, count = kinds.most_common(1)[0]
    own = cell_type(name)
    if kind in _TYPED and count >= 0.7 * len(values):
        return 1 if own not in _TYPED else -1
    if own in _TYPED:
        return -1
    if name in values:
        return -1
    if kind is CellType.TEXT:
        return _text_vote(name, values)
    if len(values) > 10 and len(set(values)) < len(values) / 4:
        return 1
    return 0


def _text_vote(name: str, values: Sequence[str]) -> int:
    """1 for a short name above long texts, -1 for what is a text itself."""
    if len(name) > 40 or _SENTENCE.search(name):
        return -1
    return 1 if len(name) * 3 < median(map(len, values)) and len(name.split()) <= 4 else 0


def _looks_like_a_name(text: str) -> bool:
    return cell_type(text) is CellType.WORD or (cell_type(text) is CellType.TEXT and len(text) < 40)

"""Finds where the table is in the first rows of a file: preamble, header rows (or none), then data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from bot.datasets.celltypes import CellType, cell_type

Row = Sequence[str]

_TYPED = (CellType.NUMBER, CellType.DATE, CellType.ADDRESS)
_MAX_HEADER_CHARS = 80
_MAX_HEADER_ROWS = 3
_MAX_PREAMBLE = 100
_MAX_BLOCK = 30
_MAX_GAPS = 5
_BODY_ROWS = 200
_YEAR = re.compile(r"(1[89]|20)\d\d")
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
    header_cells: tuple[tuple[str, ...], ...] = ()
    """The header rows as they stand in the file."""
    usual_filled: float = 0.0
    """The number of cells that are not empty in most rows of data."""


def find_layout(rows: Sequence[Row], gaps: Collection[int] = ()) -> Layout:
    """The layout of a table of which these are the first rows; blank lines stood in front of the rows in `gaps`."""
    if not rows:
        return Layout(width=0)
    width = usual_width(rows)
    start = _after_gap(rows, gaps, width) or _table_start(rows, width)
    table = rows[start:]
    count = _header_rows(table, width)
    if count and width < _named(table[0]) <= 2 * width:
        width = _named(table[0])  # Rows often lack their empty end; the header tells how wide they are.
    body = table[count:] or table
    return Layout(
        width=width,
        preamble=start,
        header_rows=count,
        header=_fitted(_joined(table[:count]), body, width),
        header_cells=tuple(map(tuple, table[:count])),
        usual_filled=median(_filled(row) for row in body),
    )


def usual_width(rows: Sequence[Row]) -> int:
    """The number of cells of most rows, or a larger one that is nearly as frequent: rows often lack their empty end."""
    widths = Counter(map(len, rows))
    most = max(widths.values(), default=0)
    return max((width for width, count in widths.items() if count >= most / 3), default=0)


def _named(row: Row) -> int:
    """How many cells a row has up to its last filled one."""
    return max((number for number, cell in enumerate(row, 1) if cell.strip()), default=0)


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _table_start(rows: Sequence[Row], width: int) -> int:
    """The index of the first row that looks like the table: as wide, and about as full, as most rows are."""
    if width < 2:
        return _first_without_hash(rows)
    usual = median(_filled(row) for row in rows if len(row) == width)
    needed = max(min(2.0, usual), usual * 0.5)
    for number, row in enumerate(rows[:_MAX_PREAMBLE]):
        if _filled(row) >= needed and (len(row) >= width or _is_header_without_index(rows, number, width)):
            return number
    return 0


def _after_gap(rows: Sequence[Row], gaps: Collection[int], width: int) -> int:
    """Where the table starts when a blank line keeps it apart from a few rows of another shape; 0 when none does."""
    if not 0 < len(gaps) <= _MAX_GAPS or width < 2:
        return 0
    start = max((gap for gap in gaps if gap <= min(_MAX_BLOCK, len(rows) // 2)), default=0)
    above = rows[:start]
    if not above or not is_header(rows[start:], width) or len(rows[start]) < width - 1:
        return 0
    alike = all(len(row) == width and _filled(row) == width for row in above)
    return start if not alike or (width == 2 and not is_header(rows, width)) else 0


def _first_without_hash(rows: Sequence[Row]) -> int:
    count = next((number for number, row in enumerate(rows) if not row[0].startswith("#")), 0)
    return count if count <= 20 else 0


def _is_header_without_index(rows: Sequence[Row], number: int, width: int) -> bool:
    """Whether this row is one cell short, in front of rows that are all complete."""
    following = rows[number + 1 : number + 6]
    return (
        len(rows[number]) == width - 1 > 1 and bool(following) and all(len(row) == width for row in following)
    )


def _header_rows(table: Sequence[Row], width: int) -> int:
    if not is_header(table, width):
        grouped = len(table) > 3 and 1 < _filled(table[0]) < width == _filled(table[1])
        return 2 if grouped and is_header(table[1:], width) and not _typed(table[0]) else 0
    count = 1
    while count < min(_MAX_HEADER_ROWS, len(table) - 1) and _goes_on(table[count - 1], table[count:], width):
        count += 1
    return count


def _typed(row: Row) -> bool:
    return any(cell_type(cell) in _TYPED for cell in row)


def _goes_on(above: Row, rest: Sequence[Row], width: int) -> bool:
    """Whether the first row of `rest` is one more row of the header that `above` belongs to."""
    if len(rest) < 3 or len(rest[0]) < width - 1:
        return False
    votes = [
        _vote(rest[0][number] if number < len(rest[0]) else "", _column(rest[1:], number))
        for number in range(width)
    ]
    spans = _filled(above) < len(above) or len(set(above)) < len(above)
    return min(votes) >= 0 and sum(votes) >= (1 if spans else max(2, width // 2))


def is_header(table: Sequence[Row], width: int) -> bool:
    """Whether the first of these rows names the columns rather than being data."""
    first, body = table[0], table[1:]
    names = [cell.strip() for cell in first]
    if any(len(name) > _MAX_HEADER_CHARS for name in names):
        return False
    usual = sum(1 for name in names if _USUAL_NAMES.fullmatch(name))
    if usual and usual >= len(names) / 2:
        return True
    if not body:
        return all(_looks_like_a_name(name) and not (width == 1 and _SENTENCE.search(name)) for name in names)
    if _has_years(names, body) or _has_unnamed_index(names, body):
        return True
    votes = [
        _vote(names[number] if number < len(names) else "", _column(body, number)) for number in range(width)
    ]
    if sum(votes) != 0:
        return sum(votes) > 0
    return usual > 0 or (width > 1 and len(set(names)) == len(names) and all(map(_looks_like_a_name, names)))


def _has_years(names: Sequence[str], body: Sequence[Row]) -> bool:
    """Whether two or more years in ascending order stand above columns that hold anything but years."""
    at = [number for number, name in enumerate(names) if _YEAR.fullmatch(name)]
    if len(at) < 2 or any(names[left] >= names[right] for left, right in pairwise(at)):
        return False
    values = [value for number in at for value in _column(body, number)]
    return sum(1 for value in values if _YEAR.fullmatch(value.strip())) < len(values) / 2


def _has_unnamed_index(names: Sequence[str], body: Sequence[Row]) -> bool:
    """Whether the first column has no name but a different value in every row, as index columns do."""
    values = _column(body, 0)
    rows = len(body[:_BODY_ROWS])
    return len(names) > 1 and not names[0] and all(names[1:]) and len(set(values)) == len(values) == rows > 2


def _column(body: Sequence[Row], number: int) -> list[str]:
    return [row[number].strip() for row in body[:_BODY_ROWS] if number < len(row) and row[number].strip()]


def _vote(name: str, values: Sequence[str]) -> int:
    """1 where this column's first cell differs from those below as a name does, -1 where it is one of them."""
    own = cell_type(name)
    if not values or own is CellType.EMPTY:
        return 0
    kind, count = Counter(map(cell_type, values)).most_common(1)[0]
    if kind in _TYPED and count >= 0.7 * len(values):
        return 1 if own not in _TYPED else -1
    if own in _TYPED or name in values:
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


def _joined(rows: Sequence[Row]) -> list[str]:
    """One name a column of several header rows; a name above empty cells goes for those, too."""
    if len(rows) < 2:
        return list(rows[0]) if rows else []
    names: list[list[str]] = [[] for _ in range(max(map(len, rows)))]
    for depth, row in enumerate(rows):
        last = ""
        for number in range(len(names)):
            cell = row[number].strip() if number < len(row) else ""
            last = cell or (last if depth < len(rows) - 1 else "")
            if last and last not in names[number]:
                names[number].append(last)
    return [" ".join(parts) for parts in names]


def _fitted(header: list[str], body: Sequence[Row], width: int) -> tuple[str, ...]:
    """The header moved by one where the data have an index column in front that it does not name."""
    if header and len(header) == width - 1 and any(len(row) == width and row[-1].strip() for row in body):
        return ("", *header)
    return tuple(header)

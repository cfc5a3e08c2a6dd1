"""Finds the dialect of delimited text: what keeps cells apart, whether they are quoted, how a quote is escaped."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.datasets.celltypes import CellType, cell_type
from bot.datasets.records import Dialect, RecordReader, Split, split_cells

_PRIORS = {
    ",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.98, "||": 0.98, "::": 0.9, "\x1f": 0.98, "\x01": 0.98, "~": 0.85, "^": 0.85,
    "¦": 0.9, "§": 0.9, "#": 0.6, "&": 0.6, "*": 0.6, "%": 0.5, "$": 0.5, "@": 0.4, "!": 0.4, "=": 0.5, "+": 0.4, " ": 0.75, ":": 0.55, "/": 0.35,
    "_": 0.3, "-": 0.3, "\\": 0.5,
}  # fmt: skip
"""How believable each delimiter is before the text is looked at."""

_TYPE_VALUES = {
    CellType.EMPTY: 0.75,
    CellType.NUMBER: 1.0,
    CellType.DATE: 1.0,
    CellType.ADDRESS: 1.0,
    CellType.WORD: 0.9,
    CellType.TEXT: 0.75,
    CellType.ODD: 0.1,
}
_SINGLE_COLUMN_BAR = 0.55
_MAX_ROWS = 300


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A dialect, how well it fits (0-1), and the width most rows have under it."""

    dialect: Dialect
    score: float
    width: int


def detect_dialect(lines: Sequence[str]) -> Verdict:
    """The dialect under which these lines (terminators kept) fall apart most evenly into cells of known kinds.

    Text that no delimiter divides evenly is a single column (delimiter "").
    """
    lines = [line for line in lines if line.strip()][: _MAX_ROWS * 3]
    text = "".join(lines)
    best = Verdict(dialect=Dialect(delimiter="", quote=""), score=_SINGLE_COLUMN_BAR, width=1)
    for delimiter, prior in _PRIORS.items():
        if text.count(delimiter) < max(1, len(lines) // 3):
            continue
        for quote in _quotes_in(text, delimiter):
            verdict = _judged(lines, Dialect(delimiter=delimiter, quote=quote), prior)
            if verdict.score > best.score + 1e-9:
                best = verdict
    return best


def _quotes_in(text: str, delimiter: str) -> list[str]:
    quotes = ['"'] if '"' in text else []
    if "'" in text and (f"'{delimiter}" in text or f"{delimiter}'" in text):
        quotes.append("'")
    return [*quotes, ""]


def _judged(lines: Sequence[str], dialect: Dialect, prior: float) -> Verdict:
    reader = RecordReader(enumerate(lines), dialect, max_lines=60, max_chars=1 << 18)
    rows = []
    for _, cells in reader:
        rows.append(cells)
        if len(rows) >= _MAX_ROWS:
            break
    width, share = _modal_width(rows)
    if width < 2:
        return Verdict(dialect=dialect, score=0.0, width=1)
    kinds = Counter(cell_type(cell) for row in rows if len(row) == width for cell in row)
    typed = sum(_TYPE_VALUES[kind] * count for kind, count in kinds.items()) / sum(kinds.values())
    score = share * typed * prior * (0.9 + 0.1 * (width - 1) / width)
    return Verdict(dialect=dialect, score=score * _quoting_factor(lines, dialect), width=width)


def _modal_width(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    """The width most rows have, and the share of rows that have it."""
    widths = Counter(map(len, rows))
    if not widths:
        return 1, 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return width, count / len(rows)


def _quoting_factor(lines: Sequence[str], dialect: Dialect) -> float:
    if not dialect.quote:
        return 0.97
    return 1.0 if quotes_are_syntax(lines, dialect) else 0.9


def quotes_are_syntax(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether the quotes in these lines enclose cells rather than being part of the text.

    For: a quoted cell with a delimiter, a line break or a doubled quote inside, or a column quoted throughout.
    Against: quotes that never close, that close early, or that stand inside unquoted cells.
    """
    needed = clean = against = 0
    columns: Counter[int] = Counter()
    waiting = deque(lines)
    while waiting:
        line = waiting.popleft()
        if dialect.quote not in line:
            continue
        split, taken = _closed_over_lines(line, waiting, dialect)
        needed += taken > 0
        against += split.strays + (split.open_at >= 0)
        for number, (cell, quoted) in enumerate(zip(split.cells, split.quoted, strict=True)):
            if quoted:
                clean += 1
                columns[number] += 1
                needed += bool(dialect.delimiter and dialect.delimiter in cell) or dialect.quote in cell
            elif dialect.quote in cell:
                against += 1
        for _ in range(taken):
            waiting.popleft()
    if columns and max(columns.values()) > 0.9 * len(lines):
        return True
    return needed > against if against else clean > 0


def _closed_over_lines(line: str, following: Iterable[str], dialect: Dialect) -> tuple[Split, int]:
    """The record that starts on this line and how many of the lines after it belong to it."""
    split = split_cells(line.rstrip("\r\n"), dialect)
    if split.open_at < 0:
        return split, 0
    text = line
    for taken, extra in enumerate(islice(following, 60), 1):
        text += extra
        if dialect.quote in extra:
            longer = split_cells(text.rstrip("\r\n"), dialect)
            if longer.open_at < 0:
                return longer, taken
    return split, 0

"""Finds the dialect of delimited text: what keeps cells apart, whether they are quoted, how a quote is escaped."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.datasets.cells import Dialect, Split, split_cells
from bot.datasets.celltypes import CellType, cell_type
from bot.datasets.records import RecordReader

_PRIORS = {
    ",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.98, "||": 0.99, "::": 0.95, "\x1f": 0.98, "\x1e": 0.9, "\x01": 0.98, "\x02": 0.9,
    "~": 0.9, "^": 0.9, "¦": 0.9, "§": 0.9, "¬": 0.9, " ": 0.8, ":": 0.75, "#": 0.65, "&": 0.65, "*": 0.65, "%": 0.6, "=": 0.6,
    "$": 0.55, "@": 0.5, "!": 0.5, "+": 0.5, "/": 0.5, "\\": 0.5, "_": 0.4, "-": 0.4,
}  # fmt: skip
"""How believable each delimiter is before the text is looked at."""

_TYPE_VALUES = {
    CellType.EMPTY: 0.8,
    CellType.NUMBER: 1.0,
    CellType.DATE: 1.0,
    CellType.ADDRESS: 1.0,
    CellType.WORD: 0.9,
    CellType.TEXT: 0.75,
    CellType.ODD: 0.1,
}
_SINGLE_COLUMN_FACTOR = 0.72
_MAX_ROWS = 300
_TELLING_SHARE = 0.4
"""Cells that must be numbers, dates or addresses before blanks are believed to keep cells rather than words apart."""

_EVEN_ENOUGH = 0.97
"""How even rows must be before quotes alone show that blanks keep cells apart."""


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
    best = max(_single_column(lines), _aligned(lines, text), key=lambda verdict: verdict.score)
    for delimiter, prior in _PRIORS.items():
        if text.count(delimiter) < max(1, len(lines) // 3):
            continue
        for dialect in _dialects(text, delimiter):
            verdict = _judged(lines, dialect, prior)
            if verdict.score > best.score + 1e-9:
                best = verdict
    return replace(best, dialect=_with_space(lines, best))


def _single_column(lines: Sequence[str]) -> Verdict:
    """How well the lines do as they stand: dates and numbers very well, sentences less."""
    quoted = [
        line
        for line in lines
        if line.lstrip()[:1] == '"' and line.rstrip()[-1:] == '"' and len(line.strip()) > 1
    ]
    dialect = Dialect(delimiter="", quote='"' if len(quoted) > 0.5 * len(lines) else "")
    values = [_TYPE_VALUES[cell_type(line)] for line in lines[:_MAX_ROWS]]
    mean = sum(values) / len(values) if values else 1.0
    return Verdict(dialect=dialect, score=max(0.45, mean * _SINGLE_COLUMN_FACTOR), width=1)


def _dialects(text: str, delimiter: str) -> Iterator[Dialect]:
    yield Dialect(delimiter=delimiter, quote="")
    for quote in ('"', "'"):
        if quote == "'" and not (f"'{delimiter}" in text or f"{delimiter}'" in text):
            continue
        if quote in text:
            yield Dialect(delimiter=delimiter, quote=quote)
            if f"\\{quote}" in text:
                yield Dialect(delimiter=delimiter, quote=quote, escape="\\")


def _judged(lines: Sequence[str], dialect: Dialect, prior: float) -> Verdict:
    rows = _rows(lines, dialect)
    width, evenness = _evenness(rows)
    if width < 2:
        return Verdict(dialect=dialect, score=0.0, width=1)
    kinds = Counter(_kind(cell, dialect) for row in rows if len(row) == width for cell in row)
    total = sum(kinds.values())
    telling = sum(kinds[kind] for kind in (CellType.NUMBER, CellType.DATE, CellType.ADDRESS))
    is_wordy = dialect.delimiter == " " and telling < _TELLING_SHARE * total
    if is_wordy and not (evenness > _EVEN_ENOUGH and _is_enclosed(lines, dialect)):
        return Verdict(dialect=dialect, score=0.0, width=width)
    typed = sum(_TYPE_VALUES[kind] * count for kind, count in kinds.items()) / total
    score = evenness * typed * prior * (0.9 + 0.1 * (width - 1) / width)
    if dialect.quote and not dialect.escape and _hides_escape(rows, dialect):
        score *= 0.95
    if len(rows[0]) == 1:
        score *= 0.9  # A title, or a header that knows of no such delimiter.
    if _is_punctuation(lines, dialect):
        score *= 0.7 if telling < 0.2 * total else 0.9
    return Verdict(dialect=dialect, score=score * _quoting_factor(lines, dialect), width=width)


def _is_enclosed(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether many cells could not be told from their neighbours without the quotes around them."""
    needed, _, against, _ = _quote_evidence(lines, dialect) if dialect.quote else (0, 0, 0, False)
    return needed > max(2, 0.5 * len(lines)) and against < 0.05 * len(lines)


def _hides_escape(rows: Sequence[Sequence[str]], dialect: Dialect) -> bool:
    r"""Whether a cell seems to go on behind what ends one where a backslash escapes quotes: `5\\"","next`."""
    end = f"\\{dialect.quote}{dialect.delimiter}"
    return any(end in cell for row in rows for cell in row)


def _is_punctuation(lines: Sequence[str], dialect: Dialect, least: float = 0.95) -> bool:
    """Whether the delimiter has a space behind it wherever it stands, as it has in sentences and in lists within a cell.

    A header without such spaces says that they belong to the cells below it.
    """
    mark = dialect.delimiter
    if mark not in (",", ";", ":") or dialect.quote:
        return False
    spaced = [(line.count(mark), line.count(f"{mark} ")) for line in lines]
    if spaced[0][0] > spaced[0][1]:
        return False
    return sum(with_space for _, with_space in spaced) >= least * sum(marks for marks, _ in spaced)


def _kind(cell: str, dialect: Dialect) -> CellType:
    """The cell's type; what was enclosed in quotes may hold delimiters and quotes, that is no accident."""
    if dialect.quote and (dialect.quote in cell or dialect.delimiter in cell):
        kind = cell_type(cell.replace(dialect.quote, "").replace(dialect.delimiter, " "))
        return CellType.TEXT if kind is CellType.ODD else kind
    return cell_type(cell)


def _aligned(lines: Sequence[str], text: str) -> Verdict:
    """How well the lines do as columns of numbers that are aligned by blanks."""
    rows = [line.split(" ") if "\t" in line else line.split() for line in lines[:_MAX_ROWS]]
    width, evenness = _evenness(rows)
    kinds = Counter(cell_type(cell) for row in rows for cell in row)
    dialect = Dialect(delimiter=" ", quote="", runs=True)
    if width < 2 or "  " not in text or kinds[CellType.NUMBER] < 0.6 * sum(kinds.values()) or evenness < 0.9:
        return Verdict(dialect=dialect, score=0.0, width=width)
    return Verdict(dialect=dialect, score=0.9 * evenness, width=width)


def _rows(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    reader = RecordReader(enumerate(lines), dialect, max_lines=60, max_chars=1 << 18)
    return [cells for _, cells in islice(reader, _MAX_ROWS)]


def _evenness(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    """The usual width, and how near the rows come to it: 1 where all have it, less for narrow and wide ones."""
    widths = Counter(map(len, rows))
    if not widths:
        return 1, 0.0
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    exact = widths[usual] / len(rows)
    near = sum(count * min(width, usual) / max(width, usual) for width, count in widths.items()) / len(rows)
    return usual, (2 * exact + near) / 3 if near > 0.85 else exact


def _quoting_factor(lines: Sequence[str], dialect: Dialect) -> float:
    """How well the quotes behave as quotes: 1 without a fault, less with some, least where they are rather text."""
    if not dialect.quote:
        return 0.97
    needed, clean, against, is_throughout = _quote_evidence(lines, dialect)
    if is_throughout:
        is_syntax = not against or not dialect.escape
    else:
        is_syntax = needed > against if against else clean + needed > 0
    if not is_syntax:
        return 0.9
    return (0.99 if against else 1.0) * (1.0 if dialect.quote == '"' else 0.995)


def _quote_evidence(lines: Sequence[str], dialect: Dialect) -> tuple[int, int, int, bool]:
    """What speaks for quotes being syntax: (cells that need them, cells enclosed, faults, a column enclosed throughout).

    Needed are they around a delimiter, a line break or an escaped quote. Faults are quotes that never close, that
    close early, or that stand inside unquoted cells.
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
                needed += bool(dialect.escape)
                against += not dialect.escape  # With an escape they are counted as strays where they are any.
        for _ in range(taken):
            waiting.popleft()
    return needed, clean, against, bool(columns) and max(columns.values()) > 0.9 * len(lines)


def _closed_over_lines(line: str, following: Iterable[str], dialect: Dialect) -> tuple[Split, int]:
    """The record that starts on this line and how many of the lines after it belong to it."""
    split = split_cells(line.rstrip("\r\n"), dialect)
    if split.open_at < 0:
        return split, 0
    text, longer = line, split
    for taken, extra in enumerate(islice(following, 60), 1):
        text += extra
        if dialect.quote in extra:
            longer = split_cells(text.rstrip("\r\n"), dialect, start=longer)
            if longer.open_at < 0:
                return longer, taken
    return split, 0


def _with_space(lines: Sequence[str], verdict: Verdict) -> Dialect:
    """The dialect with spaces as part of its delimiter where they are: `1, "a, b", 2`, or a bar with one on both sides.

    Where no cell is quoted each delimiter must have a space behind it, and one more must be in none of the cells:
    nobody can tell whether fewer of them belong to the cells or not.
    """
    dialect, width = verdict.dialect, verdict.width
    mark = dialect.delimiter
    others = [replace(dialect, delimiter=" | ")] if mark == "|" else []
    has_quoted = dialect.quote and mark.strip() and any(f"{mark} {dialect.quote}" in line for line in lines)
    rows = [row for row in _rows(lines, dialect) if len(row) == width]
    if has_quoted or (width > 1 and _is_punctuation(lines, dialect, least=1.0)) or _is_spaced(rows, mark):
        others.append(replace(dialect, delimiter=f"{mark} "))
    if _is_doubled(rows):
        others.append(replace(dialect, delimiter=mark * 2))
        width = (width + 1) // 2
    good = len(rows)
    for other in others:
        rows = [row for row in _rows(lines, other) if len(row) == width]
        padded = sum(1 for row in rows for cell in row if cell[:1] == " ")
        if len(rows) >= 0.95 * good and padded <= 0.05 * width * len(rows):
            return other
    return dialect


def _is_spaced(rows: Sequence[Sequence[str]], mark: str) -> bool:
    """Whether every cell but a row's first begins with a space, the header's too."""
    cells = [cell for row in rows for cell in row[1:] if cell]
    return len(rows) > 2 and bool(mark.strip()) and bool(cells) and all(cell[0] == " " for cell in cells)


def _is_doubled(rows: Sequence[Sequence[str]]) -> bool:
    """Whether every second cell is empty throughout: the delimiter is written twice."""
    if len(rows) < 3 or len(rows[0]) < 3 or len(rows[0]) % 2 == 0:
        return False
    return not any(cell for row in rows for cell in row[1::2]) and all(rows[0][::2])

"""Reads delimited text: finds dialect and layout on the first lines, then takes the quickest way that loses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from bot.datasets.cells import Dialect
from bot.datasets.dialect import detect_dialect
from bot.datasets.framed import is_framed, unframed
from bot.datasets.freetext import FreeText, find_free_text
from bot.datasets.layout import Layout, find_layout, usual_width
from bot.datasets.limits import ReadLimits
from bot.datasets.lines import LONG_LINE, text_lines
from bot.datasets.mending import REPAIRS
from bot.datasets.names import column_names
from bot.datasets.readers.arrow_csv import read_strict
from bot.datasets.readers.strict_scan import scan_strictly
from bot.datasets.readers.table_rows import tell_of_what_stands_above, write_rows
from bot.datasets.records import RecordReader
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted
from bot.errors import DatasetError
from bot.texts import said, t

_SAMPLE_LINES = 2000
_SAMPLE_CHARS = 1 << 19
_FAST_FROM_BYTES = 1 << 20
_FORMATS = {",": "csv", "\t": "tsv", "": "txt"}


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How this file is going to be read: the dialect, the layout, and the records before the first of data."""

    dialect: Dialect
    layout: Layout
    above: list[tuple[int, list[str]]]
    data_line: int
    tight: bool
    free: FreeText | None = None


def read_delimited(path: Path, spool_path: Path, *, name: str, limits: ReadLimits, start: int = 0) -> Told:
    """Read the UTF-8 file at `path` from byte `start` on into a spool."""
    lines = text_lines(path, start=start, limit=limits.record_bytes)
    sample = _sample(lines)
    if all(text.startswith(LONG_LINE) for _, text in sample):
        raise DatasetError(
            t(
                "{name} has no line under {mib} MiB: it can't be a table of examples.",
                name=name,
                mib=limits.record_bytes >> 20,
            ),
            where=f"line {sample[0][0]}" if sample else "",
            next_step=t("Drop a file with one example a line."),
        )
    framed = is_framed(sample)
    if framed:
        sample, lines = list(unframed(sample)), unframed(lines)
    plan = _plan(sample)
    dialect, layout = plan.dialect, plan.layout
    if layout.width > limits.columns:
        raise DatasetError(
            t(
                "{name} has {width:,} columns; at most {columns:,} can be read.",
                name=name,
                width=layout.width,
                columns=limits.columns,
            ),
            next_step=t("Keep only the columns to train on."),
        )
    told = Told(
        format=_FORMATS.get(dialect.delimiter, "csv"),
        delimiter="|" if framed else dialect.delimiter,
        quoting=bool(dialect.quote),
        header=layout.header_rows > 0,
    )
    if framed or not _read_fast(path, spool_path, name, plan, told, limits, start):
        with SpoolWriter(
            spool_path, column_names(layout.header, layout.width), name=name, most_rows=limits.rows
        ) as writer:
            reader = RecordReader(
                chain(sample, lines),
                dialect,
                width=layout.width,
                tight=plan.tight,
                free=plan.free,
                on_reject=writer.reject,
            )
            write_rows(reader, layout, writer, told, limits)
            _tell_of_repairs(reader, told)
    return told


def _sample(lines: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    sample: list[tuple[int, str]] = []
    chars = 0
    for line in islice(lines, _SAMPLE_LINES):
        sample.append(line)
        chars += len(line[1])
        if chars > _SAMPLE_CHARS:
            break
    return sample


def _plan(sample: Sequence[tuple[int, str]]) -> _Plan:
    sample = [(number, text) for number, text in sample if not text.startswith(LONG_LINE)]
    texts = [text for _, text in sample]
    if free := find_free_text(texts):
        return _plan_of_free_text(sample, free)
    dialect = detect_dialect(texts).dialect
    records = list(RecordReader(sample, dialect))
    blank = {number for number, text in sample if not text.strip()}
    width = usual_width([cells for _, cells in records])
    while True:
        records = list(RecordReader(sample, dialect, width=width))
        gaps = [index for index, (number, _) in enumerate(records) if number - 1 in blank and index]
        layout = find_layout([cells for _, cells in records], gaps)
        if layout.width <= width:
            break
        width = layout.width
    first = layout.preamble + layout.header_rows
    return _Plan(
        dialect=dialect,
        layout=layout,
        above=records[:first],
        data_line=records[first][0] if first < len(records) else 0,
        tight=_are_tight([cells for _, cells in records]),
    )


def _plan_of_free_text(sample: Sequence[tuple[int, str]], free: FreeText) -> _Plan:
    """The plan for a file whose header, where it has one, is its first line."""
    dialect = Dialect(delimiter=free.delimiter, quote='"' if any('"' in text for _, text in sample) else "")
    records = list(RecordReader(sample, dialect, width=free.width, free=free))
    rows = [cells for _, cells in records]
    header = tuple(rows[0]) if free.header else ()
    layout = Layout(
        width=free.width,
        header_rows=len(header) and 1,
        header=header,
        header_cells=(header,) if header else (),
        usual_filled=free.width,
    )
    first = layout.header_rows
    return _Plan(
        dialect=dialect,
        layout=layout,
        above=records[:first],
        data_line=records[first][0] if first < len(records) else 0,
        tight=False,
        free=free,
    )


def _are_tight(rows: Sequence[list[str]]) -> bool:
    """Whether cells hardly ever start with a space."""
    cells = [cell for row in rows for cell in row[1:] if cell]
    return sum(1 for cell in cells if cell[0] == " ") <= 0.15 * len(cells)


def _read_fast(
    path: Path, spool_path: Path, name: str, plan: _Plan, told: Told, limits: ReadLimits, start: int
) -> bool:
    """Read through Arrow where the file is large and faultless; False (and nothing kept) where it is not."""
    dialect, layout = plan.dialect, plan.layout
    if (
        path.stat().st_size < _FAST_FROM_BYTES
        or layout.width < 2
        or not plan.data_line
        or plan.free
        or dialect.escape
        or dialect.runs
        or len(dialect.delimiter.encode()) != 1
        or dialect.quote not in ("", '"', "'")
    ):
        return False
    offset = _offset_of_line(path, start, plan.data_line)
    scan = scan_strictly(
        path,
        start=offset,
        first_line=plan.data_line,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        limit=limits.record_bytes,
    )
    if scan is None:
        return False
    with SpoolWriter(
        spool_path, column_names(layout.header, layout.width), name=name, most_rows=limits.rows
    ) as writer:
        done = read_strict(path, writer, start=offset, dialect=dialect, scan=scan, layout=layout, told=told)
    if done:
        tell_of_what_stands_above(plan.above[: layout.preamble], layout, told)
    return done


def _offset_of_line(path: Path, start: int, line: int) -> int:
    with path.open("rb") as stream:
        stream.seek(start)
        for _ in range(line - 1):
            stream.readline()
        return stream.tell()


def _tell_of_repairs(reader: RecordReader, told: Told) -> None:
    for kind, count in reader.counts.repairs.items():
        line = reader.counts.first_lines[kind]
        told.warnings.append(
            t(
                "{rows} {repair} (first: line {line:,}).",
                rows=counted(count, "row"),
                repair=said(REPAIRS[kind]),
                line=line,
            )
        )

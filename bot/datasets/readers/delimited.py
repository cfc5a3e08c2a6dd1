"""Reads delimited text: finds dialect and layout on the first lines, then takes the quickest way that loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from bot.datasets.dialect import detect_dialect
from bot.datasets.header import column_names
from bot.datasets.layout import Layout, find_layout, usual_width
from bot.datasets.limits import ReadLimits
from bot.datasets.lines import text_lines
from bot.datasets.records import Dialect, RecordReader
from bot.datasets.spool import SpoolWriter
from bot.errors import DatasetError

_SAMPLE_LINES = 2000
_SAMPLE_CHARS = 1 << 19


@dataclass(kw_only=True)
class Told:
    """What a reader has to say of a file beside its rows."""

    delimiter: str = ""
    quoting: bool = False
    header: bool = True
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_delimited(path: Path, spool_path: Path, *, name: str, limits: ReadLimits, start: int = 0) -> Told:
    """Read the UTF-8 file at `path` from byte `start` on into a spool."""
    lines = text_lines(path, start=start, limit=limits.record_bytes)
    sample = _sample(lines)
    dialect = detect_dialect([line for _, line in sample]).dialect
    rows = [cells for _, cells in RecordReader(sample, dialect)]
    rows = [cells for _, cells in RecordReader(sample, dialect, width=usual_width(rows))] if rows else []
    layout = find_layout(rows)
    told = Told(delimiter=dialect.delimiter, quoting=bool(dialect.quote), header=layout.header_rows > 0)
    if layout.width > limits.columns:
        raise DatasetError(
            f"The file has {layout.width:,} columns; at most {limits.columns:,} can be read.",
            next_step="Keep only the columns to train on.",
        )
    with SpoolWriter(spool_path, column_names(layout.header, layout.width), name=name) as writer:
        _read_records(chain(sample, lines), dialect, layout, writer, told)
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


def _read_records(
    lines: Iterator[tuple[int, str]], dialect: Dialect, layout: Layout, writer: SpoolWriter, told: Told
) -> None:
    records = iter(RecordReader(lines, dialect, width=layout.width, on_reject=writer.reject))
    skipped = list(islice(records, layout.preamble + layout.header_rows))
    for line, cells in skipped[: layout.preamble]:
        told.notes.append(
            f"Line {line} stands above the table and was left out: {' '.join(filter(None, cells))[:200]}"
        )
    width = len(writer.columns)
    for line, cells in records:
        if len(cells) > width:
            width = len(cells)
            writer.widen(column_names(writer.columns, width))
        writer.append(cells, line)

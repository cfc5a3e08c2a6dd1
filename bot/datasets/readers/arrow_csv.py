"""Reads a faultless, rectangular CSV file into a spool through Arrow's reader, every column as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from bot.datasets.cells import Dialect
from bot.datasets.footer import TAIL_ROWS
from bot.datasets.layout import Layout
from bot.datasets.readers.strict_scan import StrictScan
from bot.datasets.readers.table_rows import write_tail
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told

_BLOCK_BYTES = 2 << 20


def read_strict(
    path: Path,
    writer: SpoolWriter,
    *,
    start: int,
    dialect: Dialect,
    scan: StrictScan,
    layout: Layout,
    told: Told,
) -> bool:
    """Append the records from byte `start` on.

    False where Arrow sees other records than the scan did (ragged rows) or where the header comes again: the caller
    then throws away what was written and reads another way. UnicodeDecodeError where a cell is no UTF-8.
    """
    seen = 0
    held: tuple[pa.RecordBatch, pa.Array] | None = None
    try:
        for batch in _batches(path, writer.columns, start, dialect, scan.longest_bytes):
            lines = scan.first_lines[seen : seen + batch.num_rows]
            if len(lines) != batch.num_rows:
                return False
            if held is not None:
                writer.append_arrays(held[0].columns, held[1])
            seen += batch.num_rows
            held = batch, _integers(lines)
            if _repeats_header(batch, layout):
                return False
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise UnicodeDecodeError("utf-8", b"", 0, 0, str(error)) from error
        return False
    if seen != len(scan.first_lines) or held is None:
        return False
    _append_last(*held, writer, layout, told)
    return True


def _integers(lines: NDArray[np.int32]) -> pa.Array:
    """The same as pa.array(lines), which would import pandas first."""
    return pa.Array.from_buffers(pa.int64(), len(lines), [None, pa.py_buffer(lines.astype(np.int64))])


def _repeats_header(batch: pa.RecordBatch, layout: Layout) -> bool:
    if not layout.header_rows:
        return False
    same = None
    for column, name in zip(batch.columns, layout.header_cells[-1], strict=False):
        equal = pc.equal(column, name)
        same = equal if same is None else pc.and_(same, equal)
        if not pc.any(same).as_py():
            return False
    return True


def _append_last(
    batch: pa.RecordBatch, lines: pa.Array, writer: SpoolWriter, layout: Layout, told: Told
) -> None:
    cut = max(0, batch.num_rows - TAIL_ROWS)
    head = batch.slice(0, cut)
    writer.append_arrays(head.columns, lines.slice(0, cut))
    cells = zip(*(column.to_pylist() for column in batch.slice(cut).columns), strict=True)
    write_tail(list(zip(lines.slice(cut).to_pylist(), cells, strict=True)), layout, writer, told)


def _batches(
    path: Path, columns: list[str], start: int, dialect: Dialect, longest_bytes: int
) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path)) as source:
        source.seek(start)
        yield from csv.open_csv(
            source,
            read_options=csv.ReadOptions(
                block_size=max(_BLOCK_BYTES, 4 * longest_bytes), use_threads=False, column_names=columns
            ),
            parse_options=csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                newlines_in_values=bool(dialect.quote),
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

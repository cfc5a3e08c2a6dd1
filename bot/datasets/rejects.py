"""rejects.csv: every row that stays out, with its file, its line there, the reason, and its own cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from bot.datasets.chats import TECHNICAL
from bot.datasets.checks.duplicates import in_part
from bot.datasets.kernels import first_of_each, mixed
from bot.datasets.ledger import REPEATS, Ledger
from bot.datasets.rows import RowTexts
from bot.datasets.spool import FILE, LINE, Reject, Spool
from bot.domain import Task

REJECTS_NAME = "rejects.csv"
_OWN = ("file", "line", "reason")


class RejectsWriter:
    """Writes the rows that stay out; the records that could not be read at all come first."""

    def __init__(self, path: Path, spool: Spool, ledger: Ledger, unread: Sequence[Reject]) -> None:
        self.path, self.ledger, self.unread = path, ledger, unread
        ours = TECHNICAL if ledger.frame.mapping.task is Task.CHAT else ()
        self.columns = [name for name in spool.columns if name not in ours]
        names = [f"row.{name}" if name in _OWN else name for name in self.columns]
        fields = [("file", pa.string()), ("line", pa.int64()), ("reason", pa.string())]
        self.schema = pa.schema([*fields, *((name, pa.string()) for name in names)])

    def __enter__(self) -> RejectsWriter:
        self._writer = pa.csv.CSVWriter(str(self.path), self.schema)
        for reject in self.unread:
            cells = [reject.raw, *([""] * (len(self.columns) - 1))][: len(self.columns)]
            row: list[object] = [reject.file, reject.line, reject.reason, *cells]
            arrays = [pa.array([cell], field.type) for cell, field in zip(row, self.schema, strict=True)]
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, batch: RowTexts, rows: npt.NDArray[np.bool_]) -> None:
        """Add those rows of the batch."""
        picked = batch.batch.filter(pa.array(rows))
        cells = [picked.column(name) for name in self.columns]
        arrays = [self._file_names(picked), picked.column(LINE), self._reasons(batch.start, rows), *cells]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))

    def _reasons(self, start: int, rows: npt.NDArray[np.bool_]) -> pa.Array:
        here = slice(start, start + len(rows))
        codes = self.ledger.reason[here][rows]
        reasons = pa.array(self.ledger.reasons).take(pa.array(codes))
        repeats = pc.starts_with(reasons, REPEATS)
        if not pc.any(repeats).as_py():
            return reasons
        lines = pa.array(self._earlier_lines[here][rows]).cast(pa.string())
        return pc.if_else(repeats, pc.binary_join_element_wise(reasons, lines, " "), reasons)

    @cached_property
    def _earlier_lines(self) -> npt.NDArray[np.int64]:
        """For each row the line of the first one with the same text, but for case and spacing, and answer."""
        ledger = self.ledger
        lines = ledger.frame.line.copy()
        several = ledger.shared
        same = in_part(mixed(ledger.norm[several], ledger.answer[several]), ledger.frame.role[several])
        codes, _ = pd.factorize(same)
        lines[several] = ledger.frame.line[several[np.flatnonzero(first_of_each(codes))[codes]]]
        return lines

    def _file_names(self, batch: pa.RecordBatch) -> pa.Array:
        if FILE in batch.schema.names:
            return batch.column(FILE).cast(pa.string())
        files = self.ledger.frame.files
        return pa.repeat(pa.scalar(files[0] if files else "", pa.string()), batch.num_rows)

"""The spool: what was read from a file, as text columns in one Arrow IPC file on disk, written and read in batches.

Everything after reading (checks, splits, conversion) works on the spool, so that a file is parsed exactly once.
A batch holds at most 65,536 rows and about 8 MB of text. Beside the columns of the file there is LINE, the 1-based
line of the file (row of the sheet, record of the JSON) on which a record starts, and, when several files make one
dataset, FILE, the name of the one it came from.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import pyarrow as pa

from bot.datasets.names import FILE as FILE
from bot.datasets.names import LINE as LINE
from bot.datasets.names import column_names
from bot.errors import DatasetError
from bot.texts import t

BATCH_ROWS = 65_536
BATCH_BYTES = 8 << 20
REJECT_CHARS = 2000

_REJECTS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("reason", pa.string()),
        ("raw", pa.string()),
        ("capped", pa.bool_()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Reject:
    """A record that could not be read: where, why, and its raw text, cut to 2,000 characters when `capped`."""

    file: str
    line: int
    reason: str
    raw: str
    capped: bool


class SpoolWriter:
    """Writes a spool; columns may be added while rows come in, earlier rows then have empty cells there.

    Nothing is at `path` before `close`; leaving the `with` block on an error removes what was written. More rows
    than `most_rows` raise DatasetError.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], *, name: str = "", most_rows: int = sys.maxsize
    ) -> None:
        self.path = path
        self.columns = list(columns)
        self.rows = 0
        self.name = name
        self.most_rows = most_rows
        self.rejects: list[Reject] = []
        self._rows: list[Sequence[str]] = []
        self._lines: list[int] = []
        self._chars = 0
        self._parts: list[Path] = []
        self._part_width = 0
        self._sink: pa.RecordBatchFileWriter | None = None

    def append(self, cells: Sequence[str], line: int) -> None:
        """Add one record; cells that are missing at the end are empty, cells beyond the columns make new columns."""
        self._rows.append(cells)
        self._lines.append(line)
        self._chars += sum(map(len, cells))
        if len(cells) > len(self.columns):
            self.columns = column_names(self.columns, len(cells))
        if len(self._rows) >= BATCH_ROWS or self._chars + 8 * len(cells) * len(self._rows) >= BATCH_BYTES:
            self._flush()

    def append_arrays(self, arrays: Sequence[pa.Array], lines: pa.Array) -> None:
        """Add a batch of records, an array of strings for each column."""
        self._flush()
        self._write(pa.RecordBatch.from_arrays([*arrays, lines], schema=self._schema()))

    def reject(self, line: int, reason: str, raw: str) -> None:
        """Note a record that could not be read."""
        self.rejects.append(
            Reject(
                file=self.name,
                line=line,
                reason=reason,
                raw=raw[:REJECT_CHARS],
                capped=len(raw) > REJECT_CHARS,
            )
        )

    def close(self) -> None:
        """Finish the file and put it in its place, the rejects beside it."""
        self._flush()
        if not self._parts:
            self._open_part()
        self._end_part()
        if len(self._parts) > 1:
            self._join_parts()
        write_rejects(self.path, self.rejects)
        self._parts[0].replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        if self._sink is not None:
            self._sink.close()
        for part in self._parts:
            part.unlink(missing_ok=True)

    def _schema(self) -> pa.Schema:
        return pa.schema([*((name, pa.string()) for name in self.columns), (LINE, pa.int64())])

    def _flush(self) -> None:
        if not self._rows:
            return
        width = len(self.columns)
        columns = list(zip_longest(*self._rows, fillvalue=""))
        arrays = [pa.array(cells, pa.string()) for cells in columns]
        arrays += [pa.repeat("", len(self._rows))] * (width - len(columns))
        self._write(
            pa.RecordBatch.from_arrays([*arrays, pa.array(self._lines, pa.int64())], schema=self._schema())
        )
        self._rows, self._lines, self._chars = [], [], 0

    def _write(self, batch: pa.RecordBatch) -> None:
        if self._sink is not None and self._part_width < len(self.columns):
            self._end_part()
        if self._sink is None:
            self._open_part()
        for piece in _pieces(batch):
            self._sink.write_batch(piece)  # type: ignore[union-attr]  # _open_part has set it
        self.rows += batch.num_rows
        if self.rows > self.most_rows:
            raise DatasetError(
                t("{name} has more than {most_rows:,} rows.", name=self.name, most_rows=self.most_rows),
                next_step=t("Drop it in smaller pieces."),
            )

    def _open_part(self) -> None:
        part = self.path.with_name(f"{self.path.name}.part{len(self._parts)}")
        self._parts.append(part)
        self._part_width = len(self.columns)
        self._sink = pa.ipc.new_file(str(part), self._schema())

    def _end_part(self) -> None:
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _join_parts(self) -> None:
        joined = self.path.with_name(f"{self.path.name}.joined")
        schema = self._schema()
        with pa.ipc.new_file(str(joined), schema) as sink:
            for part in self._parts:
                for batch in _batches_of(part, None):
                    sink.write_batch(_fitted(batch, schema))
        for part in self._parts:
            part.unlink()
        self._parts = [joined]


@dataclass(frozen=True)
class Spool:
    """A finished spool. `columns` are the file's own, without LINE and FILE; `rows` counts its records.

    `renamed` has other names for the columns, under which `join_spools` matches them.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    has_file: bool
    renamed: tuple[str, ...] = ()

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Record batches in file order with the columns asked for (all of them, LINE and FILE included, by default)."""
        return _batches_of(self.path, columns)

    def rejects(self) -> list[Reject]:
        """The records that could not be read, in file order."""
        path = _rejects_path(self.path)
        if not path.exists():
            return []
        return [Reject(**row) for batch in _batches_of(path, None) for row in batch.to_pylist()]


def open_spool(path: Path) -> Spool:
    """The spool at `path`; only its footer is read now."""
    with pa.OSFile(str(path)) as source:
        reader = pa.ipc.open_file(source)
        names = reader.schema.names
        rows = reader.count_rows()
    own = tuple(name for name in names if name not in (LINE, FILE))
    return Spool(path=path, columns=own, rows=rows, has_file=FILE in names)


def write_rejects(spool_path: Path, rejects: Sequence[Reject]) -> None:
    """Keep the rejects of a spool beside it, or remove those of an earlier one."""
    path = _rejects_path(spool_path)
    if not rejects:
        path.unlink(missing_ok=True)
        return
    with pa.ipc.new_file(str(path), _REJECTS) as sink:
        sink.write_batch(pa.RecordBatch.from_pylist([vars(reject) for reject in rejects], schema=_REJECTS))


def join_spools(parts: Sequence[tuple[Spool, str]], path: Path) -> Spool:
    """One spool of several, in order: columns are matched by name, FILE says the name given with each part."""
    columns = list(dict.fromkeys(name for spool, _ in parts for name in spool.renamed or spool.columns))
    names = pa.array([name for _, name in parts], pa.string())
    file_type = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([*((name, pa.string()) for name in columns), (LINE, pa.int64()), (FILE, file_type)])
    partial = path.with_name(f"{path.name}.joining")
    with pa.ipc.new_file(str(partial), schema) as sink:
        for number, (spool, _) in enumerate(parts):
            for batch in spool.batches():
                batch = batch.rename_columns([*(spool.renamed or spool.columns), LINE])
                index = pa.repeat(pa.scalar(number, pa.int32()), batch.num_rows)
                sink.write_batch(_fitted(batch, schema, {FILE: pa.DictionaryArray.from_arrays(index, names)}))
    write_rejects(path, [reject for spool, _ in parts for reject in spool.rejects()])
    partial.replace(path)
    return open_spool(path)


def write_rfc4180(spool: Spool, stream: BinaryIO) -> None:
    """Write the table as RFC 4180 CSV in UTF-8, header first, records ended by CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(spool.columns)
    for batch in spool.batches(spool.columns):
        columns: Iterable[list[str]] = (column.to_pylist() for column in batch.columns)
        writer.writerows(zip(*columns, strict=True))
        stream.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    stream.write(text.getvalue().encode())


def _rejects_path(spool_path: Path) -> Path:
    return spool_path.with_name(f"{spool_path.name}.rejects")


def _batches_of(path: Path, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path)) as source:
        wanted = None
        if columns is not None:
            schema = pa.ipc.open_file(source).schema
            wanted = [schema.get_field_index(name) for name in columns]
        options = pa.ipc.IpcReadOptions(included_fields=sorted(wanted) if wanted is not None else None)
        reader = pa.ipc.open_file(source, options=options)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            yield batch if columns is None else batch.select(list(columns))


def _fitted(
    batch: pa.RecordBatch, schema: pa.Schema, given: dict[str, pa.Array] | None = None
) -> pa.RecordBatch:
    """The batch with exactly the schema's columns; those it lacks are `given` or empty."""
    arrays = []
    for field in schema:
        if given and field.name in given:
            arrays.append(given[field.name])
        elif field.name in batch.schema.names:
            arrays.append(batch.column(field.name))
        else:
            arrays.append(pa.repeat(pa.scalar("", field.type), batch.num_rows))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    size = max(1, -(-batch.nbytes // (BATCH_BYTES * 5 // 4)), -(-batch.num_rows // BATCH_ROWS))
    rows = max(1, -(-batch.num_rows // size))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)

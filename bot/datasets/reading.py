"""Reads any file a person drops into a spool of text columns, and says how it was understood."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.datasets.containers import unpack
from bot.datasets.encoding import Encoding, detect_encoding, ends_lines_with_cr, guess_encoding, transcode
from bot.datasets.filekinds import FileKind, file_kind, foreign_name
from bot.datasets.limits import ReadLimits
from bot.datasets.readers.delimited import read_delimited
from bot.datasets.readers.json_document import NotJson, read_json_document
from bot.datasets.readers.json_lines import is_json_lines, read_json_lines
from bot.datasets.readers.workbook import read_workbook
from bot.datasets.spool import Spool, join_spools, open_spool
from bot.datasets.told import Told, counted
from bot.domain import Reading
from bot.errors import DatasetError
from bot.texts import t

DEFAULT_LIMITS = ReadLimits()

_HEAD_BYTES = 1 << 16
_MAX_NESTING = 2


def read_table(source: Path, spool_path: Path, *, name: str, limits: ReadLimits = DEFAULT_LIMITS) -> Reading:
    """Read `source`, which the person knows as `name`, into the spool at `spool_path`.

    The bytes decide what it is, never the name's ending. Temporary files lie beside the spool. DatasetError when
    there is nothing to read in it, or more than the limits allow.
    """
    if source.stat().st_size > limits.file_bytes:
        raise DatasetError(
            t("{name} is larger than {mib:,} MiB.", name=name, mib=limits.file_bytes >> 20),
            next_step=t("Drop it in smaller pieces."),
        )
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=spool_path.parent) as folder:
        return _read(source, spool_path, Path(folder), name=name, limits=limits, nesting=0)


def read_tables(
    sources: Sequence[tuple[Path, str]], spool_path: Path, *, limits: ReadLimits = DEFAULT_LIMITS
) -> Reading:
    """Read several (path, name) files as one dataset; the spool's FILE column says which file a row came from."""
    readings, parts = [], []
    for number, (source, name) in enumerate(sources):
        part = spool_path.with_name(f"{spool_path.name}.{number}")
        readings.append(read_table(source, part, name=name, limits=limits))
        parts.append(part)
    return _joined(readings, parts, spool_path, ", ".join(name for _, name in sources))


def _read(
    source: Path, spool_path: Path, folder: Path, *, name: str, limits: ReadLimits, nesting: int
) -> Reading:
    with source.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    kind = file_kind(source, head)
    if kind is FileKind.EMPTY:
        raise DatasetError(t("{name} is empty.", name=name), next_step=t("Drop a file that has rows in it."))
    if kind is FileKind.FOREIGN:
        raise DatasetError(
            t("{name} is {what}, not a table.", name=name, what=foreign_name(head)),
            next_step=t("Drop a CSV, TSV, XLSX, JSON, JSONL or TXT file."),
        )
    if kind is FileKind.WORKBOOK:
        return _reading(read_workbook(source, spool_path, name=name, limits=limits), spool_path, name)
    if kind is FileKind.TEXT:
        return _read_text(source, spool_path, folder, name=name, limits=limits)
    if nesting == _MAX_NESTING:
        raise DatasetError(
            t("{name} is packed more than {max_nesting} times over.", name=name, max_nesting=_MAX_NESTING),
            next_step=t("Drop it unpacked."),
        )
    return _read_packed(source, kind, spool_path, folder, name=name, limits=limits, nesting=nesting)


def _read_packed(
    source: Path,
    kind: FileKind,
    spool_path: Path,
    folder: Path,
    *,
    name: str,
    limits: ReadLimits,
    nesting: int,
) -> Reading:
    inner = folder / f"inner_{nesting}"
    inner.mkdir(parents=True)
    members = unpack(source, kind, inner, name=name, limits=limits)
    readings, parts, refused = [], [], []
    for number, (path, member) in enumerate(members):
        part = inner / f"spool_{number}"
        try:
            readings.append(
                _read(path, part, inner / str(number), name=member, limits=limits, nesting=nesting + 1)
            )
            parts.append(part)
        except DatasetError as error:
            refused.append((member, error))
        path.unlink()
    if not readings:
        raise refused[0][1]
    readings, parts, left_out = _alike(readings, parts)
    reading = _joined(readings, parts, spool_path, name)
    notes = [f"{name} was unpacked.", *reading.notes]
    notes += [
        t("{member} in it was left out: {error}", member=member, error=error) for member, error in refused
    ]
    notes += [
        t("{member} in it was left out: its columns are other ones.", member=member) for member in left_out
    ]
    return replace(reading, notes=tuple(notes))


def _alike(readings: list[Reading], parts: list[Path]) -> tuple[list[Reading], list[Path], list[str]]:
    """Those with the same columns as the one with the most rows, their spools, and the names of the others."""
    main = max(readings, key=lambda reading: reading.rows_read)
    same = [
        len(reading.columns) == len(main.columns)
        and (reading.columns == main.columns or not (reading.header and main.header))
        for reading in readings
    ]
    left_out = [reading.file for reading, fits in zip(readings, same, strict=True) if not fits]
    kept = [(reading, part) for reading, part, fits in zip(readings, parts, same, strict=True) if fits]
    return [reading for reading, _ in kept], [part for _, part in kept], left_out


def _joined(readings: Sequence[Reading], parts: Sequence[Path], spool_path: Path, name: str) -> Reading:
    if len(readings) == 1:
        for part in (parts[0], *parts[0].parent.glob(f"{parts[0].name}.rejects")):
            part.replace(spool_path.with_name(part.name.replace(parts[0].name, spool_path.name)))
        return replace(readings[0], file=name)
    spools = [open_spool(part) for part in parts]
    joined = join_spools(
        [(spool, reading.file) for spool, reading in zip(_renamed(spools, readings), readings, strict=True)],
        spool_path,
    )
    for part in parts:
        for path in part.parent.glob(f"{part.name}*"):
            path.unlink()
    return replace(
        readings[0],
        file=name,
        header=all(reading.header for reading in readings),
        columns=joined.columns,
        rows_read=joined.rows,
        notes=tuple(f"{reading.file}: {note}" for reading in readings for note in reading.notes),
        warnings=tuple(f"{reading.file}: {warning}" for reading in readings for warning in reading.warnings),
    )


def _renamed(spools: Sequence[Spool], readings: Sequence[Reading]) -> list[Spool]:
    """The spools, those without a header under the names of one that has one, where they are as wide."""
    named = next((spool for spool, reading in zip(spools, readings, strict=True) if reading.header), None)
    if named is None:
        return list(spools)
    return [
        replace(spool, renamed=named.columns)
        if not reading.header and len(spool.columns) == len(named.columns)
        else spool
        for spool, reading in zip(spools, readings, strict=True)
    ]


def _read_text(source: Path, spool_path: Path, folder: Path, *, name: str, limits: ReadLimits) -> Reading:
    encoding = detect_encoding(source)
    try:
        return _read_encoded(source, encoding, spool_path, folder, name=name, limits=limits)
    except UnicodeDecodeError:
        # The beginning was UTF-8, something further on is not.
        encoding = guess_encoding(source)
        return _read_encoded(source, encoding, spool_path, folder, name=name, limits=limits)


def _read_encoded(
    source: Path, encoding: Encoding, spool_path: Path, folder: Path, *, name: str, limits: ReadLimits
) -> Reading:
    lone_cr = ends_lines_with_cr(source, encoding)
    path, start, lost = source, encoding.bom_bytes, 0
    if lone_cr or not encoding.is_utf8:
        folder.mkdir(parents=True, exist_ok=True)
        path, start = folder / "text.utf8", 0
        lost = transcode(source, path, encoding, lone_cr=lone_cr)
    told = _told_of_text(path, spool_path, start, name=name, limits=limits)
    told.encoding = encoding.codec
    if encoding.guessed and encoding.codec == "utf-8":
        told.warnings.append(t("Some bytes are no UTF-8; they were read as Windows-1252."))
    elif encoding.guessed:
        told.notes.append(
            t(
                "The encoding was taken for {codec}; look whether accented letters are right.",
                codec=encoding.codec,
            )
        )
    if lost:
        told.warnings.append(
            t("{number} could not be decoded as {codec}.", number=counted(lost, "byte"), codec=encoding.codec)
        )
    return _reading(told, spool_path, name)


def _told_of_text(path: Path, spool_path: Path, start: int, *, name: str, limits: ReadLimits) -> Told:
    with path.open("rb") as stream:
        stream.seek(start)
        first = stream.read(_HEAD_BYTES).lstrip()[:1]
    if first in (b"{", b"["):
        if is_json_lines(path, start=start, limits=limits):
            return read_json_lines(path, spool_path, name=name, limits=limits, start=start)
        try:
            return read_json_document(path, spool_path, name=name, limits=limits, start=start)
        except NotJson:
            pass  # Text that happens to start with a bracket.
    return read_delimited(path, spool_path, name=name, limits=limits, start=start)


def _reading(told: Told, spool_path: Path, name: str) -> Reading:
    spool = open_spool(spool_path)
    return Reading(
        file=name,
        format=told.format,
        encoding=told.encoding,
        delimiter=told.delimiter,
        quoting=told.quoting,
        header=told.header,
        columns=spool.columns,
        rows_read=spool.rows,
        notes=tuple(told.notes),
        warnings=tuple(told.warnings),
    )

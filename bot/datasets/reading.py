"""Reads any file a person drops into a spool of text columns, and says how it was understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.datasets.encoding import SAMPLE_BYTES, detect_encoding, transcode
from bot.datasets.limits import ReadLimits
from bot.datasets.readers.delimited import read_delimited
from bot.datasets.spool import join_spools, open_spool
from bot.domain import Reading
from bot.errors import DatasetError

DEFAULT_LIMITS = ReadLimits()


def read_table(source: Path, spool_path: Path, *, name: str, limits: ReadLimits = DEFAULT_LIMITS) -> Reading:
    """Read `source`, which the person knows as `name`, into the spool at `spool_path`.

    The bytes decide what it is, never the name's ending. DatasetError when there is nothing to read in it.
    """
    with source.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise DatasetError(f"{name} is empty.", next_step="Drop a file that has rows in it.")
    encoding = detect_encoding(head, complete=len(head) < SAMPLE_BYTES)
    text, start = source, encoding.bom_bytes
    if not encoding.is_utf8:
        text, start = spool_path.with_name(f"{spool_path.name}.utf8"), 0
        transcode(source, text, encoding)
    try:
        told = read_delimited(text, spool_path, name=name, limits=limits, start=start)
    finally:
        if text is not source:
            text.unlink(missing_ok=True)
    spool = open_spool(spool_path)
    return Reading(
        file=name,
        format="csv"
        if told.delimiter == ","
        else "txt"
        if not told.delimiter
        else "tsv"
        if told.delimiter == "\t"
        else "csv",
        encoding=encoding.codec,
        delimiter=told.delimiter,
        quoting=told.quoting,
        header=told.header,
        columns=spool.columns,
        rows_read=spool.rows,
        notes=tuple(told.notes),
        warnings=tuple(told.warnings),
    )


def read_tables(
    sources: Sequence[tuple[Path, str]], spool_path: Path, *, limits: ReadLimits = DEFAULT_LIMITS
) -> Reading:
    """Read several (path, name) files as one dataset; the spool's FILE column says which file a row came from."""
    parts, readings = [], []
    for number, (source, name) in enumerate(sources):
        part = spool_path.with_name(f"{spool_path.name}.{number}")
        readings.append(read_table(source, part, name=name, limits=limits))
        parts.append((open_spool(part), name))
    spool = join_spools(parts, spool_path)
    for part_spool, _ in parts:
        part_spool.path.unlink()
    first = readings[0]
    return Reading(
        file=", ".join(name for _, name in sources),
        format=first.format,
        encoding=first.encoding,
        delimiter=first.delimiter,
        quoting=first.quoting,
        header=all(reading.header for reading in readings),
        columns=spool.columns,
        rows_read=spool.rows,
        notes=tuple(f"{reading.file}: {note}" for reading in readings for note in reading.notes),
        warnings=tuple(f"{reading.file}: {warning}" for reading in readings for warning in reading.warnings),
    )

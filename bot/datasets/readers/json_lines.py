"""Reads JSON Lines into a spool: one value a line, broken lines kept among the rejects with their number."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.datasets.limits import ReadLimits
from bot.datasets.lines import LONG_LINE, text_lines
from bot.datasets.readers.json_rows import RowWriter, decoded
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted
from bot.errors import DatasetError
from bot.texts import t

_PROBE_LINES = 20


def is_json_lines(path: Path, *, start: int, limits: ReadLimits) -> bool:
    """Whether most of the first lines are JSON objects or lists by themselves, and there are at least two of them."""
    values = good = 0
    for _, text in itertools.islice(text_lines(path, start=start, limit=limits.record_bytes), _PROBE_LINES):
        if not text.strip():
            continue
        values += 1
        try:
            good += isinstance(decoded(_without_comma(text)), dict | list)
        except ValueError:
            continue
    return good >= 2 and good >= 0.5 * values


def read_json_lines(path: Path, spool_path: Path, *, name: str, limits: ReadLimits, start: int) -> Told:
    """Read the UTF-8 file at `path` from byte `start` on into a spool."""
    told = Told(format="jsonl")
    with SpoolWriter(spool_path, [], name=name, most_rows=limits.rows) as writer:
        rows = RowWriter(writer, told, limits)
        for line, value, raw in _values(path, start, limits, writer):
            rows.add(value, line, raw)
        rows.tell()
        broken = len(writer.rejects)
        if broken and not writer.rows + len(writer.columns):
            first = writer.rejects[0]
            raise DatasetError(
                t("No line of {name} is readable JSON.", name=name),
                where=t("line {line}", line=first.line),
                next_step=first.reason,
            )
        if broken:
            told.warnings.append(
                t("{broken} could not be read and lie among the rejects.", broken=counted(broken, "line"))
            )
    return told


def _values(
    path: Path, start: int, limits: ReadLimits, writer: SpoolWriter
) -> Iterator[tuple[int, Any, str]]:
    for line, text in text_lines(path, start=start, limit=limits.record_bytes):
        if text.isspace():
            continue
        if text.startswith(LONG_LINE):
            writer.reject(line, t("the line is too long"), text[len(LONG_LINE) :])
            continue
        try:
            yield line, decoded(text), text
        except ValueError as error:
            try:
                bare = _without_comma(text)
                yield line, decoded(bare), bare
            except ValueError:
                writer.reject(line, f"no JSON: {str(error)[:200]}", text)


def _without_comma(text: str) -> str:
    text = text.strip()
    return text[:-1] if text.endswith(",") else text

"""Turns JSON values into rows of text cells: nested objects become dotted columns, lists stay JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

import orjson

from bot.datasets.limits import ReadLimits
from bot.datasets.names import FILE, LINE, column_names
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted
from bot.errors import DatasetError
from bot.texts import t

_FLATTEN_DEPTH = 6


def decoded(raw: str | bytes) -> Any:
    """The JSON value, read by a strict and quick parser or, where that refuses (NaN, lone surrogates), a lenient one.

    ValueError where it is no JSON or nested too deeply.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return decoded_exactly(raw)


def decoded_exactly(raw: str | bytes) -> Any:
    """The JSON value with fractions that know how they were written."""
    try:
        return json.loads(raw, parse_float=_WrittenFloat, parse_constant=_WrittenFloat)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class _WrittenFloat(float):
    """A float that keeps its text: 1.10 and 1e5 stay what they are."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


class RowWriter:
    """Appends JSON values to a spool as rows; a key seen for the first time makes a new column."""

    def __init__(self, writer: SpoolWriter, told: Told, limits: ReadLimits) -> None:
        self._writer = writer
        self._told = told
        self._limits = limits
        self._index: dict[str, int] = {}
        self._repaired = 0
        self._has_lists = False
        self._has_scalars = False

    def add(self, value: Any, line: int, raw: str = "") -> None:
        """Append one value: an object by its keys, a list by position, anything else in a column "text"."""
        try:
            cells = self._cells(value, raw)
        except (RecursionError, ValueError) as error:
            self._writer.reject(line, t("the value can't be kept as text: {error}", error=error), raw)
            return
        if any(len(cell) > self._limits.cell_chars for cell in cells):
            self._writer.reject(
                line,
                t("a cell has more than {cell_chars:,} characters", cell_chars=self._limits.cell_chars),
                raw,
            )
            return
        self._writer.append(cells, line)

    def tell(self) -> None:
        """Add what was noticed on the way to the notes."""
        self._told.header = bool(self._index)
        if self._repaired:
            self._told.warnings.append(
                t(
                    "{repaired} had half a character (a lone surrogate): replaced by U+FFFD.",
                    repaired=counted(self._repaired, "cell"),
                )
            )

    def _cells(self, value: Any, raw: str) -> list[str]:
        if isinstance(value, list):
            return [self._text(item) for item in value]
        if not isinstance(value, dict):
            value = {"text": value}
        flat: dict[str, Any] = {}
        _flatten(value, "", flat, 0)
        if raw and any(type(item) is float for item in flat.values()):
            return self._cells(decoded_exactly(raw), "")
        cells = [""] * len(self._index)
        for key, item in flat.items():
            position = self._index.get(key)
            if position is None:
                position = self._new_column(key)
                cells.append("")
            cells[position] = item if type(item) is str and item.isascii() else self._text(item)
        return cells

    def _new_column(self, key: str) -> int:
        position = len(self._index)
        if position >= self._limits.columns:
            raise DatasetError(
                t("The records have more than {columns:,} different keys.", columns=self._limits.columns),
                next_step=t("Keep only the keys to train on."),
            )
        self._index[key] = position
        if position == len(self._writer.columns):
            safe = key.encode("utf-8", "replace").decode()
            self._writer.columns = column_names([*self._writer.columns, safe], position + 1)
        return position

    def _text(self, value: Any) -> str:
        text = cell_text(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            self._repaired += 1
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


def _flatten(value: Mapping[str, Any], prefix: str, flat: dict[str, Any], depth: int) -> None:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and item and depth < _FLATTEN_DEPTH:
            _flatten(item, f"{name}.", flat, depth + 1)
        else:
            flat[f"{name}_" if name in (LINE, FILE) else name] = item


def cell_text(value: Any) -> str:
    """A JSON value as the text of a cell: strings as they are, null empty, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _WrittenFloat):
        return value.text
    if isinstance(value, Decimal):
        # A Decimal forgets how its exponent was written; this is how most programs write it.
        return str(value).replace("E+", "e").replace("E-", "e-")
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=_plain_number)


def _plain_number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and "." not in str(value) else float(value)
    raise ValueError(f"{type(value).__name__} is no JSON value")


def rows_of_columns(columns: Mapping[str, Sequence[Any]]) -> Iterable[dict[str, Any]]:
    """The rows of an object of equally long arrays."""
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(names, values, strict=True))

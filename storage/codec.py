"""Domain values as JSON text in a column, and times and money as numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

T = TypeVar("T")

_MICRO = Decimal(1_000_000)


def to_json(value: object) -> str:
    """The value as compact JSON text; dataclasses, datetimes, decimals and enums included."""
    return msgspec.json.encode(value).decode()


def from_json(text: str, kind: type[T]) -> T:
    """The value of that type back from `to_json`'s text. Raises msgspec.ValidationError when it does not fit."""
    return msgspec.json.decode(text, type=kind)


def to_seconds(moment: datetime) -> float:
    """UTC seconds since 1970."""
    return moment.timestamp()


def to_datetime(seconds: float) -> datetime:
    """An aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def to_micro_usd(amount: Decimal | None) -> int | None:
    """Millionths of a dollar, rounded to the nearest."""
    return None if amount is None else int((amount * _MICRO).to_integral_value())


def to_usd(micro: int | None) -> Decimal | None:
    """Dollars from millionths."""
    return None if micro is None else Decimal(micro) / _MICRO

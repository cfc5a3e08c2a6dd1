"""What asking a model costs: a dated table (call_prices.json) of input and output rates; bot/pricing.py has training."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class CallPrice:
    """A model's rates in US dollars per million tokens, and the day it goes off (None: not announced)."""

    model: str
    input_usd_per_1m_tokens: Decimal
    output_usd_per_1m_tokens: Decimal
    off_on: date | None = None

    def of_calls(self, calls: int, *, input_tokens: float, output_tokens: float) -> Decimal:
        """US dollars for that many calls of so many tokens each, without discounts for cached prompts or batches."""
        each = (
            Decimal(str(input_tokens)) * self.input_usd_per_1m_tokens
            + Decimal(str(output_tokens)) * self.output_usd_per_1m_tokens
        )
        return calls * each / _MILLION


@dataclass(frozen=True, kw_only=True)
class CallPrices:
    """Every rate with where and when it was read. `fine_tuned` is by base model."""

    as_of: str
    source: str
    default_hosted: str
    hosted: dict[str, CallPrice]
    fine_tuned: dict[str, CallPrice]


@cache
def call_prices() -> CallPrices:
    """The table that ships with this release."""
    page = json.loads(files("bot").joinpath("call_prices.json").read_text(encoding="utf-8"))
    return CallPrices(
        as_of=page["as_of"],
        source=page["source"],
        default_hosted=page["default_hosted"],
        hosted=_prices(page["models"]),
        fine_tuned=_prices(page["fine_tuned"]),
    )


def _prices(rows: list[dict[str, Any]]) -> dict[str, CallPrice]:
    return {
        row["id"]: CallPrice(
            model=row["id"],
            input_usd_per_1m_tokens=Decimal(row["input_usd_per_1m_tokens"]),
            output_usd_per_1m_tokens=Decimal(row["output_usd_per_1m_tokens"]),
            off_on=date.fromisoformat(row["off_on"]) if row.get("off_on") else None,
        )
        for row in rows
    }


def hosted_models(today: date) -> tuple[str, ...]:
    """Hosted models that can still be asked on that day, in the table's order (the default first)."""
    return tuple(
        model for model, price in call_prices().hosted.items() if price.off_on is None or today < price.off_on
    )


FREE = CallPrice(model="", input_usd_per_1m_tokens=Decimal(0), output_usd_per_1m_tokens=Decimal(0))
"""A model on the team's own machine."""

"""What training costs: a dated price table (prices.json) and the published rule for "auto" epochs.

Prices are data with a date and a source, never code: they change, and a person must see how old they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from bot.domain import Estimate

TARGET_EPOCHS = 3
MIN_TARGET_EXAMPLES = 100
MAX_TARGET_EXAMPLES = 25_000
MIN_EPOCHS = 1
MAX_EPOCHS = 25
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Price:
    """A model's training rate, in US dollars per million tokens, and the last day it can be trained (None: open)."""

    model: str
    training_usd_per_1m_tokens: Decimal
    trainable_until: date | None


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """Every price with where and when it was read."""

    as_of: str
    source: str
    prices: dict[str, Price]


@cache
def price_table() -> PriceTable:
    """The table that ships with this release."""
    page = json.loads(files("bot").joinpath("prices.json").read_text(encoding="utf-8"))
    prices = [
        Price(
            model=row["id"],
            training_usd_per_1m_tokens=Decimal(row["training_usd_per_1m_tokens"]),
            trainable_until=date.fromisoformat(row["trainable_until"])
            if row.get("trainable_until")
            else None,
        )
        for row in page["models"]
    ]
    return PriceTable(
        as_of=page["as_of"], source=page["source"], prices={price.model: price for price in prices}
    )


def trainable_models(today: date) -> tuple[str, ...]:
    """The table's models that can still be trained on that day, cheapest first."""
    open_today = [
        price
        for price in price_table().prices.values()
        if price.trainable_until is None or today <= price.trainable_until
    ]
    ranked = sorted(open_today, key=lambda price: (price.training_usd_per_1m_tokens, price.model))
    return tuple(price.model for price in ranked)


def training_cost(model: str, tokens: int) -> Decimal | None:
    """US dollars for training that many tokens in all; None for a model without a price. `model` may be a fine-tune."""
    price = price_of(model)
    return None if price is None else price.training_usd_per_1m_tokens * tokens / _MILLION


def price_of(model: str) -> Price | None:
    """The price of a model, of its base when it is a fine-tuned one; None for a model that the table lacks."""
    return price_table().prices.get(base_of(model))


def base_of(model: str) -> str:
    """The base behind a model's name.

    >>> base_of("ft:gpt-4.1-mini-2025-04-14:acme::abc"), base_of("ngram-hash-1")
    ('gpt-4.1-mini-2025-04-14', 'ngram-hash-1')
    """
    return model.split(":")[1] if model.startswith("ft:") else model


def auto_epochs(examples: int) -> int:
    """OpenAI's own model of "auto" (openai-cookbook, Chat_finetuning_data_prep.ipynb)."""
    if examples <= 0:
        return TARGET_EPOCHS
    if TARGET_EPOCHS * examples < MIN_TARGET_EXAMPLES:
        return min(MAX_EPOCHS, MIN_TARGET_EXAMPLES // examples)
    if TARGET_EPOCHS * examples > MAX_TARGET_EXAMPLES:
        return max(MIN_EPOCHS, MAX_TARGET_EXAMPLES // examples)
    return TARGET_EPOCHS


def estimate(
    model: str, *, examples: int, tokens_per_epoch: int, today: date, n_epochs: int | None = None
) -> Estimate:
    """Epochs, tokens and dollars by the table; `usd` is None for a model that has no price or can't be trained now."""
    epochs = n_epochs or auto_epochs(examples)
    tokens = tokens_per_epoch * epochs
    price = price_table().prices.get(model)
    closed = price is not None and price.trainable_until is not None and today > price.trainable_until
    return Estimate(
        model=model,
        n_epochs=epochs,
        tokens=tokens,
        usd=None if closed else training_cost(model, tokens),
        minutes=None,
        source=price_table().source if price else "no price known",
        as_of=price_table().as_of,
    )

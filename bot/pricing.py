"""What training costs: a dated price table (prices.json) and the published rule for "auto" epochs.

Prices are data with a date and a source, never code: they change, and a person must see how old they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.domain import Estimate
from bot.errors import InputError
from bot.texts import t

TARGET_EPOCHS = 3
MIN_TARGET_EXAMPLES = 100
MAX_TARGET_EXAMPLES = 25_000
MIN_EPOCHS = 1
MAX_EPOCHS = 25
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Price:
    """A model's training rate, in US dollars per million tokens, and the last day it can be trained (None: open).

    `as_of` and `source` tell when and where it was read; `is_own` that the team sets it itself.
    """

    model: str
    training_usd_per_1m_tokens: Decimal
    trainable_until: date | None
    as_of: str
    source: str
    is_own: bool = False


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """Every price with where and when it was read."""

    as_of: str
    source: str
    prices: dict[str, Price]


@cache
def _shipped() -> PriceTable:
    """The table that ships with this release."""
    return read_prices(files("bot").joinpath("prices.json").read_text(encoding="utf-8"))


_own: PriceTable | None = None


def use_own_prices(path: Path) -> None:
    """From now on the rows of that file stand beside those of the release, or in their place.

    Raises InputError that says what is wrong with the file.
    """
    global _own  # what a process counts with, set once when it starts
    try:
        _own = read_prices(path.read_text(encoding="utf-8"), own=True)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise InputError(
            f"{path} can't be read as a price table ({type(error).__name__}: {error}).",
            field="TUNESMITH_PRICES",
            next_step="docs/settings.md shows how it looks.",
        ) from error


def price_table() -> PriceTable:
    """The prices in use: those of the release, and over them the team's own."""
    if _own is None:
        return _shipped()
    return replace(_shipped(), prices={**_shipped().prices, **_own.prices})


def read_prices(text: str, *, own: bool = False) -> PriceTable:
    """A price table from its JSON; `own` for one that the team keeps itself. Raises ValueError, KeyError and the like."""
    page = json.loads(text)
    as_of, source = date.fromisoformat(page["as_of"]).isoformat(), str(page["source"])
    prices = [
        Price(
            model=row["id"],
            training_usd_per_1m_tokens=Decimal(row["training_usd_per_1m_tokens"]),
            trainable_until=date.fromisoformat(row["trainable_until"])
            if row.get("trainable_until")
            else None,
            as_of=as_of,
            source=source,
            is_own=own,
        )
        for row in page["models"]
    ]
    return PriceTable(as_of=as_of, source=source, prices={price.model: price for price in prices})


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
        source=price.source if price else t("no price known"),
        as_of=price.as_of if price else price_table().as_of,
    )

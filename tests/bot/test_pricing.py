"""The price table, the published rule for epochs, and what a training is said to cost."""

from datetime import date
from decimal import Decimal

import pytest

from bot import pricing
from bot.errors import InputError
from bot.pricing import (
    auto_epochs,
    estimate,
    price_of,
    price_table,
    trainable_models,
    training_cost,
    use_own_prices,
)

BEFORE, AFTER = date(2026, 11, 21), date(2027, 1, 7)
MINI = "gpt-4o-mini-2024-07-18"


@pytest.mark.parametrize(
    ("examples", "epochs"),
    [
        (0, 3),
        (1, 25),
        (4, 25),
        (10, 10),
        (33, 3),
        (34, 3),
        (100, 3),
        (8333, 3),
        (8334, 2),
        (12_500, 2),
        (12_501, 1),
        (1_000_000, 1),
    ],
)
def test_auto_epochs_follow_the_cookbook(examples, epochs):
    assert auto_epochs(examples) == epochs


def test_the_table_is_dated_and_sourced():
    table = price_table()

    assert date.fromisoformat(table.as_of)
    assert table.source
    assert table.prices[MINI].training_usd_per_1m_tokens == Decimal("3.00")


def test_models_can_be_trained_until_their_day_cheapest_first():
    assert trainable_models(BEFORE)[0] == MINI
    assert trainable_models(date(2027, 1, 6))
    assert trainable_models(AFTER) == ()


def test_cost_is_tokens_times_epochs_times_rate():
    made = estimate(MINI, examples=100, tokens_per_epoch=200_000, today=BEFORE)

    assert (made.n_epochs, made.tokens, made.usd) == (3, 600_000, Decimal("1.80"))
    assert made.as_of == price_table().as_of


def test_epochs_that_were_asked_for_count():
    assert estimate(MINI, examples=100, tokens_per_epoch=1000, today=BEFORE, n_epochs=7).tokens == 7000


def test_a_model_that_is_closed_has_no_price():
    assert estimate(MINI, examples=100, tokens_per_epoch=1000, today=AFTER).usd is None


def test_an_unknown_model_has_no_price():
    made = estimate("somebody/else", examples=100, tokens_per_epoch=1000, today=BEFORE)

    assert (made.usd, made.source) == (None, "no price known")
    assert training_cost("somebody/else", 1000) is None


def test_a_fine_tune_costs_what_its_base_does():
    assert training_cost(f"ft:{MINI}:org::abc", 1_000_000) == Decimal("3.00")


OWN = """{"as_of": "2026-10-01", "source": "our contract", "models": [
  {"id": "acme-small", "training_usd_per_1m_tokens": "1.50"},
  {"id": "gpt-4o-mini-2024-07-18", "training_usd_per_1m_tokens": "2.00"}]}"""


@pytest.fixture
def own_prices(tmp_path, monkeypatch):
    monkeypatch.setattr(pricing, "_own", None)  # put back after the test: it is what this process counts with
    path = tmp_path / "prices.json"
    path.write_text(OWN)
    return path


def test_own_prices_stand_beside_and_over_the_shipped_ones(own_prices):
    use_own_prices(own_prices)

    small, mini = price_of("ft:acme-small:team::1"), price_of(MINI)
    assert small is not None
    assert (small.source, small.as_of, small.is_own) == ("our contract", "2026-10-01", True)
    assert mini is not None
    assert mini.training_usd_per_1m_tokens == 2
    assert price_of("gpt-4.1-2025-04-14") is not None
    assert training_cost("acme-small", 2_000_000) == 3


@pytest.mark.parametrize(
    "page", ["", "[]", "{}", '{"as_of": "soon", "source": "x", "models": []}', OWN.replace("1.50", "dear")]
)
def test_a_price_table_that_cannot_be_read_says_so(own_prices, page):
    own_prices.write_text(page)

    with pytest.raises(InputError, match="can't be read as a price table"):
        use_own_prices(own_prices)

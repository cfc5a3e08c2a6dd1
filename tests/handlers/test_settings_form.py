from decimal import Decimal
from typing import Any

import pytest

from bot.domain import ChannelSettings, WhoMayStart
from bot.errors import InputErrors
from handlers.settings_form import wanted_settings


def form(flags: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """A sent form; texts as texts, people as tuples, the rest as Slack has it."""
    values: dict[str, Any] = {"flags": {"flags": {"selected_options": [{"value": flag} for flag in flags]}}}
    for name, value in fields.items():
        state = {"selected_users": list(value)} if isinstance(value, tuple) else {"value": value}
        values[name] = {name: state}
    return {"state": {"values": values}}


def test_every_field_is_read():
    view = form(
        ("quiet", "allow_guests"),
        threshold="80%",
        labellers=("U2",),
        starters=("U3",),
        budget_usd_month="$1,000",
        approval_above_usd="12,50",
        approvers=("U9",),
        approval_hours="48",
    )
    view["state"]["values"] |= {
        "who_may_start": {"who_may_start": {"selected_option": {"value": "list"}}},
        "model": {"model": {"selected_option": {"value": "ft:a"}}},
    }

    settings, model = wanted_settings(view, ChannelSettings(starter_group="S1"))

    assert model == "ft:a"
    assert settings == ChannelSettings(
        threshold=0.8,
        labellers=("U2",),
        who_may_start=WhoMayStart.LIST,
        starters=("U3",),
        starter_group="S1",
        budget_usd_month=Decimal(1000),
        approval_above_usd=Decimal("12.50"),
        approvers=("U9",),
        approval_hours=48,
        quiet=True,
        allow_guests=True,
    )


def test_empty_amounts_are_no_limits():
    settings, _ = wanted_settings(form(), ChannelSettings(budget_usd_month=Decimal(5)))

    assert settings.budget_usd_month is None


@pytest.mark.parametrize(
    ("text", "share"), [("80%", 0.8), ("80", 0.8), ("0.8", 0.8), ("0,8", 0.8), ("1", 1.0), ("0", 0.0)]
)
def test_a_share_may_be_typed_in_any_way(text: str, share: float):
    assert wanted_settings(form(threshold=text), ChannelSettings())[0].threshold == share


def test_every_text_that_cannot_be_read_is_told():
    view = form(threshold="often", budget_usd_month="ten", approval_above_usd="-1", approval_hours="1.5")

    with pytest.raises(InputErrors) as caught:
        wanted_settings(view, ChannelSettings())

    assert [fault.field for fault in caught.value.faults] == [
        "threshold",
        "budget_usd_month",
        "approval_above_usd",
        "approval_hours",
    ]

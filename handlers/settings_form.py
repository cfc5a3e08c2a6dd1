"""A channel's settings, from what its form gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from bot.domain import ChannelSettings, WhoMayStart
from bot.errors import InputError, InputErrors
from bot.texts import t
from bot.views.settings import FLAGS
from handlers.requests import Body, form_values, ticked

T = TypeVar("T")

_AMOUNT = re.compile(r"\d{1,7}(?:[.,]\d{1,2})?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?")


def wanted_settings(view: Body, before: ChannelSettings) -> tuple[ChannelSettings, str]:
    """(settings, name of the channel's model or "") of a sent form; what it does not show stays as it was.

    Raises InputErrors with every text that can't be read, each naming its field.
    """
    values = form_values(view)
    faults: list[InputError] = []

    def read(field: str, reading: Callable[[str], T], missing: T) -> T:
        text = values.get(field, "").strip()
        try:
            return reading(text) if text else missing
        except InputError as fault:
            faults.append(InputError(fault.message, field=field))
            return missing

    on = set(ticked(view))
    settings = replace(
        before,
        threshold=read("threshold", _share, ChannelSettings().threshold),
        labellers=_users(view, "labellers"),
        who_may_start=WhoMayStart(values.get("who_may_start") or WhoMayStart.EVERYONE),
        starters=_users(view, "starters"),
        starter_group=values.get("starter_group", before.starter_group),
        budget_usd_month=read("budget_usd_month", _amount, None),
        approval_above_usd=read("approval_above_usd", _amount, None),
        approvers=_users(view, "approvers"),
        approval_hours=read("approval_hours", _hours, ChannelSettings().approval_hours),
        **{name: name in on for name in FLAGS},
    )
    if faults:
        raise InputErrors(tuple(faults))
    return settings, values.get("model", "")


def _users(view: Body, field: str) -> tuple[str, ...]:
    state = ((view.get("state") or {}).get("values") or {}).get(field, {}).get(field, {})
    return tuple(str(user) for user in state.get("selected_users") or ())


def _share(text: str) -> float:
    """A share from "80%", "80" or "0.8"."""
    try:
        number = float(text.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        raise InputError(t("Type a share such as 80%, not {text}.", text=text)) from None
    return number / 100 if text.endswith("%") or number > 1 else number


def _amount(text: str) -> Decimal:
    """Dollars from "20", "$20.50", "1,000" or "20,50"."""
    bare = text.removeprefix("$").strip()
    if _GROUPED.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    if _AMOUNT.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    raise InputError(t("Type an amount in US dollars such as 20 or 12.50, not {text}.", text=text))


def _hours(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise InputError(t("Type a whole number of hours such as 24, not {text}.", text=text))
    return int(text)

"""What a channel decided about itself: who may start, what it may cost, how much is said, when an answer is unsure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class WhoMayStart(StrEnum):
    """Whose starts a channel takes."""

    EVERYONE = "everyone"
    LIST = "list"
    GROUP = "group"


@dataclass(frozen=True, kw_only=True)
class ChannelSettings:
    """A channel's settings; the defaults are those of a channel that never changed any.

    `threshold` is a probability: an answer below it counts as unsure, and `labellers` (user ids) could label it.
    LIST lets the `starters` start, GROUP the members of the user group `starter_group`. Amounts are US dollars, None
    for no limit; a month is a calendar month in UTC. A job that would cost more than `approval_above_usd` waits up to
    `approval_hours` for one of the `approvers`. `quiet` posts only a job's end; `broadcast` shows the end in the
    channel too. Guests, and people of other organisations, start paid jobs only when allowed. The channel's model is
    no setting: it has a row of its own (storage/models.py).
    """

    threshold: float = 0.5
    labellers: tuple[str, ...] = ()
    who_may_start: WhoMayStart = WhoMayStart.EVERYONE
    starters: tuple[str, ...] = ()
    starter_group: str = ""
    budget_usd_month: Decimal | None = None
    approval_above_usd: Decimal | None = None
    approvers: tuple[str, ...] = ()
    approval_hours: int = 24
    quiet: bool = False
    broadcast: bool = False
    allow_guests: bool = False
    allow_external: bool = False

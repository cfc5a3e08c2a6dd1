"""Money: what a job may cost, and who said that it may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a request for approval. WITHDRAWN: the job was cancelled before anybody decided."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A job that waits for somebody's word, or what was said. `amount_usd` is None where nobody knows the price.

    `limit_usd` is the amount above which the channel asks; `approvers` are those of the moment of asking.
    """

    op_id: str
    team: str
    channel: str
    asked_by: str
    approvers: tuple[str, ...]
    amount_usd: Decimal | None
    limit_usd: Decimal
    asked_at: datetime
    expires_at: datetime
    outcome: Outcome = Outcome.WAITING
    decided_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Admission:
    """On which terms a job is taken: what it will cost (None: nobody knows), out of which month's budget ("2026-11",
    UTC; `budget_usd` None for no limit), and whose approval it waits for."""

    amount_usd: Decimal | None = Decimal(0)
    month: str = ""
    budget_usd: Decimal | None = None
    approval: Approval | None = None


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What a channel's jobs of one month cost: `spent_usd` by those that ended, `reserved_usd` by those that have not."""

    channel: str
    spent_usd: Decimal
    reserved_usd: Decimal

    @property
    def total_usd(self) -> Decimal:
        """What counts against the budget."""
        return self.spent_usd + self.reserved_usd

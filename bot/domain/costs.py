"""What training has cost, with the rate it was counted by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Tokens trained times a dated rate. `usd` and the rate are None for a model without a price.

    `is_own`: the team's own server trains it, for nothing; then there is no rate and no date.
    """

    tokens: int
    usd: Decimal | None
    usd_per_1m_tokens: Decimal | None = None
    as_of: str = ""
    is_own: bool = False

"""Slack's rate limits as token buckets: a burst of about a minute's worth, then the tier's pace."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How often a method may be called (docs.slack.dev/apis/web-api/rate-limits, read 2026-11)."""

    T1 = "Tier 1 (1+ a minute)"
    T2 = "Tier 2 (20+ a minute)"
    T3 = "Tier 3 (50+ a minute)"
    T4 = "Tier 4 (100+ a minute)"
    POSTING = "1 a second in each channel"
    SPECIAL = "special (hundreds a minute)"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Calls a second in the long run, and how many may come at once after a quiet time."""

    per_s: float
    burst: int


# Slack promises the pace and says that it tolerates bursts without a number. The bursts here are our choice: a
# minute's worth, and for tier 1 room for ten sockets that reconnect together several times.
PACES = {
    Tier.T1: Pace(per_s=1 / 60, burst=60),
    Tier.T2: Pace(per_s=20 / 60, burst=20),
    Tier.T3: Pace(per_s=50 / 60, burst=50),
    Tier.T4: Pace(per_s=100 / 60, burst=100),
    Tier.POSTING: Pace(per_s=1.0, burst=30),
    Tier.SPECIAL: Pace(per_s=10.0, burst=600),
}
WORKSPACE_POSTING = Pace(per_s=10.0, burst=300)


@dataclass(kw_only=True)
class _Bucket:
    level: float
    at: float


class RateLimits:
    """The buckets, one for each key."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def take(self, pace: Pace, *key: str) -> int | None:
        """None where the call may go on, else the whole seconds to wait (Retry-After)."""
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(level=pace.burst, at=now))
        bucket.level = min(pace.burst, bucket.level + (now - bucket.at) * pace.per_s)
        bucket.at = now
        if bucket.level >= 1:
            bucket.level -= 1
            return None
        return max(1, math.ceil(round((1 - bucket.level) / pace.per_s, 6)))

    def take_call(self, method: str, tier: Tier, channel: str) -> int | None:
        """The wait for one call of `method`; posting is counted for the channel and for the workspace."""
        if tier is Tier.POSTING:
            wait_s = self.take(PACES[tier], method, channel)
            return wait_s or self.take(WORKSPACE_POSTING, method)
        return self.take(PACES[tier], method)

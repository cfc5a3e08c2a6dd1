"""A learning curve: the same training on ever more of the data, measured on the same test rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SHARES = (0.125, 0.25, 0.5, 1.0)
"""Each the double of the one before, so that the last step says what twice the data brought."""


@dataclass(frozen=True, kw_only=True)
class CurveRequest:
    """A curve that somebody asked for. `rows` are the training rows of each share, in order."""

    id: str
    team: str
    channel: str
    user: str
    thread_ts: str
    dataset_id: str
    dataset_name: str
    model: str
    shares: tuple[float, ...]
    rows: tuple[int, ...]
    created_at: datetime
    seed: int = 42


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """One training of the curve. `accuracy` None: it failed, `problem` says why."""

    share: float
    rows: int
    op_id: str = ""
    tested: int = 0
    correct: int = 0
    interval: tuple[float, float] = (0.0, 1.0)
    problem: str = ""

    @property
    def accuracy(self) -> float | None:
        """Share of test rows answered with their own label."""
        return self.correct / self.tested if self.tested else None


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """What came out. `gain` is (difference, half its 95% interval) of the last doubling; None without both ends."""

    points: tuple[CurvePoint, ...]
    majority_share: float
    gain: tuple[float, float] | None = None

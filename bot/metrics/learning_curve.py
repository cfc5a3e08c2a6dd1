"""What a learning curve says about more data: the gain of the last doubling, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.domain import LearningCurve, Prediction
from bot.metrics.significance import paired_difference

HARDLY = 0.01
"""A point of accuracy: a gain surely smaller than that is not worth labelling as many rows again."""


class Verdict(StrEnum):
    """Whether more data of the same kind will help."""

    HELPS = "helps"
    HARDLY = "hardly"
    UNCLEAR = "unclear"
    UNKNOWN = "unknown"


def gain_of(half: Sequence[Prediction], whole: Sequence[Prediction]) -> tuple[float, float] | None:
    """(accuracy gained by the last doubling, half its 95% interval) on the test rows that both answered."""
    right = {row.line: row.is_right for row in half}
    both = [(right[row.line], row.is_right) for row in whole if row.line in right]
    if not both:
        return None
    return paired_difference([one for one, _ in both], [other for _, other in both])


def verdict_of(curve: LearningCurve) -> Verdict:
    """By the interval of the last doubling's gain: all above zero, all below a point, or neither."""
    if curve.gain is None:
        return Verdict.UNKNOWN
    difference, half = curve.gain
    if difference - half > 0:
        return Verdict.HELPS
    if difference + half < HARDLY:
        return Verdict.HARDLY
    return Verdict.UNCLEAR

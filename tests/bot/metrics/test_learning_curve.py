"""What a learning curve says about more data."""

from __future__ import annotations

import pytest

from bot.domain import CurvePoint, LearningCurve, Prediction
from bot.metrics.learning_curve import Verdict, gain_of, verdict_of


def rows(right: str) -> list[Prediction]:
    """ "110" is right, right, wrong."""
    return [
        Prediction(line=line, label="a", predicted="a" if mark == "1" else "b")
        for line, mark in enumerate(right, 1)
    ]


def curve(gain: tuple[float, float] | None) -> LearningCurve:
    point = CurvePoint(share=1.0, rows=100)
    return LearningCurve(points=(point, point), majority_share=0.5, gain=gain)


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [
        ((0.05, 0.02), Verdict.HELPS),
        ((0.001, 0.005), Verdict.HARDLY),
        ((-0.05, 0.02), Verdict.HARDLY),
        ((0.02, 0.03), Verdict.UNCLEAR),
        ((0.0, 0.03), Verdict.UNCLEAR),
        (None, Verdict.UNKNOWN),
    ],
)
def test_the_interval_decides(gain, verdict):
    assert verdict_of(curve(gain)) is verdict


def test_the_gain_is_paired_row_by_row():
    difference, half = gain_of(rows("1100000000"), rows("1111000000"))

    assert difference == pytest.approx(0.2)
    assert half == pytest.approx(1.96 * ((2 - 4 / 10) / 100) ** 0.5, abs=1e-3)


def test_only_rows_that_both_answered_count():
    assert gain_of(rows("10"), rows("11" + "1" * 8))[0] == pytest.approx(0.5)
    assert gain_of([], rows("11")) is None

"""The expected calibration error against figures worked out by hand."""

from __future__ import annotations

import pytest

from bot.metrics.calibration import calibration
from tests.bot.metrics.making import predictions, sure


def test_the_error_is_the_mean_distance_of_confidence_and_accuracy():
    rows = [sure("a", "a", 0.95), sure("b", "a", 0.95), sure("a", "a", 0.55), sure("a", "a", 0.55)]

    found = calibration(rows)

    assert found.error == pytest.approx((2 * abs(0.95 - 0.5) + 2 * abs(0.55 - 1)) / 4)
    assert [(one.low, one.rows, one.accuracy) for one in found.bins] == [(0.5, 2, 1.0), (0.9, 2, 0.5)]


def test_a_model_that_means_what_it_says_has_no_error():
    rows = [sure("a" if number < 9 else "b", "a", 0.9) for number in range(10)]

    assert calibration(rows).error == pytest.approx(0)


def test_the_edges_of_the_bins():
    found = calibration([sure("a", "a", 1.0), sure("a", "a", 0.9), sure("a", "a", 0.0)])

    assert [(one.low, one.rows) for one in found.bins] == [(0.0, 1), (0.8, 1), (0.9, 1)]


def test_nothing_without_probabilities():
    assert calibration(predictions("a>a")) is None
    assert calibration([]) is None

"""Intervals and tests against published and hand-worked figures."""

from __future__ import annotations

import pytest

from bot.metrics.significance import discordant, mcnemar_exact, paired_difference, wilson_interval


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_as_published(hits, rows, low, high):
    assert wilson_interval(hits, rows) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("hits", range(40))
def test_the_share_lies_in_its_interval(hits):
    low, high = wilson_interval(hits, 39)

    assert low <= hits / 39 <= high


def test_no_rows_say_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_the_exact_p_by_hand():
    assert mcnemar_exact(0, 5) == pytest.approx(2 / 32)
    assert mcnemar_exact(1, 5) == pytest.approx(2 * 7 / 64)
    assert mcnemar_exact(3, 3) == 1.0
    assert mcnemar_exact(0, 0) == 1.0


def test_the_exact_p_has_no_side():
    assert mcnemar_exact(2, 11) == mcnemar_exact(11, 2)


def test_many_discordant_rows_go_on_where_the_exact_sum_ends():
    assert mcnemar_exact(460, 540) == pytest.approx(mcnemar_exact(461, 540), abs=2e-3)


def test_discordant_rows():
    assert discordant([True, True, False, False], [True, False, True, False]) == (1, 1)


def test_the_paired_difference_by_hand():
    one = [False] * 10 + [True] * 90
    other = [True] * 8 + [False] * 2 + [True] * 88 + [False] * 2

    difference, half = paired_difference(one, other)

    assert difference == pytest.approx(0.06)
    assert half == pytest.approx(1.96 * ((8 + 2 - 36 / 100) / 100**2) ** 0.5, abs=1e-4)


def test_equal_answers_are_not_surely_equal():
    difference, half = paired_difference([True] * 60, [True] * 60)

    assert (difference, half) == (0, 3 / 60)

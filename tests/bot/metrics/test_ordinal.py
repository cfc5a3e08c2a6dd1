"""Scales: which labels are one, and how far off answers are."""

from __future__ import annotations

import pytest

from bot.metrics.ordinal import ordinal_scores, scale_of
from tests.bot.metrics.making import predictions

STARS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["5", "3", "1", "2", "4"], STARS),
        (["2 stars", "1 star", "3 stars"], ("1 star", "2 stars", "3 stars")),
        (["★★", "★", "★★★"], ("★", "★★", "★★★")),
        (["-1", "0", "1"], ("-1", "0", "1")),
        ([str(number) for number in range(11)], tuple(str(number) for number in range(11))),
        (["1", "2"], ()),
        (["1", "2", "4"], ()),
        (["room 1", "hall 2", "yard 3"], ()),
        (["billing", "delivery", "other"], ()),
        (["1", "2", "two"], ()),
        ([str(number) for number in range(20)], ()),
        ([], ()),
    ],
)
def test_what_is_a_scale(labels, order):
    assert scale_of(labels) == order


def test_off_by_one_and_the_mean_error():
    found = ordinal_scores(predictions("1>1 1>2 5>3 4>5"), STARS)

    assert found.off_by_one == 3 / 4
    assert found.mean_error == (0 + 1 + 2 + 1) / 4


def test_good_and_bad_leave_the_middle_out():
    found = ordinal_scores(predictions("1>2 2>4 3>1 5>4 4>3"), STARS)

    assert found.sided_rows == 4
    assert found.good_bad == 2 / 4


def test_an_answer_off_the_scale_is_as_wrong_as_can_be():
    found = ordinal_scores(predictions("1>great 5>5"), STARS)

    assert found.mean_error == 4 / 2
    assert (found.off_by_one, found.good_bad) == (0.5, 0.5)


def test_an_even_scale_has_no_middle():
    assert ordinal_scores(predictions("2>1 3>4"), ("1", "2", "3", "4")).good_bad == 1.0

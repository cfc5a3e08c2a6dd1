"""F-beta, AUROC and average precision against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bot.metrics.binary import auprc, auroc, binary_scores, f_beta, positive_class
from tests.bot.metrics.making import predictions, sure


def test_f_beta_weighs_recall():
    assert f_beta(0.5, 1.0, 1) == pytest.approx(2 / 3)
    assert f_beta(0.5, 1.0, 2) == pytest.approx(5 * 0.5 / (4 * 0.5 + 1))
    assert f_beta(0.0, 0.0, 1) == 0


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    scores, actual = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])

    assert auroc(scores, actual) == pytest.approx(3 / 4)


def test_a_tie_counts_half():
    assert auroc(np.array([0.5, 0.5]), np.array([True, False])) == 0.5


def test_average_precision_by_hand():
    scores, actual = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])

    assert auprc(scores, actual) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_tied_scores_are_one_threshold():
    assert auprc(np.array([0.5, 0.5, 0.5]), np.array([True, False, False])) == pytest.approx(1 / 3)


def test_the_positive_class_is_the_plans_or_the_rarer():
    rows = predictions("spam>spam ham>ham ham>ham")

    assert positive_class(rows, ("ham", "spam"), "ham") == ("ham", "plan")
    assert positive_class(rows, ("ham", "spam"), "eggs") == ("spam", "rarer")


def test_scores_of_the_positive_class():
    rows = [
        sure("spam", "spam", 0.9, other="ham"),
        sure("spam", "ham", 0.6, other="spam"),
        sure("ham", "ham", 0.8, other="spam"),
        sure("ham", "spam", 0.7, other="ham"),
    ]

    found = binary_scores(rows, positive="spam", chosen_by="plan", betas=(1, 2))

    assert (found.precision, found.recall) == (0.5, 0.5)
    assert found.f_betas == ((1, 0.5), (2, 0.5))
    assert found.auroc == pytest.approx(3 / 4)  # 0.9 and 0.4 against 0.2 and 0.7


def test_a_probability_that_is_not_shown_is_what_is_left():
    rows = [sure("spam", "spam", 0.9), sure("ham", "ham", 0.99)]

    assert binary_scores(rows, positive="spam", chosen_by="plan").auroc == 1.0


def test_no_areas_without_probabilities():
    found = binary_scores(predictions("a>a b>b"), positive="a", chosen_by="plan")

    assert (found.auroc, found.auprc) == (None, None)


def test_no_areas_when_one_class_is_missing():
    found = binary_scores([sure("a", "a", 0.9, other="b")], positive="b", chosen_by="plan")

    assert found.auroc is None

"""Confusion, precision, recall and F1 against figures worked out by hand."""

from __future__ import annotations

import pytest

from bot.metrics.classes import (
    class_scores,
    confusion,
    labels_of,
    macro_f1,
    weighted_f1,
    worst_pairs,
)
from tests.bot.metrics.making import predictions

# a: 4 rows, 3 right, one taken for b. b: 3 rows, 2 right, one taken for a. c: 1 row, taken for a.
ROWS = predictions("a>a a>a a>a a>b b>b b>b b>a c>a")


def scored():
    labels = labels_of(ROWS)
    return class_scores(confusion(ROWS, labels), labels)


def test_labels_come_by_their_rows_then_words_that_are_none():
    assert labels_of(predictions("b>b b>x a>a c>c")) == ("b", "a", "c", "x")


def test_the_confusion_counts_each_kind_of_answer():
    assert confusion(ROWS, ("a", "b", "c")).tolist() == [[3, 1, 0], [1, 2, 0], [1, 0, 0]]


def test_precision_recall_and_f1_of_each_label():
    a, b, c = scored()

    assert (a.precision, a.recall, a.f1) == pytest.approx((3 / 5, 3 / 4, 2 / 3))
    assert (b.precision, b.recall, b.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (c.precision, c.recall, c.f1) == (0, 0, 0)


def test_weighted_and_macro_f1():
    assert weighted_f1(scored()) == pytest.approx((4 * 2 / 3 + 3 * 2 / 3 + 0) / 8)
    assert macro_f1(scored()) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_macro_f1_leaves_out_words_that_no_row_has():
    rows = predictions("a>a a>x b>b")
    labels = labels_of(rows)

    assert macro_f1(class_scores(confusion(rows, labels), labels)) == pytest.approx((2 / 3 + 1) / 2)


def test_the_worst_pairs_come_first():
    rows = predictions("a>b a>b b>a c>a c>a c>a")
    labels = labels_of(rows)

    pairs = worst_pairs(confusion(rows, labels), labels, limit=2)

    assert [(pair.label, pair.predicted, pair.rows) for pair in pairs] == [("c", "a", 3), ("a", "b", 2)]

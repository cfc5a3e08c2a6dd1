"""All figures of a test part, and the same from scikit-learn where it is installed."""

from __future__ import annotations

import random

import pytest

from bot.domain import Prediction
from bot.metrics.scores import scores_of, worst_mistakes
from tests.bot.metrics.making import predictions, sure


def test_the_commonest_label_stands_beside():
    found = scores_of(predictions("a>a a>b a>a b>b"))

    assert (found.accuracy, found.majority_label, found.majority_share) == (0.75, "a", 0.75)
    assert found.interval[0] < 0.75 < found.interval[1]


def test_two_labels_have_a_positive_class():
    found = scores_of(predictions("a>a a>b a>a b>b"), labels=("a", "b"), betas=(0.5,))

    assert (found.binary.positive, found.binary.chosen_by) == ("b", "rarer")
    assert found.binary.f_betas[0][0] == 0.5
    assert found.ordinal is None


def test_the_datasets_labels_say_what_kind_it_is():
    """A test part that happens to lack a label is no other task for it."""
    found = scores_of(predictions("1>1 2>3"), labels=("1", "2", "3"))

    assert found.binary is None
    assert found.ordinal.order == ("1", "2", "3")


def test_the_worst_mistakes_are_the_surest():
    rows = [sure("a", "b", 0.6, line=1), sure("a", "b", 0.9, line=2), sure("a", "a", 0.99, line=3)]

    assert [row.line for row in worst_mistakes(rows)] == [2, 1]


def test_the_worst_mistakes_without_probabilities_come_in_order():
    assert [row.line for row in worst_mistakes(predictions("a>b a>a a>b a>b"), limit=2)] == [1, 3]


def random_rows(rng: random.Random, labels: str, count: int) -> list[Prediction]:
    rows = []
    for line in range(1, count + 1):
        weights = [rng.random() ** 3 for _ in labels]
        shown = sorted(
            ((label, round(weight / sum(weights), 2)) for label, weight in zip(labels, weights, strict=True)),
            key=lambda item: -item[1],
        )
        label = shown[0][0] if rng.random() < 0.6 else rng.choice(labels)
        rows.append(Prediction(line=line, label=label, predicted=shown[0][0], probabilities=tuple(shown)))
    return rows


@pytest.mark.parametrize("labels", ["ab", "abcde"])
@pytest.mark.parametrize("seed", range(5))
def test_figures_are_scikit_learns(labels, seed):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rows = random_rows(random.Random(seed), labels, 300)
    true, said = [row.label for row in rows], [row.predicted for row in rows]

    found = scores_of(rows, labels=tuple(labels), positive="a", betas=(0.5, 2.0))

    assert found.accuracy == pytest.approx(metrics.accuracy_score(true, said))
    assert found.weighted_f1 == pytest.approx(metrics.f1_score(true, said, average="weighted"))
    assert found.macro_f1 == pytest.approx(metrics.f1_score(true, said, average="macro"))
    theirs = metrics.classification_report(true, said, output_dict=True, zero_division=0)
    for one in found.classes:
        assert (one.precision, one.recall) == pytest.approx(
            (theirs[one.label]["precision"], theirs[one.label]["recall"])
        )
    matrix = metrics.confusion_matrix(true, said, labels=list(found.labels))
    assert found.confusion == tuple(tuple(row) for row in matrix.tolist())
    if found.binary is not None:
        actual, score = [label == "a" for label in true], [dict(row.probabilities)["a"] for row in rows]
        assert found.binary.auroc == pytest.approx(metrics.roc_auc_score(actual, score))
        assert found.binary.auprc == pytest.approx(metrics.average_precision_score(actual, score))
        assert found.binary.f_betas[1][1] == pytest.approx(
            metrics.fbeta_score(true, said, beta=2.0, pos_label="a")
        )

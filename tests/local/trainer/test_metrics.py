"""Class metrics against worked examples."""

import numpy as np
import pytest

from local.trainer.metrics import auprc, auroc, classification_metrics, macro_f1, weighted_f1

TARGETS = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 0, 2])


def test_f1_scores_by_hand():
    by_label = [2 / 3, 1 / 2, 1.0]  # 2*2/(3+3), 2*1/(2+2), 2*1/(1+1)

    assert macro_f1(PREDICTED, TARGETS, 3) == pytest.approx(sum(by_label) / 3)
    assert weighted_f1(PREDICTED, TARGETS, 3) == pytest.approx(
        (3 * by_label[0] + 2 * by_label[1] + by_label[2]) / 6
    )


def test_auroc_counts_ties_half():
    actual = np.array([True, True, False, False])

    assert auroc(np.array([0.9, 0.5, 0.5, 0.1], dtype=np.float32), actual) == pytest.approx(0.875)
    assert auroc(np.array([0.1, 0.2, 0.8, 0.9], dtype=np.float32), actual) == 0
    assert auroc(np.array([0.1, 0.2], dtype=np.float32), np.array([True, True])) == 0.5


def test_average_precision_by_hand():
    scores = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)

    assert auprc(scores, np.array([True, False, True, False])) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert auprc(scores, np.zeros(4, dtype=bool)) == 0


def test_a_named_class_gets_its_own_metrics():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]], dtype=np.float32)
    targets = np.array([0, 0, 1, 1])

    found = classification_metrics(
        probabilities, targets, labels=("ham", "spam"), positive="spam", betas=(0.5, 1.0, 2.0)
    )

    assert found["precision"] == found["recall"] == found["f1"] == found["f0.5"] == found["accuracy"] == 0.5
    assert found["auroc"] == 0.75
    assert set(found) >= {"weighted_f1_score", "f2", "auprc"}


def test_without_a_named_class_only_the_overall_metrics_are_there():
    found = classification_metrics(
        np.eye(2, dtype=np.float32), np.array([0, 1]), labels=("a", "b"), positive=None, betas=()
    )

    assert set(found) == {"accuracy", "weighted_f1_score"}

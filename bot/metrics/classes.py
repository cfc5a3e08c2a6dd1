"""Counts of right and wrong answers by label: the confusion matrix, precision, recall and F1, as scikit-learn defines them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.domain import ClassScore, ConfusedPair, Prediction

Counts = npt.NDArray[np.int64]


def labels_of(predictions: Sequence[Prediction]) -> tuple[str, ...]:
    """Labels by how many rows have them, the commonest first; then words that were answered but are no row's label."""
    true = Counter(row.label for row in predictions)
    said = Counter(row.predicted for row in predictions if row.predicted not in true)
    ranked = [sorted(counter, key=lambda name: (-counter[name], name)) for counter in (true, said)]
    return tuple(ranked[0] + ranked[1])


def confusion(predictions: Sequence[Prediction], labels: Sequence[str]) -> Counts:
    """Rows of label i that were answered with label j, an int array of shape (labels, labels)."""
    place = {label: number for number, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    for row in predictions:
        matrix[place[row.label], place[row.predicted]] += 1
    return matrix


def class_scores(matrix: Counts, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each label, in the order of `labels`; 0 where there is nothing to divide by."""
    hits, rows, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    precision = hits / np.maximum(1, predicted)
    recall = hits / np.maximum(1, rows)
    f1 = 2 * hits / np.maximum(1, rows + predicted)
    return tuple(
        ClassScore(
            label=label,
            rows=int(rows[place]),
            predicted=int(predicted[place]),
            precision=float(precision[place]),
            recall=float(recall[place]),
            f1=float(f1[place]),
        )
        for place, label in enumerate(labels)
    )


def weighted_f1(classes: Sequence[ClassScore]) -> float:
    """The labels' F1, each weighted by its rows."""
    rows = sum(one.rows for one in classes)
    return sum(one.f1 * one.rows for one in classes) / rows if rows else 0.0


def macro_f1(classes: Sequence[ClassScore]) -> float:
    """The plain mean of F1 over the labels that rows have; a rare label counts as much as a common one."""
    present = [one.f1 for one in classes if one.rows]
    return sum(present) / len(present) if present else 0.0


def worst_pairs(matrix: Counts, labels: Sequence[str], limit: int = 10) -> tuple[ConfusedPair, ...]:
    """Which label is taken for which other, most rows first."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    found = [
        ConfusedPair(label=labels[row], predicted=labels[column], rows=int(wrong[row, column]))
        for row, column in np.argwhere(wrong)
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.rows, pair.label, pair.predicted))[:limit])

"""Classification metrics, computed from probabilities; definitions as scikit-learn has them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Flags, Floats, Rows


def accuracy(predicted: Rows, targets: Rows) -> float:
    """Share of right answers."""
    return float((predicted == targets).mean())


def precision_recall(predicted: Flags, actual: Flags) -> tuple[float, float]:
    """Precision and recall of the positive class; 0 where there is nothing to divide by."""
    hits = int((predicted & actual).sum())
    return hits / max(1, int(predicted.sum())), hits / max(1, int(actual.sum()))


def f_beta(precision: float, recall: float, beta: float) -> float:
    """The weighted harmonic mean of precision and recall; 0 where both are."""
    below = beta * beta * precision + recall
    return (1 + beta * beta) * precision * recall / below if below else 0.0


def f1_by_label(
    predicted: Rows, targets: Rows, labels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """F1 and the number of true rows of each label."""
    hits = np.bincount(targets[predicted == targets], minlength=labels)
    true, answered = np.bincount(targets, minlength=labels), np.bincount(predicted, minlength=labels)
    return 2 * hits / np.maximum(1, true + answered), true.astype(np.float64)


def weighted_f1(predicted: Rows, targets: Rows, labels: int) -> float:
    """F1 of each label, weighted by how often the label is true."""
    scores, support = f1_by_label(predicted, targets, labels)
    return float((scores * support).sum() / max(1.0, support.sum()))


def macro_f1(predicted: Rows, targets: Rows, labels: int) -> float:
    """Mean F1 of the labels that occur."""
    scores, support = f1_by_label(predicted, targets, labels)
    return float(scores[support > 0].mean())


def auroc(scores: Floats, actual: Flags) -> float:
    """Area under the ROC curve by ranks, ties counted half; 0.5 where one class is absent."""
    positives, negatives = int(actual.sum()), int((~actual).sum())
    if not positives or not negatives:
        return 0.5
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[actual].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auprc(scores: Floats, actual: Flags) -> float:
    """Average precision: precision at each threshold weighted by the recall it adds."""
    positives = int(actual.sum())
    if not positives:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(actual[order])
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    hits, seen = hits[last_of_tie], np.flatnonzero(last_of_tie) + 1
    gained = np.diff(np.concatenate([[0], hits]))
    return float((gained * hits / seen).sum() / positives)


def classification_metrics(
    probabilities: Floats,
    targets: Rows,
    *,
    labels: Sequence[str],
    positive: str | None,
    betas: Sequence[float],
) -> dict[str, float]:
    """The legacy `classification/…` metrics: accuracy and weighted F1, and those of one class if `positive` is named."""
    predicted = probabilities.argmax(axis=1)
    found = {
        "accuracy": accuracy(predicted, targets),
        "weighted_f1_score": weighted_f1(predicted, targets, len(labels)),
    }
    if positive is not None and positive in labels:
        index = list(labels).index(positive)
        actual = targets == index
        precision, recall = precision_recall(predicted == index, actual)
        found |= {"precision": precision, "recall": recall}
        found |= {f"f{beta:g}": f_beta(precision, recall, beta) for beta in betas or (1.0,)}
        found |= {
            "auroc": auroc(probabilities[:, index], actual),
            "auprc": auprc(probabilities[:, index], actual),
        }
    return found

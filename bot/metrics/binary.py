"""Two classes, one of them the positive: precision, recall, F-beta, and the areas under the ROC and PR curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.domain import BinaryScores, Prediction

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def positive_class(predictions: Sequence[Prediction], labels: Sequence[str], wanted: str) -> tuple[str, str]:
    """(label, "plan") when the plan names one of the labels, else (the rarer label, "rarer")."""
    if wanted in labels:
        return wanted, "plan"
    rows = Counter(row.label for row in predictions)
    return min(labels, key=lambda label: (rows[label], label)), "rarer"


def binary_scores(
    predictions: Sequence[Prediction], *, positive: str, chosen_by: str, betas: Sequence[float] = (1.0,)
) -> BinaryScores:
    """The positive class's scores; the areas only where every row has a probability for it."""
    actual = np.array([row.label == positive for row in predictions])
    predicted = np.array([row.predicted == positive for row in predictions])
    hits = int((actual & predicted).sum())
    precision = hits / max(1, int(predicted.sum()))
    recall = hits / max(1, int(actual.sum()))
    scores = _scores(predictions, positive)
    both = scores is not None and 0 < int(actual.sum()) < len(actual)
    return BinaryScores(
        positive=positive,
        chosen_by=chosen_by,
        precision=precision,
        recall=recall,
        f_betas=tuple((beta, f_beta(precision, recall, beta)) for beta in betas),
        auroc=auroc(scores, actual) if both and scores is not None else None,
        auprc=auprc(scores, actual) if both and scores is not None else None,
    )


def _scores(predictions: Sequence[Prediction], positive: str) -> Floats | None:
    """The positive class's probability in each row; where only the other's is shown, what is left of 1."""
    found = []
    for row in predictions:
        shown = dict(row.probabilities)
        if not shown:
            return None
        found.append(shown.get(positive, max(0.0, 1.0 - sum(shown.values()))))
    return np.array(found)


def f_beta(precision: float, recall: float, beta: float) -> float:
    """The weighted harmonic mean of precision and recall, recall counting `beta` times as much; 0 where both are."""
    below = beta * beta * precision + recall
    return (1 + beta * beta) * precision * recall / below if below else 0.0


def auroc(scores: Floats, actual: Flags) -> float:
    """The chance that a positive row scores above a negative one, ties counted half (the area under the ROC curve).

    Both classes must be there.
    """
    positives, negatives = int(actual.sum()), int((~actual).sum())
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[actual].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auprc(scores: Floats, actual: Flags) -> float:
    """Average precision: at each threshold the precision, weighted by the recall gained there (no interpolation)."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(actual[order])
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    hits, seen = hits[last_of_tie], np.flatnonzero(last_of_tie) + 1
    gained = np.diff(np.concatenate([[0], hits]))
    return float((gained * hits / seen).sum() / actual.sum())

"""All figures of a test part at once, from its predictions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import BinaryScores, HeldOutScores, Prediction
from bot.metrics.binary import binary_scores, positive_class
from bot.metrics.calibration import calibration
from bot.metrics.classes import class_scores, confusion, labels_of, macro_f1, weighted_f1, worst_pairs
from bot.metrics.ordinal import ordinal_scores, scale_of
from bot.metrics.significance import wilson_interval


def scores_of(
    predictions: Sequence[Prediction],
    *,
    labels: Sequence[str] = (),
    positive: str = "",
    betas: Sequence[float] = (1.0,),
) -> HeldOutScores:
    """The figures; `labels` are the dataset's, for what their kind is (two classes, a scale). Rows must not be empty."""
    known = labels_of(predictions)
    matrix = confusion(predictions, known)
    classes = class_scores(matrix, known)
    correct = int(matrix.diagonal().sum())
    own = tuple(labels) or tuple(one.label for one in classes if one.rows)
    order = scale_of(own)
    return HeldOutScores(
        rows=len(predictions),
        correct=correct,
        accuracy=correct / len(predictions),
        interval=wilson_interval(correct, len(predictions)),
        majority_label=classes[0].label,
        majority_share=classes[0].rows / len(predictions),
        weighted_f1=weighted_f1(classes),
        macro_f1=macro_f1(classes),
        labels=known,
        classes=classes,
        confusion=tuple(tuple(int(cell) for cell in row) for row in matrix),
        pairs=worst_pairs(matrix, known),
        binary=_binary(predictions, own, positive, betas),
        ordinal=ordinal_scores(predictions, order) if order else None,
        calibration=calibration(predictions),
    )


def _binary(
    predictions: Sequence[Prediction], labels: Sequence[str], positive: str, betas: Sequence[float]
) -> BinaryScores | None:
    if len(labels) != 2:
        return None
    label, chosen_by = positive_class(predictions, labels, positive)
    return binary_scores(predictions, positive=label, chosen_by=chosen_by, betas=betas or (1.0,))


def worst_mistakes(predictions: Sequence[Prediction], limit: int = 10) -> list[Prediction]:
    """Wrong answers, the most confident first; in the file's order where no probability is known."""
    wrong = [row for row in predictions if not row.is_right]
    return sorted(wrong, key=lambda row: (-(row.confidence or 0.0), row.line))[:limit]

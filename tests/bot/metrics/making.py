"""Predictions written briefly."""

from __future__ import annotations

from bot.domain import Prediction


def predictions(rows: str, **extra) -> list[Prediction]:
    """ "a>b a>a" is a row of label a answered b, then one answered a."""
    pairs = [row.split(">") for row in rows.split()]
    return [
        Prediction(line=line, label=label, predicted=said, **extra)
        for line, (label, said) in enumerate(pairs, 1)
    ]


def sure(label: str, predicted: str, p: float, *, other: str = "", line: int = 1) -> Prediction:
    """A row answered with confidence p; what is left goes to `other`."""
    shown = ((predicted, p), (other, 1 - p)) if other else ((predicted, p),)
    return Prediction(line=line, label=label, predicted=predicted, probabilities=shown)

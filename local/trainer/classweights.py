"""Weigh rare labels up where a training file is lopsided, so that the commonest label does not drown them."""

import numpy as np

from local.trainer.arrays import Floats, Rows

LOPSIDED = 10
STRENGTH = 0.25


def label_counts(targets: Rows, labels: int) -> Rows:
    """How often each label occurs."""
    return np.bincount(targets, minlength=labels).astype(np.int64)


def is_lopsided(counts: Rows) -> bool:
    """Whether the commonest label occurs at least LOPSIDED times as often as the rarest that occurs."""
    seen = counts[counts > 0]
    return bool(seen.max() >= LOPSIDED * seen.min())


def example_weights(targets: Rows, labels: int) -> Floats:
    """One weight a row, mean 1: count ** -STRENGTH of its label in lopsided files, else all 1.

    The mild power keeps the probabilities near their true size; calibration cannot take back more.
    """
    counts = label_counts(targets, labels)
    if not is_lopsided(counts):
        return np.ones(len(targets), np.float32)
    weights = np.maximum(counts, 1)[targets] ** -STRENGTH
    scaled: Floats = (weights / weights.mean()).astype(np.float32)
    return scaled

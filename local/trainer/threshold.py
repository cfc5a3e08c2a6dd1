"""Offer a threshold under which an answer had better be "other": the text is probably none of the labels."""

import numpy as np

from local.trainer.arrays import Floats

KEPT_SHARE = 0.95


def other_threshold(probabilities: Floats) -> float:
    """The top probability that KEPT_SHARE of validation texts, which all have a label, reach."""
    return float(np.quantile(probabilities.max(axis=1).astype(np.float64), 1 - KEPT_SHARE))

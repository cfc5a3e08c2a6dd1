"""How far stated probabilities are from how often they are right."""

import numpy as np

from local.trainer.arrays import Floats, Rows

BINS = 15


def expected_calibration_error(probabilities: Floats, targets: Rows, *, bins: int = BINS) -> float:
    """Mean gap between confidence and accuracy over equal-width bins of the top probability (Guo et al. 2017)."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == targets
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    gaps = np.bincount(place, confidence, minlength=bins) - np.bincount(place, right, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, counts.sum()))

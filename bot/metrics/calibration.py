"""Whether a model that says 90% is right 90% of the time: the expected calibration error and its bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.domain import Calibration, CalibrationBin, Prediction

BINS = 10
"""Ten bins of equal width (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, use 10 to 15)."""


def calibration(predictions: Sequence[Prediction]) -> Calibration | None:
    """Confidence beside accuracy in bins of equal width; None when a row's answer has no probability.

    The error is the mean distance of confidence and accuracy over the bins, weighted by their rows.
    """
    confidence = [row.confidence for row in predictions]
    sure = np.array([value for value in confidence if value is not None])
    if not len(predictions) or len(sure) < len(predictions):
        return None
    right = np.array([row.is_right for row in predictions])
    number = np.clip(np.ceil(sure * BINS - 1e-12).astype(int) - 1, 0, BINS - 1)
    bins = []
    for place in range(BINS):
        inside = number == place
        if inside.any():
            bins.append(
                CalibrationBin(
                    low=place / BINS,
                    high=(place + 1) / BINS,
                    rows=int(inside.sum()),
                    confidence=float(sure[inside].mean()),
                    accuracy=float(right[inside].mean()),
                )
            )
    error = sum(one.rows * abs(one.confidence - one.accuracy) for one in bins) / len(predictions)
    return Calibration(error=error, bins=tuple(bins), rows=len(predictions))

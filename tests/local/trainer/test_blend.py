"""Blending and calibration: the scales that fit, and the probabilities they give."""

import numpy as np
import pytest

from local.trainer.arrays import log_softmax, negative_log_likelihood, softmax
from local.trainer.blend import blended, even_scales, fit_scales
from local.trainer.calibration import expected_calibration_error
from local.trainer.threshold import other_threshold


@pytest.fixture
def sample():
    """True logits, and targets drawn from their probabilities."""
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(4000, 5)).astype(np.float32) * 2
    targets = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)  # A draw from softmax(logits).
    return logits, targets


def test_one_part_is_scaled_back_to_its_true_temperature(sample):
    logits, targets = sample

    (scale,) = fit_scales([logits * 4], targets)

    assert scale == pytest.approx(0.25, rel=0.1)
    assert expected_calibration_error(np.exp(blended([logits * 4], [scale])), targets) < 0.02
    assert expected_calibration_error(softmax(logits * 4), targets) > 0.15


def test_a_part_that_knows_nothing_gets_no_weight(sample):
    logits, targets = sample
    noise = np.random.default_rng(4).normal(size=logits.shape).astype(np.float32)

    good, bad = fit_scales([logits, noise], targets)

    assert good == pytest.approx(1, rel=0.1)
    assert bad < 0.06


def test_no_scale_is_negative(sample):
    logits, targets = sample

    good, bad = fit_scales([logits, -logits * 0.9 + 0.1], targets)

    assert good > 0
    assert bad >= 0


def test_fitted_scales_beat_even_ones(sample):
    logits, targets = sample
    parts = [logits, np.roll(logits, 1, axis=0)]

    fitted = negative_log_likelihood(blended(parts, fit_scales(parts, targets)), targets)

    assert fitted < negative_log_likelihood(blended(parts, even_scales(2)), targets)


def test_ten_rows_are_enough_to_stay_finite():
    logits = np.eye(10, dtype=np.float32) * 9

    scales = fit_scales([logits, logits], np.arange(10))

    assert all(0 < scale < 50 for scale in scales)


def test_log_softmax_bears_huge_scores():
    assert np.isfinite(log_softmax(np.array([[1e5, -1e5]], dtype=np.float32))).all()


def test_calibration_error_of_a_sure_guesser():
    always_sure = np.array([[1.0, 0.0]] * 10, dtype=np.float32)

    assert expected_calibration_error(always_sure, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.5)


def test_the_threshold_keeps_nineteen_of_twenty():
    probabilities = np.linspace(0.5, 1, 100, dtype=np.float32)[:, None]

    threshold = other_threshold(probabilities)

    assert (probabilities[:, 0] >= threshold).mean() == pytest.approx(0.95)

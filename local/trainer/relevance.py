"""How much each n-gram says about the labels, so that the loud ones weigh more in a text than the merely rare ones.

The log-count ratios of Wang and Manning, "Baselines and Bigrams" (ACL 2012), as one positive number an n-gram: the
root mean square over the labels. Its square root multiplies the inverse document frequency. Log-likelihood of the
n-grams alone on test parts, before and after: rt-polarity 0.462 and 0.450, banking77 0.317 and 0.306, SMS 0.040 and
0.036; the ratio without its square root costs two points of accuracy where there are ten examples a label.
"""

import numpy as np

from local.trainer.arrays import Doubles, Floats, Rows
from local.trainer.inputs import NgramInputs

ADDED_COUNT = 0.5
ROWS_AT_ONCE = 1_000


def label_relevance(inputs: NgramInputs, rows: Rows, targets: Rows, *, labels: int, features: int) -> Floats:
    """One factor a feature, mean 1, from these rows alone (`targets` are theirs): what a row that is held out says
    must not be known to those who are scored on it."""
    by_label = [rows[targets == label] for label in range(labels)]
    total: Doubles = np.zeros(features)
    for members in by_label:
        total += _texts_with(inputs, members, features)
    squares: Doubles = np.zeros(features)
    for members in by_label:
        if len(members):
            squares += len(members) / len(rows) * np.square(_ratios(inputs, members, total, features))
    factors = np.sqrt(np.sqrt(squares))
    return (factors / max(float(factors.mean()), 1e-9)).astype(np.float32)


def _texts_with(inputs: NgramInputs, rows: Rows, features: int) -> Doubles:
    """How many of the rows have each feature."""
    counts: Doubles = np.zeros(features)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        counts += np.bincount(inputs.take(rows[start : start + ROWS_AT_ONCE]).columns, minlength=features)
    return counts


def _ratios(inputs: NgramInputs, members: Rows, total: Doubles, features: int) -> Doubles:
    """The logarithm of a feature's share among the label's own texts over its share among the others."""
    own = _texts_with(inputs, members, features)
    inside, outside = own + ADDED_COUNT, total - own + ADDED_COUNT
    ratios: Doubles = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    return ratios

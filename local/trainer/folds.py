"""Set training rows aside for validation, label by label, the same rows for the same seed."""

import numpy as np

from local.trainer.arrays import Rows

HOLD_OUT_SHARE = 0.1
MAX_HOLD_OUT = 5_000
LOST_SHARE, LOST_EXAMPLES = 0.03, 500
"""Of rows that are never trained on, where the model itself leaves them out: few, but enough to fit a handful of scales."""
CROSS_VALIDATE_BELOW = 2_000
FOLDS = 5
NOT_HELD_OUT = -1


def assign_folds(targets: Rows, *, seed: int, one_hold_out: bool = False) -> Rows:
    """The fold of each row: 0 to FOLDS-1 for small sets; 0 (held out) or NOT_HELD_OUT for large ones.

    `one_hold_out` asks for the latter whatever the size, with fewer rows, since no model will train on them.
    """
    generator = np.random.default_rng([seed, 7])
    shuffled = generator.permutation(len(targets))
    by_label = shuffled[np.argsort(targets[shuffled], kind="stable")]
    if len(targets) < CROSS_VALIDATE_BELOW and not one_hold_out:
        folds = np.empty(len(targets), np.int64)
        folds[by_label] = np.arange(len(targets)) % FOLDS
        return folds
    wanted = max(LOST_SHARE, LOST_EXAMPLES / len(targets)) if one_hold_out else HOLD_OUT_SHARE
    share = min(HOLD_OUT_SHARE, wanted, MAX_HOLD_OUT / len(targets))
    spacing = round(1 / share)
    # Every spacing-th row of the rows ordered by label: as stratified as it can be, and the first of none is taken.
    folds = np.full(len(targets), NOT_HELD_OUT, np.int64)
    folds[by_label[spacing // 2 :: spacing]] = 0
    return folds

"""Held-out rows: stratified, stable, and of the stated size."""

import numpy as np

from local.trainer.classweights import example_weights, is_lopsided, label_counts
from local.trainer.folds import FOLDS, NOT_HELD_OUT, assign_folds


def test_small_sets_are_cross_validated_with_every_label_in_every_fold():
    targets = np.repeat(np.arange(7), 10)

    folds = assign_folds(targets, seed=1)

    for fold in range(FOLDS):
        assert np.array_equal(np.bincount(targets[folds == fold], minlength=7), np.full(7, 2))


def test_large_sets_hold_out_a_tenth_of_every_label():
    targets = np.random.default_rng(0).integers(0, 20, 5000)

    held_out = assign_folds(targets, seed=1) == 0

    shares = np.bincount(targets[held_out], minlength=20) / np.bincount(targets, minlength=20)
    assert abs(held_out.mean() - 0.1) < 0.01
    assert shares.min() > 0.08


def test_the_same_seed_holds_out_the_same_rows_and_another_others():
    targets = np.random.default_rng(0).integers(0, 3, 3000)

    assert np.array_equal(assign_folds(targets, seed=1), assign_folds(targets, seed=1))
    assert not np.array_equal(assign_folds(targets, seed=1), assign_folds(targets, seed=2))


def test_one_hold_out_can_be_asked_for():
    folds = assign_folds(np.repeat([0, 1], 100), seed=1, one_hold_out=True)

    assert set(folds) == {NOT_HELD_OUT, 0}


def test_rare_labels_weigh_more_only_in_lopsided_files():
    even, lopsided = np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [95, 5])

    assert (example_weights(even, 2) == 1).all()
    weights = example_weights(lopsided, 2)
    assert weights[-1] > weights[0]
    assert np.isclose(weights.mean(), 1)
    assert is_lopsided(label_counts(lopsided, 3))

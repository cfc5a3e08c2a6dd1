"""Which part each row belongs to: stratified by label, the same text never in two parts, the same for the same seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.datasets.kernels import Hashes, first_of_each, mixed

TRAIN, VALIDATION, TEST = 0, 1, 2
PART_NAMES = ("train", "validation", "test")
LEAST_FOR_EVERY_PART = 3

Parts = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]


def assign_parts(
    groups: Hashes,
    labels: npt.NDArray[np.int32],
    *,
    validation_share: float,
    test_share: float,
    seed: int,
    all_different: bool = False,
) -> Parts:
    """The part of each row; rows of one group stay together, and a label with three groups is in every part.

    A group counts for the label of its first row. The place of a group is drawn from its own hash and the seed, so
    the order of the file has no say in it. `all_different` says that no two rows have the same group. Shares are of the groups, which are the rows once duplicates are gone.
    """
    if not len(groups):
        return np.empty(0, np.int8)
    if all_different:
        return _parts_of_groups(groups, labels, validation_share, test_share, seed)
    codes, distinct = pd.factorize(groups)
    first = np.flatnonzero(first_of_each(codes))
    return _parts_of_groups(distinct, labels[first], validation_share, test_share, seed)[codes]


def _parts_of_groups(
    groups: Hashes, labels: npt.NDArray[np.int32], validation_share: float, test_share: float, seed: int
) -> Parts:
    """The part of each group, no two of which are the same."""
    strata = _compact(labels)
    counts = np.bincount(strata)
    tests = _apportion(counts, test_share)
    validations = _apportion(counts, validation_share)
    tests, validations = _leave_one_for_training(counts, tests, validations)
    place = _places(groups, strata, counts, seed)
    parts = np.full(len(groups), TRAIN, np.int8)
    parts[place < (tests + validations)[strata]] = VALIDATION
    parts[place < tests[strata]] = TEST
    return parts


def joined_groups(one: Hashes, other: Hashes) -> Hashes:
    """Groups so wide that rows which share a value in either array are together."""
    left, _ = pd.factorize(one)
    right, _ = pd.factorize(other)
    groups = np.arange(len(one))
    while True:
        lower = _lowest(_lowest(groups, left), right)
        if (lower == groups).all():
            return np.asarray(one[groups], np.uint64)
        groups = lower


def _lowest(groups: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The lowest group among the rows of the same key."""
    order = np.lexsort((groups, keys))
    first = np.ones(len(order), np.bool_)
    first[1:] = keys[order][1:] != keys[order][:-1]
    lowest = np.empty(int(first.sum()), np.int64)
    lowest[keys[order[first]]] = groups[order[first]]
    return lowest[keys]


def _compact(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The labels numbered without gaps."""
    present = np.bincount(labels) > 0
    return (np.cumsum(present) - 1).astype(np.int32)[labels]


def _places(
    groups: Hashes, strata: npt.NDArray[np.int32], counts: Counts, seed: int
) -> npt.NDArray[np.int32]:
    """The rank of each group within its stratum, in an order drawn from its hash and the seed."""
    bits = max(1, int(len(counts) - 1).bit_length())
    draw = mixed(groups, np.uint64(seed & 0xFFFFFFFFFFFFFFFF))
    draw >>= np.uint64(bits)
    draw |= strata.astype(np.uint64) << np.uint64(64 - bits)
    order = np.argsort(draw, kind="stable")
    del draw
    starts = (np.cumsum(counts) - counts).astype(np.int32)
    place = np.empty(len(groups), np.int32)
    place[order] = np.arange(len(groups), dtype=np.int32)
    place -= starts[strata]
    return place


def _apportion(counts: Counts, share: float) -> Counts:
    """How many of each stratum's groups go to a part of `share`: largest remainders, one at least where there are three."""
    if share <= 0:
        return np.zeros_like(counts)
    exact = np.where(counts >= LEAST_FOR_EVERY_PART, counts * share, 0.0)
    whole = np.floor(exact + 1e-9).astype(np.int64)
    missing = round(float(exact.sum())) - int(whole.sum())
    if missing > 0:
        neediest = np.argsort(-(exact - whole), kind="stable")[:missing]
        whole[neediest] += 1
    return np.where((counts >= LEAST_FOR_EVERY_PART) & (whole == 0), 1, whole)


def _leave_one_for_training(counts: Counts, tests: Counts, validations: Counts) -> tuple[Counts, Counts]:
    over = np.maximum(0, tests + validations - np.maximum(counts - 1, 0))
    from_tests = np.minimum(over, np.maximum(tests - 1, 0))
    return tests - from_tests, validations - (over - from_tests)

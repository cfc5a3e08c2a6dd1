"""Labels that look wrong: confident learning with a cross-validated naive Bayes model on hashed words and word pairs.

The rule is that of Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels"
(JAIR 70, 2021): a class is confident from the mean probability on that its own rows get; a row is suspicious when
another class reaches that and its own does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.datasets.words import Words

FOLDS = 4
FEWEST_BUCKETS, MOST_BUCKETS = 1 << 15, 1 << 18
_WEIGHTS = 1 << 22
"""Buckets times classes: what there is room for."""
MOST_CLASSES = 300
LEAST_ROWS = 40
LEAST_A_CLASS = 4
MARGIN = 0.75
"""How much likelier the other class must be."""
_CELLS = 16_000_000
"""Weights looked up at a time: memory is four bytes of each."""

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Suspicions:
    """Rows (of those looked at) in descending order of suspicion, the class that the model says, and its probability."""

    rows: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int32]
    probabilities: Scores


def suspicious_labels(words: Words, labels: npt.NDArray[np.int32], *, seed: int = 0) -> Suspicions:
    """The rows whose label the model confidently disagrees with; none when there is too little to learn from."""
    classes, codes = np.unique(labels, return_inverse=True)
    sizes = np.bincount(codes)
    if len(labels) < LEAST_ROWS or not 2 <= len(classes) <= MOST_CLASSES or sizes.max() < LEAST_A_CLASS:
        return _nothing()
    features = _features(words, _buckets(len(classes)))
    chances = _cross_validated(features, words.starts, codes, len(classes), seed)
    own = chances[np.arange(len(codes)), codes]
    thresholds = np.bincount(codes, own) / sizes
    confident = np.where(chances >= thresholds[None, :], chances, 0.0)
    confident[np.arange(len(codes)), codes] = 0.0
    confident[:, sizes < LEAST_A_CLASS] = 0.0
    best = confident.argmax(axis=1)
    lead = confident[np.arange(len(codes)), best] - own
    rows = np.flatnonzero((lead >= MARGIN) & (own < thresholds[codes]))
    rows = rows[np.argsort(-lead[rows], kind="stable")]
    return Suspicions(
        rows=rows,
        classes=classes[best[rows]].astype(np.int32),
        probabilities=chances[rows, best[rows]].astype(np.float32),
    )


def _nothing() -> Suspicions:
    return Suspicions(
        rows=np.empty(0, np.int64), classes=np.empty(0, np.int32), probabilities=np.empty(0, np.float32)
    )


def _buckets(classes: int) -> int:
    """How many buckets words are hashed into: with few classes more of them are to be had, and rare words stay apart."""
    room = 1 << (_WEIGHTS // classes).bit_length() - 1
    return max(FEWEST_BUCKETS, min(MOST_BUCKETS, room))


def _smoothing(classes: int) -> float:
    """What is added to each count: where two classes share all words, a word seen once must say little.

    1 for two classes and 0.05 for many did best among 0.02 to 1 on rt_polarity, sms_spam and banking77 with 5% of their
    labels changed (benchmarks/prepare/suspicion.py).
    """
    return max(0.05, 2.0 / classes)


def _features(words: Words, buckets: int) -> npt.NDArray[np.int32]:
    """A bucket for each word and each pair, side by side."""
    both = np.empty(2 * len(words.hashes), np.int32)
    both[0::2] = (words.hashes % np.uint64(buckets)).astype(np.int32)
    both[1::2] = (words.pairs() % np.uint64(buckets)).astype(np.int32)
    return both


def _cross_validated(
    features: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    codes: npt.NDArray[np.int64],
    classes: int,
    seed: int,
) -> Scores:
    """The probability of every class for each row, by a model that has not seen the row."""
    rows = len(codes)
    folds = np.random.default_rng(seed).permutation(rows) % FOLDS
    owner = np.repeat(np.arange(rows), np.diff(starts) * 2)
    chances = np.full((rows, classes), 1.0 / classes, np.float32)
    for fold in range(FOLDS):
        train = folds[owner] != fold
        weights = _naive_bayes(features[train], codes[owner[train]], codes[folds != fold], classes)
        held_out = np.flatnonzero(folds == fold)
        for some in np.array_split(held_out, _pieces(len(features) // FOLDS, classes)):
            chances[some] = _predict(some, features, starts, *weights)
    return chances


def _pieces(features: int, classes: int) -> int:
    return features * classes // _CELLS + 1


def _naive_bayes(
    features: npt.NDArray[np.int32],
    owners: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    classes: int,
) -> tuple[Scores, Scores]:
    """Log weights of shape (buckets, classes), and the log prior."""
    buckets = _buckets(classes)
    cells = features.astype(np.int64) * classes + owners
    counts = np.bincount(cells, minlength=buckets * classes).reshape(buckets, classes).astype(np.float32)
    counts += _smoothing(classes)
    weights = np.log(counts) - np.log(counts.sum(axis=0, keepdims=True))
    prior = np.log(np.bincount(labels, minlength=classes) + 1.0)
    return weights.astype(np.float32), prior.astype(np.float32)


def _predict(
    rows: npt.NDArray[np.int64],
    features: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    weights: Scores,
    prior: Scores,
) -> Scores:
    lengths = 2 * (starts[rows + 1] - starts[rows])
    filled = lengths > 0
    scores = np.tile(prior, (len(rows), 1))
    if filled.any():
        ends = np.cumsum(lengths[filled])
        begins = ends - lengths[filled]
        places = np.arange(int(ends[-1])) + np.repeat(2 * starts[rows[filled]] - begins, lengths[filled])
        sums = np.add.reduceat(weights[features[places]], begins, axis=0)
        # Words of one text are no independent witnesses: the sum is damped by the root of their number.
        scores[filled] += sums / np.sqrt(lengths[filled])[:, None]
    scores -= scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float32)

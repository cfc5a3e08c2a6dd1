"""Near duplicates in linear time: MinHash signatures of words and word pairs, buckets by bands, then the exact overlap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.datasets.kernels import Hashes, mixed
from bot.datasets.words import Words

OVERLAP = 0.8
"""Two texts are near duplicates when they share this part of their words and word pairs (Jaccard)."""
LEAST_WORDS = 5
BANDS = 10
BAND_HASHES = 4
"""With 10 bands of 4, a pair that overlaps by 0.8 is looked at with a probability of 99.5%, one by 0.9 always."""
_CHUNK = 4_000_000
_PAIRS_A_BUCKET = 20

Pairs = npt.NDArray[np.int64]


def near_duplicates(words: Words) -> Pairs:
    """(text, earlier text) for each text that has a near duplicate before it, as an array of shape (n, 2)."""
    shingles, starts = _shingles(words)
    long_enough = np.flatnonzero(np.diff(words.starts) >= LEAST_WORDS)
    if len(long_enough) < 2:
        return np.empty((0, 2), np.int64)
    candidates = _candidates(shingles, starts, long_enough)
    found: dict[int, int] = {}
    sets: dict[int, frozenset[int]] = {}
    for later, earlier in candidates.tolist():
        if (
            later not in found
            and _overlap(_set_of(later, shingles, starts, sets), _set_of(earlier, shingles, starts, sets))
            >= OVERLAP
        ):
            found[later] = earlier
    return np.array(sorted(found.items()), np.int64).reshape(-1, 2)


def _shingles(words: Words) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Words and word pairs of each text side by side."""
    both = np.empty(2 * len(words.hashes), np.uint64)
    both[0::2] = words.hashes
    both[1::2] = words.pairs()
    return both, 2 * words.starts


def _candidates(shingles: Hashes, starts: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> Pairs:
    """Pairs of rows that agree in all hashes of one band, the later one first, each once."""
    pairs = []
    for band in range(BANDS):
        signature = np.zeros(len(rows), np.uint64)
        for number in range(BAND_HASHES):
            seed = np.uint64(band * BAND_HASHES + number + 1)
            signature = mixed(signature, _minima(shingles, starts, seed)[rows])
        pairs.append(_within_buckets(signature, rows))
    every = np.concatenate(pairs)
    return np.unique(every, axis=0) if len(every) else every


def _minima(shingles: Hashes, starts: npt.NDArray[np.int64], seed: np.uint64) -> Hashes:
    """The smallest hash of each text's shingles under one hash function."""
    minima = np.full(len(starts) - 1, np.iinfo(np.uint64).max, np.uint64)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    with np.errstate(over="ignore"):
        factor = (seed * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
        for at in range(0, len(filled), max(1, _CHUNK // 100)):
            rows = filled[at : at + max(1, _CHUNK // 100)]
            first, last = starts[rows[0]], starts[rows[-1] + 1]
            # The high bits of a product depend on all bits of the factors; the low ones do not.
            drawn = (shingles[first:last] ^ (seed << np.uint64(32))) * factor
            minima[rows] = np.minimum.reduceat(drawn, starts[rows] - first)
    return minima


def _within_buckets(signature: Hashes, rows: npt.NDArray[np.int64]) -> Pairs:
    """Each row of a bucket with the first one, and with the ones shortly before it."""
    order = np.argsort(signature, kind="stable")
    signed = signature[order]
    pairs = []
    for step in range(1, _PAIRS_A_BUCKET + 1):
        same = np.flatnonzero(signed[step:] == signed[:-step])
        if not len(same):
            break
        pairs.append(np.stack([rows[order[same + step]], rows[order[same]]], axis=1))
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64)


def _set_of(
    row: int, shingles: Hashes, starts: npt.NDArray[np.int64], known: dict[int, frozenset[int]]
) -> frozenset[int]:
    if row not in known:
        known[row] = frozenset(shingles[starts[row] : starts[row + 1]].tolist())
    return known[row]


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)

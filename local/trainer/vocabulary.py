"""Choose which n-gram hashes a model keeps, and weigh a text's n-grams by how rare they are."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats
from local.trainer.ngrams import HashedTexts, SparseRows
from local.trainer.spool import Spool

RARE_KEPT_BELOW = 500
MAX_FEATURES = 300_000
WEIGHED_AT_ONCE = 1_000_000
COUNTED_AT_ONCE = 4_000_000
"""N-grams: what lies in memory on the way is bounded by these, and by the number of different ones."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Known hashes in ascending order, and the inverse document frequency of each."""

    hashes: NDArray[np.uint32]
    idf: Floats

    def __len__(self) -> int:
        return len(self.hashes)

    def weighted(self, texts: HashedTexts, *, folder: Path | None = None) -> SparseRows:
        """Rows of (1 + ln count) * idf over the known hashes, each of length 1 (all-unknown rows are empty).

        With a folder the rows lie in files there (8 bytes an n-gram), without one in memory.
        """
        columns, values = Spool(np.int32, folder), Spool(np.float32, folder)
        lengths = [np.zeros(1, np.int64)]
        for run in texts.runs(WEIGHED_AT_ONCE):
            part = self._weighted(run) if len(self.hashes) else _empty_rows(len(run))
            lengths.append(np.diff(part.starts))
            columns.add(part.columns)
            values.add(part.values)
        starts = np.cumsum(np.concatenate(lengths)).astype(np.int64)
        return SparseRows(starts=starts, columns=columns.array(), values=values.array())

    def _weighted(self, texts: HashedTexts) -> SparseRows:
        count = len(texts)
        place = np.minimum(np.searchsorted(self.hashes, texts.hashes), len(self.hashes) - 1)
        known = self.hashes[place] == texts.hashes
        owners = np.repeat(np.arange(count), np.diff(texts.starts))[known]
        columns = place[known].astype(np.int32)
        values = (np.float32(1) + np.log(texts.counts[known])) * self.idf[columns]
        lengths = np.sqrt(np.bincount(owners, values.astype(np.float64) ** 2, minlength=count))
        values = values / np.maximum(lengths, 1e-9).astype(np.float32)[owners]
        starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))]).astype(np.int64)
        return SparseRows(starts=starts, columns=columns, values=values)


def choose_vocabulary(texts: HashedTexts, *, max_features: int = MAX_FEATURES) -> Vocabulary:
    """The hashes worth a row of weights: those in two texts or more (in any, for small files), the commonest first."""
    count = len(texts)
    hashes, frequency = _text_counts(texts)
    kept = frequency >= (2 if count >= RARE_KEPT_BELOW else 1)
    hashes, frequency = hashes[kept], frequency[kept]
    if len(hashes) > max_features:
        commonest = np.sort(np.argsort(-frequency, kind="stable")[:max_features])
        hashes, frequency = hashes[commonest], frequency[commonest]
    idf = (np.log((1 + count) / (1 + frequency)) + 1).astype(np.float32)
    return Vocabulary(hashes=hashes, idf=idf)


def _text_counts(texts: HashedTexts) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Every hash, ascending, and in how many texts it is."""
    hashes, counts = np.empty(0, np.uint32), np.empty(0, np.int64)
    for run in texts.runs(COUNTED_AT_ONCE):
        found, times = np.unique(run.hashes, return_counts=True)
        place = np.searchsorted(hashes, found)
        known = np.zeros(len(found), bool)
        inside = place < len(hashes)
        known[inside] = hashes[place[inside]] == found[inside]
        counts[place[known]] += times[known]
        hashes = np.insert(hashes, place[~known], found[~known])
        counts = np.insert(counts, place[~known], times[~known])
    return hashes, counts


def _empty_rows(count: int) -> SparseRows:
    return SparseRows(
        starts=np.zeros(count + 1, np.int64), columns=np.empty(0, np.int32), values=np.empty(0, np.float32)
    )

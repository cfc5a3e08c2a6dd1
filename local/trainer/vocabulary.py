"""Choose which n-gram hashes a model keeps, and weigh a text's n-grams by how rare they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats
from local.trainer.ngrams import HashedTexts, SparseRows

RARE_KEPT_BELOW = 500
MAX_FEATURES = 300_000
WEIGHED_AT_ONCE = 4_000


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Known hashes in ascending order, and the inverse document frequency of each."""

    hashes: NDArray[np.uint32]
    idf: Floats

    def __len__(self) -> int:
        return len(self.hashes)

    def weighted(self, texts: HashedTexts) -> SparseRows:
        """Rows of (1 + ln count) * idf over the known hashes, each of length 1 (all-unknown rows are empty)."""
        if not len(self.hashes) or not len(texts):
            return SparseRows(
                starts=np.zeros(len(texts) + 1, np.int64),
                columns=np.empty(0, np.int32),
                values=np.empty(0, np.float32),
            )
        # Some texts at a time: what weighing needs on the way is five times what it gives.
        parts = [
            self._weighted(texts.between(first, min(first + WEIGHED_AT_ONCE, len(texts))))
            for first in range(0, len(texts), WEIGHED_AT_ONCE)
        ]
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        return SparseRows(
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            columns=np.concatenate([part.columns for part in parts]),
            values=np.concatenate([part.values for part in parts]),
        )

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
    count = len(texts.starts) - 1
    hashes, frequency = np.unique(texts.hashes, return_counts=True)
    kept = frequency >= (2 if count >= RARE_KEPT_BELOW else 1)
    hashes, frequency = hashes[kept], frequency[kept]
    if len(hashes) > max_features:
        commonest = np.sort(np.argsort(-frequency, kind="stable")[:max_features])
        hashes, frequency = hashes[commonest], frequency[commonest]
    idf = (np.log((1 + count) / (1 + frequency)) + 1).astype(np.float32)
    return Vocabulary(hashes=hashes, idf=idf)

"""The exact-match memory: a table of trained texts' hashes and labels, kept only where a job asks for it."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Rows, Tensors

HASHES, LABELS = "memory.hashes", "memory.labels"


def text_hash(text: str) -> int:
    """64 bits of the text's sha256, runs of white space counted as one space."""
    return int.from_bytes(
        hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).digest()[:8], "big"
    )


def memory_tensors(texts: Sequence[str], targets: Rows) -> Tensors:
    """Sorted hashes of the texts with their labels; texts that occur with different labels are left out."""
    hashes = np.array([text_hash(text) for text in texts], dtype=np.uint64)
    distinct, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    agreed = np.ones(len(distinct), dtype=bool)
    agreed[place[targets != targets[first][place]]] = False
    return {HASHES: distinct[agreed], LABELS: targets[first][agreed].astype(np.int32)}


def recalled_labels(tensors: Tensors, texts: Sequence[str]) -> NDArray[np.int32]:
    """The label that each text was trained with, -1 where it was not."""
    known, labels = tensors[HASHES], tensors[LABELS]
    found = np.full(len(texts), -1, np.int32)
    if not len(known):
        return found
    hashes = np.array([text_hash(text) for text in texts], dtype=np.uint64)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    hit = known[place] == hashes
    found[hit] = labels[place[hit]]
    return found

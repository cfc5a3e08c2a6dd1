"""What each part of a model reads: rows of vectors or of weighted n-grams for the job's texts, made when needed."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from local.trainer.arrays import Flags, Floats, Halves, Rows
from local.trainer.cache import VectorCache, text_key
from local.trainer.encoder import ARITHMETIC, WIDTH, Encoder, head_inputs
from local.trainer.ngrams import HashedTexts, SparseRows
from local.trainer.vocabulary import Vocabulary
from local.trainer.wordpieces import token_ids


class Inputs(Protocol):
    """The texts of a job as one part of the model sees them; rows count the job's texts."""

    def prepare(self, rows: Rows) -> None:
        """Have these rows ready for `take`."""

    def take(self, rows: Rows) -> Any:
        """The rows in the form that the part's head reads."""


class TextVectors:
    """Frozen encoder vectors of the job's texts, embedded when first needed and kept as float16 (3 KB a text).

    `embedded` counts the texts that were not cached.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        encoder: Callable[[], Encoder],
        weights_sha256: str,
        cache: VectorCache | None,
        between: Callable[[], None] | None = None,
    ) -> None:
        self._texts = texts
        self._encoder = encoder
        self._key = f"{weights_sha256} {ARITHMETIC}"
        self._cache = cache
        self._between = between
        self._vectors: Halves = np.zeros((len(texts), WIDTH), dtype=np.float16)
        self._ready: Flags = np.zeros(len(texts), dtype=bool)
        self.embedded = 0

    def prepare(self, rows: Rows) -> None:
        """Embed what is neither here nor cached."""
        missing = rows[~self._ready[rows]]
        if not len(missing):
            return
        keys = [text_key(self._key, self._texts[row]) for row in missing]
        found = self._cache.find(keys) if self._cache else {}
        new = {key: int(row) for key, row in zip(keys, missing, strict=True) if key not in found}
        if new:
            self.embedded += len(new)
            vectors = self._encoder().embed([self._texts[row] for row in new.values()], between=self._between)
            if self._cache:
                self._cache.store(list(new), vectors)
            found.update(zip(new, vectors, strict=True))
        for key, row in zip(keys, missing, strict=True):
            self._vectors[row] = found[key]
        self._ready[missing] = True

    def take(self, rows: Rows) -> Halves:
        """The vectors of prepared rows, float16 [len(rows), WIDTH]."""
        return self._vectors[rows]


class VectorInputs:
    """The layers of the texts' vectors from one layer on, scaled for a head."""

    def __init__(self, vectors: TextVectors, *, first_layer: int) -> None:
        self._vectors = vectors
        self._first_layer = first_layer

    def prepare(self, rows: Rows) -> None:
        """Embed what is missing; parts that share the vectors embed once."""
        self._vectors.prepare(rows)

    def take(self, rows: Rows) -> Floats:
        """Scaled vectors, float32 [len(rows), layers * HIDDEN]."""
        return head_inputs(self._vectors.take(rows), first_layer=self._first_layer)


class TokenInputs:
    """WordPiece ids of every text, for the part that tunes the encoder."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._ids = token_ids(texts)

    def prepare(self, rows: Rows) -> None:
        """Nothing to do: tokenizing all texts is cheap."""

    def take(self, rows: Rows) -> list[list[int]]:
        """The ids of each row."""
        return [self._ids[row] for row in rows]


class NgramInputs:
    """Weighted n-grams of every text, made at once (they are cheap)."""

    def __init__(self, hashed: HashedTexts, vocabulary: Vocabulary) -> None:
        self._rows = vocabulary.weighted(hashed)

    def prepare(self, rows: Rows) -> None:
        """Nothing to do: all rows are there from the start."""

    def take(self, rows: Rows) -> SparseRows:
        """The rows, sparse."""
        return self._rows.take(rows)


def open_cache(folder: Path | None) -> VectorCache | None:
    """The cache in this folder; None where there is no folder."""
    return None if folder is None else VectorCache(folder, width=WIDTH)

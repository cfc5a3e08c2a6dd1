"""A job's texts as the frozen encoder reads them: encoded when first needed, cached, kept in files."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from local.trainer.arrays import Flags, Halves, Rows
from local.trainer.cache import EncodedCache, text_key
from local.trainer.encoder import ARITHMETIC, HIDDEN, WIDTH, Encoded, Encoder
from local.trainer.spool import NamelessFile
from local.trainer.tokenstates import Bytes8, TokenStates, packed_states
from local.trainer.wordpieces import MAX_TOKENS

VECTOR_BYTES = WIDTH * 2
MAX_FILE_BYTES = 3_000_000_000
"""Of the token states of one job on disk: those of some 300,000 sentences."""
CHARACTERS_PER_TOKEN = 3.5


class EncodedTexts:
    """Vectors of the job's texts as float16 (3 KB a text) and, where they are read, token states (384 bytes a token),
    both in files.

    `encoded` counts the texts that were not cached.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        encoder: Callable[[], Encoder],
        weights_sha256: str,
        cache: EncodedCache | None,
        folder: Path,
        keeps_states: bool,
        between: Callable[[], None] | None = None,
    ) -> None:
        """`folder` is where the files lie for as long as this object lives."""
        self._texts = texts
        self._encoder = encoder
        self._key = f"{weights_sha256} {ARITHMETIC}"
        self._cache = cache
        self._between = between
        self._vectors = VectorFile(folder, len(texts))
        self._ready: Flags = np.zeros(len(texts), dtype=bool)
        self._states = StateFile(folder, len(texts)) if keeps_states else None
        self.encoded = 0

    def prepare(self, rows: Rows) -> None:
        """Encode what is neither here nor cached."""
        missing = rows[~self._ready[rows]]
        if not len(missing):
            return
        keys = [text_key(self._key, self._texts[row]) for row in missing]
        found = self._cache.find(keys) if self._cache else {}
        new = {key: int(row) for key, row in zip(keys, missing, strict=True) if key not in found}
        if new:
            self.encoded += len(new)
            made = self._encoder().encode([self._texts[row] for row in new.values()], between=self._between)
            values = dict(zip(new, _as_bytes(made), strict=True))
            if self._cache:
                self._cache.store(values)
            found.update(values)
        for key, row in zip(keys, missing, strict=True):
            value = found[key]
            self._vectors.write(int(row), value[:VECTOR_BYTES])
            if self._states is not None:
                self._states.write(int(row), value[VECTOR_BYTES:])
        self._ready[missing] = True

    def vectors(self, rows: Rows) -> Halves:
        """The vectors of prepared rows, float16 [len(rows), WIDTH]."""
        return self._vectors.read(rows)

    def states(self, rows: Rows) -> TokenStates:
        """The token states of prepared rows. Raises ValueError where none are kept."""
        if self._states is None:
            raise ValueError("no token states are kept for this job")
        return packed_states([self._states.read(int(row)) for row in rows])


def _as_bytes(encoded: Encoded) -> list[bytes]:
    return [
        vector.tobytes() + states.tobytes()
        for vector, states in zip(encoded.vectors, encoded.states, strict=True)
    ]


def file_bytes(texts: Sequence[str]) -> float:
    """About how many bytes the token states of these texts take."""
    return HIDDEN * sum(min(MAX_TOKENS, len(text) / CHARACTERS_PER_TOKEN + 2) for text in texts)


class VectorFile:
    """Vectors by row, in a file."""

    def __init__(self, folder: Path, rows: int) -> None:
        self._file = NamelessFile(folder)
        self._file.reserve(rows * VECTOR_BYTES)
        self._all: Halves = self._file.mapped(np.dtype(np.float16), (rows, WIDTH))

    def write(self, row: int, vector: bytes) -> None:
        """Keep a row's vector."""
        self._file.write(vector, row * VECTOR_BYTES)

    def read(self, rows: Rows) -> Halves:
        """The vectors of some rows, float16 [len(rows), WIDTH]."""
        return np.asarray(self._all[rows])


class StateFile:
    """Token states by row, in a file."""

    def __init__(self, folder: Path, rows: int) -> None:
        self._file = NamelessFile(folder)
        self._begins = np.zeros(rows, np.int64)
        self._bytes = np.zeros(rows, np.int64)
        self._end = 0

    def write(self, row: int, states: bytes) -> None:
        """Keep a row's states."""
        self._file.write(states, self._end)
        self._begins[row], self._bytes[row] = self._end, len(states)
        self._end += len(states)

    def read(self, row: int) -> Bytes8:
        """A row's states, int8 [tokens, HIDDEN]."""
        data = os.pread(self._file.number, int(self._bytes[row]), int(self._begins[row]))
        return np.frombuffer(data, np.int8).reshape(-1, HIDDEN)


def open_cache(folder: Path | None) -> EncodedCache | None:
    """The cache in this folder; None where there is no folder."""
    return None if folder is None else EncodedCache(folder)

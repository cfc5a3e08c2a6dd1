"""Hash the words and characters of texts into sparse rows; no vocabulary of strings, any language.

A whole chunk of texts is hashed with array arithmetic: the code points of all texts stand in one array, a window's
hash is a polynomial over its code points modulo 2**64, and windows that cross a text are masked out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.trainer.spool import Spool

U64 = np.uint64
PRIME = U64(0x100000001B3)
PRIME_INVERSE = U64(pow(0x100000001B3, -1, 1 << 64))
CHUNK_CHARACTERS = 1_000_000
SPACE = 32


@dataclass(frozen=True, kw_only=True)
class NgramConfig:
    """What is hashed. Two models with the same configuration hash a text to the same numbers."""

    seed: int = 1
    word_orders: tuple[int, ...] = (1, 2)
    character_orders: tuple[int, ...] = (2, 3, 4, 5)
    max_characters: int = 20_000


@dataclass(frozen=True, kw_only=True)
class SparseRows:
    """Rows in compressed form: row i holds columns[starts[i]:starts[i+1]] with the values beside them."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: NDArray[np.int64]) -> "SparseRows":
        """The given rows, in the given order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        flat = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return SparseRows(starts=starts, columns=self.columns[flat], values=self.values[flat])


@dataclass(frozen=True, kw_only=True)
class HashedTexts:
    """Distinct n-gram hashes of each text with their counts, ascending within a text."""

    starts: NDArray[np.int64]
    hashes: NDArray[np.uint32]
    counts: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def runs(self, size: int) -> Iterator["HashedTexts"]:
        """All texts, in order, in runs of about `size` n-grams."""
        first = 0
        while first < len(self):
            last = int(np.searchsorted(self.starts, self.starts[first] + size))
            last = min(max(last, first + 1), len(self))
            yield self.between(first, last)
            first = last

    def between(self, first: int, last: int) -> "HashedTexts":
        """The texts from `first` up to `last`; their hashes are not copied."""
        starts = self.starts[first : last + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return HashedTexts(starts=starts - starts[0], hashes=self.hashes[inside], counts=self.counts[inside])


def _mixed(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint32]:
    """The upper half of a splitmix64 finaliser, so that near windows land far apart."""
    mixed = values + U64(salt * 0x9E3779B97F4A7C15 % (1 << 64))
    mixed = (mixed ^ (mixed >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> U64(27))) * U64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> U64(31))) >> U64(32)).astype(np.uint32)


def _normalised(text: str, limit: int) -> str:
    return f" {' '.join(text[:limit].lower().split())} "


def _character_windows(
    codes: NDArray[np.uint64], owner: NDArray[np.int64], order: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Owners and raw hashes of the windows of one length that stay inside a text and inside a word with its edges."""
    count = len(codes) - order + 1
    if count <= 0:
        return np.empty(0, np.int64), np.empty(0, U64)
    rolling = np.zeros(count, U64)
    for offset in range(order):
        rolling = rolling * PRIME + codes[offset : offset + count]
    inside = owner[:count] == owner[order - 1 :]
    for offset in range(1, order - 1):
        inside &= codes[offset : offset + count] != SPACE
    inside &= (codes[:count] != SPACE) | (codes[order - 1 :] != SPACE)
    return owner[:count][inside], rolling[inside]


def _word_hashes(
    codes: NDArray[np.uint64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Owner and raw hash of every word: a run of letters and digits, or one other visible sign."""
    distinct, where = np.unique(codes, return_inverse=True)
    is_letter = np.array([chr(int(code)).isalnum() for code in distinct], dtype=bool)[where]
    visible = codes != SPACE
    begins = visible & ~(is_letter & np.concatenate([[False], is_letter[:-1]]))
    ends = visible & ~(is_letter & np.concatenate([is_letter[1:], [False]]))
    starts, stops = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    powers = np.cumprod(np.full(len(codes), PRIME, U64))
    sums = np.concatenate([np.zeros(1, U64), np.cumsum(codes * powers)])
    inverses = np.cumprod(np.full(len(codes), PRIME_INVERSE, U64))
    return owner[starts], (sums[stops] - sums[starts]) * inverses[starts]


def _windows(texts: Sequence[str], config: NgramConfig) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Owner and hash of every n-gram of the texts, repeats included."""
    joined = [_normalised(text, config.max_characters) for text in texts]
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in joined])
    raw = "".join(joined).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, dtype="<u4").astype(U64)
    owners: list[NDArray[np.int64]] = []
    hashes: list[NDArray[np.uint32]] = []
    for order in config.character_orders:
        whose, rolling = _character_windows(codes, owner, order)
        owners.append(whose)
        hashes.append(_mixed(rolling, config.seed * 1000 + order))
    whose, words = _word_hashes(codes, owner)
    for order in config.word_orders:
        count = max(0, len(words) - order + 1)
        combined = np.zeros(count, U64)
        for offset in range(order):
            combined = combined * PRIME_INVERSE + words[offset : offset + count]
        same = whose[:count] == whose[order - 1 : order - 1 + count]
        owners.append(whose[:count][same])
        hashes.append(_mixed(combined[same], config.seed * 1000 + 100 + order))
    return np.concatenate(owners), np.concatenate(hashes)


def _chunks(texts: Sequence[str], config: NgramConfig) -> Iterator[Sequence[str]]:
    """Runs of texts of about CHUNK_CHARACTERS each, so that memory stays bounded whatever the file's size."""
    start, size = 0, 0
    for position, text in enumerate(texts):
        size += min(len(text), config.max_characters)
        if size >= CHUNK_CHARACTERS:
            yield texts[start : position + 1]
            start, size = position + 1, 0
    if start < len(texts):
        yield texts[start:]


def hash_texts(texts: Sequence[str], config: NgramConfig, *, folder: Path | None = None) -> HashedTexts:
    """Hash every text; a text's numbers depend on that text and the configuration alone.

    With a folder the hashes lie in files there (8 bytes an n-gram), without one in memory.
    """
    hashes, counts = Spool(np.uint32, folder), Spool(np.float32, folder)
    lengths = [np.zeros(1, np.int64)]
    for chunk in _chunks(texts, config):
        owners, values = _windows(chunk, config)
        keys, repeats = np.unique(owners.astype(U64) << U64(32) | values.astype(U64), return_counts=True)
        lengths.append(np.bincount((keys >> U64(32)).astype(np.int64), minlength=len(chunk)))
        hashes.add((keys & U64(0xFFFFFFFF)).astype(np.uint32))
        counts.add(repeats.astype(np.float32))
    starts = np.cumsum(np.concatenate(lengths)).astype(np.int64)
    return HashedTexts(starts=starts, hashes=hashes.array(), counts=counts.array())

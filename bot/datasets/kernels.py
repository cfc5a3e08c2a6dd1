"""Fast passes over columns of strings: byte masks, hashes, trimming, normalising, JSON strings; all on Arrow's own buffers.

A comparison over the bytes of a batch and a reduction per row cost a tenth of a regular expression, so every check
that looks for something rare asks here first which rows can have it at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

Mask = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

PART_ROWS = 250_000
"""About how many keys are compared at a time."""

_OTHER_SPACES = "[\\x{85}\\x{1680}\\x{2028}\\x{2029}]"
"""The white space beyond ASCII that NFKC leaves as it is (Unicode 16)."""

_LAST_CASED = 0x1E943
"""The last character with two cases: small letter Sha of Adlam (Unicode 16)."""


class TextBytes:
    """The bytes of a string array and where each row starts: what the byte masks work on."""

    def __init__(self, texts: pa.Array) -> None:
        buffers = texts.buffers()
        offsets = np.frombuffer(buffers[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
        data = np.frombuffer(buffers[2], dtype=np.uint8) if buffers[2] is not None else np.empty(0, np.uint8)
        self.first = int(offsets[0]) if len(offsets) else 0
        self.bytes = data[self.first : int(offsets[-1])] if len(offsets) else data[:0]
        self.starts = offsets[:-1] - self.first
        self.filled = offsets[1:] > offsets[:-1]

    def rows_with(self, hits: Mask) -> Mask:
        """Which rows have a True among their bytes in `hits` (one for each byte)."""
        rows = np.zeros(len(self.starts), np.bool_)
        if hits.size and hits.any():
            rows[self.filled] = np.bitwise_or.reduceat(hits, self.starts[self.filled])
        return rows

    @cached_property
    def odd_rows(self) -> Mask:
        """Which rows have anything but printable ASCII: those that few checks must look at closely."""
        return self.rows_with((self.bytes - np.uint8(32)) > 94)

    def rows_having(self, *characters: str) -> Mask:
        """Which rows have one of these ASCII characters."""
        rows = self.rows_with(self.bytes == ord(characters[0]))
        for character in characters[1:]:
            rows |= self.rows_with(self.bytes == ord(character))
        return rows


def trimmed(texts: pa.Array) -> pa.Array:
    """The texts without white space at their ends, as `str.strip` does it."""
    return pc.utf8_trim_whitespace(texts)


def normalised(texts: pa.Array, view: TextBytes | None = None) -> pa.Array:
    """What the texts are compared by: NFKC, case folded, runs of white space as one space; `texts` are trimmed.

    `view` saves the time to look at their bytes again.
    """
    lowered = pc.ascii_lower(texts)
    view = view or TextBytes(texts)
    spaces = view.bytes == 32
    doubled = np.zeros(len(spaces), np.bool_)
    np.logical_and(spaces[1:], spaces[:-1], out=doubled[1:])
    rows = view.odd_rows | view.rows_with(doubled)
    if not rows.any():
        return lowered
    mask = pa.array(rows)
    return pc.replace_with_mask(lowered, mask, _normalised_fully(lowered.filter(mask)))


def _normalised_fully(texts: pa.Array) -> pa.Array:
    mask = pc.invert(pc.string_is_ascii(texts))
    if not pc.any(mask).as_py():
        return _single_spaced(texts)
    folded = _case_folded(pc.utf8_normalize(texts.filter(mask), "NFKC"))
    if pc.any(pc.match_substring_regex(folded, _OTHER_SPACES)).as_py():
        folded = pa.array([" ".join(text.split()) for text in folded.to_pylist()], pa.string())
    return _single_spaced(pc.replace_with_mask(texts, mask, folded))


def _single_spaced(texts: pa.Array) -> pa.Array:
    """The texts with every run of ASCII white space as one space, and none at their ends, as `str.split` parts them."""
    view = TextBytes(texts)
    data = view.bytes
    spaces = (data == 32) | ((data - np.uint8(9)) < 5) | ((data - np.uint8(28)) < 4)
    inner = np.ones(len(data), np.bool_)
    inner[view.starts[view.filled]] = False
    # The first space of a run stays, where anything is in front of it.
    keep = ~spaces
    keep[1:] |= spaces[1:] & keep[:-1] & inner[1:]
    kept = np.zeros(len(data) + 1, np.int32)
    np.cumsum(keep, out=kept[1:])
    offsets = kept[np.append(view.starts, len(data))]
    bare = np.where(spaces, np.uint8(32), data)[keep]
    joined = pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(bare)])
    return pc.ascii_rtrim(joined, " ")


def normalise(text: str) -> str:
    """One text as `normalised` does it."""
    return str(normalised(trimmed(pa.array([text], pa.string())))[0].as_py())


def _case_folded(texts: pa.Array) -> pa.Array:
    lowered = pc.utf8_lower(texts)
    special = pc.match_substring_regex(texts, _fold_differently())
    if not pc.any(special).as_py():
        return lowered
    folded = [text.casefold() for text in texts.filter(special).to_pylist()]
    return pc.replace_with_mask(lowered, special, pa.array(folded, pa.string()))


@cache
def _fold_differently() -> str:
    """A character class of those whose case folding is more than their lower case (ß, ς, ...), after NFKC."""
    codes = np.array([*range(128, 0xD800), *range(0xE000, _LAST_CASED + 1)], "<u4")
    characters = codes.tobytes().decode("utf-32-le")
    lowered = pc.utf8_lower(pa.array(list(characters), pa.string()))
    folded = pa.array(list(map(str.casefold, characters)), pa.string())
    differ = codes[np.asarray(pc.not_equal(lowered, folded))]
    return "[" + "".join(f"\\x{{{code:X}}}" for code in differ.tolist()) + "]"


def hashes(texts: Sequence[str] | pa.Array) -> Hashes:
    """A 64-bit hash (XXH3) of each text, the same in every process."""
    values: Any = texts.cast(pa.binary()).to_pylist() if isinstance(texts, pa.Array) else texts
    return np.fromiter(map(xxhash.xxh3_64_intdigest, values), np.uint64, len(values))


def mixed(one: Hashes, other: Hashes | np.uint64) -> Hashes:
    """A hash of the pair of two hashes (the finaliser of SplitMix64 on their sum, one of them spread)."""
    with np.errstate(over="ignore"):
        value = one + other * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)), np.uint64)


def shared_keys(keys: Hashes) -> Mask:
    """Where a key is one that another place has as well.

    Keys are looked at in parts by their highest bits: small hash tables stay in the processor's cache, and memory too.
    """
    bits = max(0, (len(keys) // PART_ROWS).bit_length())
    if not bits:
        return np.asarray(pd.Series(keys).duplicated(keep=False).to_numpy(), np.bool_)
    shared = np.zeros(len(keys), np.bool_)
    part_of = (keys >> np.uint64(64 - bits)).astype(np.uint8)
    for part in range(1 << bits):
        places = np.flatnonzero(part_of == part)
        shared[places] = pd.Series(keys[places]).duplicated(keep=False).to_numpy()
    return shared


def first_of_each(codes: npt.NDArray[np.int64]) -> Mask:
    """Where a code appears for the first time; codes are numbered in order of appearance."""
    highest = np.maximum.accumulate(codes)
    first = np.ones(len(codes), np.bool_)
    first[1:] = highest[1:] > highest[:-1]
    return first


def json_escaped(texts: pa.Array) -> pa.Array:
    """Each text as it stands between the quotes of a JSON string."""
    view = TextBytes(texts)
    rows = view.rows_with((view.bytes < 32) | (view.bytes == 34) | (view.bytes == 92))
    if not rows.any():
        return texts
    mask = pa.array(rows)
    return pc.replace_with_mask(texts, mask, _escaped(texts.filter(mask).to_pylist()))


def _escaped(texts: list[str]) -> pa.Array:
    """JSON strings by one call of orjson: indented, each stands on a line of its own, and no newline is left inside."""
    text = orjson.dumps([*texts, ""], option=orjson.OPT_INDENT_2)
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == 10).astype(np.int32)
    lines = pa.Array.from_buffers(pa.binary(), len(texts), [None, pa.py_buffer(newlines), pa.py_buffer(text)])
    return pc.binary_slice(lines, 4, -2).cast(pa.string())

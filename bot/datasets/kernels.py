"""Fast passes over columns of strings: byte masks, hashes, trimming, normalising, JSON strings; all on Arrow's own buffers.

A comparison over the bytes of a batch and a reduction per row cost a tenth of a regular expression, so every check
that looks for something rare asks here first which rows can have it at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

Mask = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

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

    def rows_having(self, *characters: str) -> Mask:
        """Which rows have one of these ASCII characters."""
        hits = np.zeros(len(self.bytes), np.bool_)
        for character in characters:
            hits |= self.bytes == ord(character)
        return self.rows_with(hits)


def trimmed(texts: pa.Array) -> pa.Array:
    """The texts without white space at their ends, as `str.strip` does it."""
    return pc.utf8_trim_whitespace(texts)


def normalised(texts: pa.Array) -> pa.Array:
    """What the texts are compared by: NFKC, case folded, runs of white space as one space; `texts` are trimmed."""
    view = TextBytes(texts)
    beyond_ascii = view.rows_with(view.bytes > 127)
    lowered = pc.ascii_lower(texts)
    if beyond_ascii.any():
        folded = _case_folded(pc.utf8_normalize(texts.filter(pa.array(beyond_ascii)), "NFKC"))
        lowered = pc.replace_with_mask(lowered, pa.array(beyond_ascii), folded)
    return _single_spaced(lowered)


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
    characters = [chr(code) for code in range(128, _LAST_CASED + 1) if not 0xD800 <= code < 0xE000]
    lowered = pc.utf8_lower(pa.array(characters)).to_pylist()
    special = [one for one, lower in zip(characters, lowered, strict=True) if one.casefold() != lower]
    return "[" + "".join(f"\\x{{{ord(one):X}}}" for one in special) + "]"


def _single_spaced(texts: pa.Array) -> pa.Array:
    view = TextBytes(texts)
    data = view.bytes
    odd = (data < 32) | _wide_spaces(data)
    spaces = data == 32
    odd[1:] |= spaces[1:] & spaces[:-1]
    odd |= spaces & _at_row_ends(view)
    rows = view.rows_with(odd)
    if not rows.any():
        return texts
    mask = pa.array(rows)
    words = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts.filter(mask)))
    return pc.replace_with_mask(texts, mask, pc.binary_join(words, " "))


def _wide_spaces(data: npt.NDArray[np.uint8]) -> Mask:
    """The last byte of each white space beyond ASCII that NFKC leaves: NEL, Ogham space, line and paragraph separator."""
    hits = np.zeros(len(data), np.bool_)
    if len(data) < 2 or not (data > 127).any():
        return hits
    hits[1:] = (data[:-1] == 0xC2) & (data[1:] == 0x85)
    hits[2:] |= (data[:-2] == 0xE2) & (data[1:-1] == 0x80) & ((data[2:] | 1) == 0xA9)
    hits[2:] |= (data[:-2] == 0xE1) & (data[1:-1] == 0x9A) & (data[2:] == 0x80)
    return hits


def _at_row_ends(view: TextBytes) -> Mask:
    """The first and last byte of each row: NFKC may have made a space there."""
    ends = np.zeros(len(view.bytes), np.bool_)
    starts = view.starts[view.filled]
    if len(starts):
        ends[starts] = True
        ends[starts[1:] - 1] = True
        ends[-1] = True
    return ends


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


def json_strings(texts: pa.Array) -> pa.Array:
    """Each text as a JSON string, quotes included."""
    plain = pc.binary_join_element_wise('"', texts, '"', "")
    view = TextBytes(texts)
    rows = view.rows_with((view.bytes < 32) | (view.bytes == 34) | (view.bytes == 92))
    if not rows.any():
        return plain
    mask = pa.array(rows)
    return pc.replace_with_mask(plain, mask, _escaped(texts.filter(mask).to_pylist()))


def _escaped(texts: list[str]) -> pa.Array:
    """JSON strings by one call of orjson: indented, each stands on a line of its own, and no newline is left inside."""
    text = orjson.dumps([*texts, ""], option=orjson.OPT_INDENT_2)
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == 10).astype(np.int32)
    lines = pa.Array.from_buffers(pa.binary(), len(texts), [None, pa.py_buffer(newlines), pa.py_buffer(text)])
    return pc.binary_slice(lines, 3, -1).cast(pa.string())

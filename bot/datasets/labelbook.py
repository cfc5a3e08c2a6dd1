"""The labels of a dataset: a code for each, and which texts say their own label."""

from __future__ import annotations

import re
from operator import contains

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bot.datasets.checks.flags import LABEL_IN_TEXT
from bot.datasets.kernels import Hashes, hashes, normalise

LEAST_NEEDLE = 3
"""Bytes a label must have to be looked for in the texts."""
NO_NEEDLE = b"\xff"
"""What no text contains."""


class LabelBook:
    """Gives every label a code, in order of appearance."""

    def __init__(self, *, classes: bool) -> None:
        self.classes = classes
        self.labels: list[str] = []
        self._codes: dict[str, int] = {}
        self._needles: list[bytes] = []

    def codes_and_hashes(self, answers: pa.Array) -> tuple[npt.NDArray[np.int32], Hashes]:
        """The code and the hash of each answer."""
        encoded = answers.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        for value in values:
            if value not in self._codes:
                self._codes[value] = len(self.labels)
                self.labels.append(value)
        own = np.array([self._codes[value] for value in values], np.int32)
        place = encoded.indices.to_numpy(zero_copy_only=False)
        if not len(own):
            return np.empty(0, np.int32), np.empty(0, np.uint64)
        return own[place], hashes(values)[place]

    def named_in(self, texts: list[bytes], codes: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
        """LABEL_IN_TEXT for each (normalised) text that has its own label in it, as a word of its own."""
        for label in self.labels[len(self._needles) :]:
            needle = normalise(label).encode()
            self._needles.append(needle if len(needle) >= LEAST_NEEDLE else NO_NEEDLE)
        needles = [self._needles[code] for code in codes.tolist()]
        rows = np.flatnonzero(np.fromiter(map(contains, texts, needles), np.bool_, len(texts)))
        flags = np.zeros(len(texts), np.uint32)
        for row in rows.tolist():
            if re.search(rb"(?<!\w)" + re.escape(needles[row]) + rb"(?!\w)", texts[row]):
                flags[row] = LABEL_IN_TEXT
        return flags

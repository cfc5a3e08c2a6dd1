"""The per-row frame: what every decision about a dataset needs, about 40 bytes a row.

Hashes are XXH3 (64 bit): among a million rows two different texts collide with odds of 3 in 100 million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.datasets.columns import Mapping
from bot.datasets.kernels import Hashes
from bot.domain import Task

ROW_ARRAYS = ("text", "norm", "answer", "label", "flags", "tokens", "line", "role", "file")
OTHER_ARRAYS = ("raw_rows", "raw_keys", "starts", "conversation", "problem", "turns")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One entry a row in each array, file order.

    `text` and `norm` hash the trimmed and the normalised text, `answer` the trimmed answer; `label` is its place in
    `labels` (all zero where the task has no classes). `tokens` are o200k tokens of text and answer; of the whole
    example for chats. `role` is the part a row was given for (TRAIN when nobody said). `raw_rows` are the rows that
    trimming changed, `raw_keys` the hashes of what they were. `mapping` names columns of the spool at hand, `source`
    those of the file. `deep` says whether personal data and secrets were looked for. `affixes` are what all texts,
    then all answers begin and end with. `starts` is the first row of each batch of the spool. `conversation`,
    `problem` and `turns` have entries for chats only.
    """

    mapping: Mapping
    source: Mapping
    deep: bool
    labels: tuple[str, ...]
    files: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    text: Hashes
    norm: Hashes
    answer: Hashes
    label: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint32]
    tokens: npt.NDArray[np.int32]
    line: npt.NDArray[np.int64]
    role: npt.NDArray[np.int8]
    file: npt.NDArray[np.int16]
    raw_rows: npt.NDArray[np.int64]
    raw_keys: Hashes
    affixes: tuple[str, str, str, str] = ("", "", "", "")
    conversation: Hashes
    problem: npt.NDArray[np.int8]
    turns: npt.NDArray[np.int16]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.text)

    @property
    def has_classes(self) -> bool:
        """Whether the answers are classes."""
        return self.mapping.task is Task.CLASSIFICATION

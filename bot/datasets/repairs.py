"""Mends and masks the cells that need it: which rows change under a person's choices, and what they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.checks.flags import BLEMISHES, EMPTY_LABEL, EMPTY_TEXT, Blemish
from bot.datasets.frame import Frame
from bot.datasets.kernels import Hashes, hashes, normalised
from bot.datasets.rows import row_texts
from bot.datasets.spool import Spool
from bot.datasets.tokens import count_tokens
from bot.domain import Choices


@dataclass(frozen=True, kw_only=True)
class Mended:
    """The rows that change, and their entries in the frame afterwards."""

    blemishes: tuple[Blemish, ...]
    rows: npt.NDArray[np.int64]
    text: Hashes
    norm: Hashes
    answer: Hashes
    token_change: npt.NDArray[np.int32]
    empty: npt.NDArray[np.uint32]

    @property
    def flags(self) -> int:
        """The bits of the blemishes that are mended."""
        return _bits(self.blemishes)


def is_chosen(blemish: Blemish, choices: Choices) -> bool:
    """Whether the blemish is to be mended."""
    return blemish.recommended if choices.fixes is None else blemish.remedy in choices.fixes


def mend(text: str, blemishes: Sequence[Blemish]) -> str:
    """The text with those blemishes mended, trimmed again."""
    for blemish in blemishes:
        text = blemish.mend(text)
    return text.strip()


def masked(text: str) -> str:
    """The text as it may be shown to others: no personal data, no secrets."""
    return mend(text, [blemish for blemish in BLEMISHES if blemish.is_private])


def mend_rows(spool: Spool, frame: Frame, choices: Choices) -> Mended:
    """What becomes of the rows that have a blemish which is to be mended; only batches with such rows are looked at."""
    chosen = tuple(blemish for blemish in BLEMISHES if is_chosen(blemish, choices))
    rows = np.flatnonzero(frame.flags & np.uint32(_bits(chosen)))
    made = _Mending(frame, chosen)
    if len(rows):
        for part in row_texts(spool, frame.mapping):
            inside = rows[(rows >= part.start) & (rows < part.start + len(part.text))]
            if len(inside):
                made.add(part.text, part.answer, inside, part.start)
    return made.finish()


def mended_texts(texts: pa.Array, needy: npt.NDArray[np.bool_], blemishes: Sequence[Blemish]) -> pa.Array:
    """The texts, the needy ones mended."""
    if not needy.any():
        return texts
    places = np.flatnonzero(needy)
    found = [mend(text, blemishes) for text in texts.take(pa.array(places)).to_pylist()]
    mask = pa.array(needy)
    return pc.replace_with_mask(texts, mask, pa.array(found, pa.string()))


def mended_line(line: str, blemishes: Sequence[Blemish]) -> str:
    """A chat example's JSON with the contents of its messages mended."""
    try:
        example = orjson.loads(line)
        messages = example["messages"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return line
    for message in messages:
        if isinstance(message.get("content"), str):
            message["content"] = mend(message["content"], blemishes)
    return orjson.dumps(example).decode()


def _bits(blemishes: Sequence[Blemish]) -> int:
    return sum(blemish.flag for blemish in blemishes)


class _Mending:
    def __init__(self, frame: Frame, blemishes: tuple[Blemish, ...]) -> None:
        self.frame, self.blemishes = frame, blemishes
        self.rows: list[npt.NDArray[np.int64]] = []
        self.text: list[Hashes] = []
        self.norm: list[Hashes] = []
        self.answer: list[Hashes] = []
        self.token_change: list[npt.NDArray[np.int32]] = []
        self.empty: list[npt.NDArray[np.uint32]] = []

    def add(self, texts: pa.Array, answers: pa.Array, rows: npt.NDArray[np.int64], start: int) -> None:
        places = pa.array(rows - start)
        before = texts.take(places).to_pylist()
        after = [mend(text, self.blemishes) for text in before]
        array = pa.array(after, pa.string())
        change = _difference(before, after)
        empty = np.where(np.array([not text for text in after]), EMPTY_TEXT, 0)
        answer = self.frame.answer[rows]
        if not self.frame.has_classes:
            old = answers.take(places).to_pylist()
            new = [mend(text, self.blemishes) for text in old]
            answer = hashes(new)
            change = change + _difference(old, new)
            empty |= np.where(np.array([not text for text in new]), EMPTY_LABEL, 0)
        else:
            empty |= (self.frame.flags[rows] & EMPTY_LABEL).astype(empty.dtype)
        self.rows.append(rows)
        self.text.append(hashes(after))
        self.norm.append(hashes(normalised(array)))
        self.answer.append(answer)
        self.token_change.append(change)
        self.empty.append(empty.astype(np.uint32))

    def finish(self) -> Mended:
        return Mended(
            blemishes=self.blemishes,
            rows=np.concatenate([np.empty(0, np.int64), *self.rows]),
            text=np.concatenate([np.empty(0, np.uint64), *self.text]),
            norm=np.concatenate([np.empty(0, np.uint64), *self.norm]),
            answer=np.concatenate([np.empty(0, np.uint64), *self.answer]),
            token_change=np.concatenate([np.empty(0, np.int32), *self.token_change]),
            empty=np.concatenate([np.empty(0, np.uint32), *self.empty]),
        )


def _difference(before: list[str], after: list[str]) -> npt.NDArray[np.int32]:
    return np.array(count_tokens(after), np.int32) - np.array(count_tokens(before), np.int32)

"""The ledger: which rows are still in, why the others are not, and what each remedy would change; numpy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bot.datasets.checks.flags import EMPTY_LABEL, EMPTY_TEXT, NO_SYSTEM
from bot.datasets.frame import Frame
from bot.datasets.kernels import Hashes, Mask, hashes
from bot.datasets.repairs import Mended
from bot.datasets.tokens import chat_overhead, count_tokens, system_overhead
from bot.domain import Choices, Remedy, Severity, Task
from bot.texts import n

FEW = 5
"""How many rows a finding shows."""

REPEATS = "repeats"
"""How the reason of a repeated row begins; the line of the earlier one is put at its end."""

Rows = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A finding before its lines and examples are fetched from the spool.

    `shown` are the rows to show lines of; `example` are the rows its example is made of, and `told` makes it from
    their (line, text, answer).
    """

    code: str
    severity: Severity
    rows: int
    message: str
    shown: tuple[int, ...] = ()
    example: tuple[int, ...] = ()
    told: Callable[[list[tuple[int, str, str]]], str] | None = None
    remedies: tuple[Remedy, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(kw_only=True)
class Ledger:
    """The state while the checks go by, in their order.

    The arrays are the frame's, with repairs and merged labels in them where those were chosen; `empty` has the bits of the rows
    that are empty; `tokens` are those of the whole example, as it is written.
    """

    frame: Frame
    choices: Choices
    mended: Mended
    text: Hashes
    norm: Hashes
    answer: Hashes
    label: npt.NDArray[np.int32]
    labels: list[str]
    empty: npt.NDArray[np.uint32]
    tokens: npt.NDArray[np.int32]
    alive: Mask
    reason: npt.NDArray[np.int8]
    reasons: list[str] = field(default_factory=lambda: [""])
    drafts: list[Draft] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    part: npt.NDArray[np.int8] | None = None
    shared: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """The rows with text and answer whose normalised text another row of their given part has as well."""
    excess: dict[int, int] = field(default_factory=dict)
    """Tokens to cut off the end of a row's text."""
    taught: list[str] = field(default_factory=list)
    """What is taught for each label code; empty when it is the label."""
    merged_into: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """For each label code the one that it was merged into, most often itself."""
    same_label: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """For each label code that of its commonest spelling, merged or not: two spellings are no conflict."""

    @classmethod
    def open(
        cls, frame: Frame, choices: Choices, mended: Mended, tokens: npt.NDArray[np.int32] | None = None
    ) -> Ledger:
        """A ledger in which every row is in, the mended ones as they are afterwards.

        `tokens` are those of each whole example, where the frame's with the usual ones around them will not do.
        """
        before = frame.tokens + added_tokens(frame, choices) if tokens is None else tokens
        after = before[mended.rows] + mended.token_change
        emptiness = np.uint32(EMPTY_TEXT | EMPTY_LABEL)
        return cls(
            frame=frame,
            choices=choices,
            mended=mended,
            text=_with(frame.text, mended.rows, mended.text),
            norm=_with(frame.norm, mended.rows, mended.norm),
            answer=_with(frame.answer, mended.rows, mended.answer),
            label=frame.label,
            labels=list(frame.labels),
            merged_into=np.arange(len(frame.labels), dtype=np.int32),
            empty=_with(frame.flags & emptiness, mended.rows, mended.empty),
            tokens=_with(before, mended.rows, after),
            alive=np.ones(frame.rows, np.bool_),
            reason=np.zeros(frame.rows, np.int8),
        )

    @property
    def kept(self) -> int:
        """How many rows are still in."""
        return int(self.alive.sum())

    def put_right(self, relabels: Sequence[tuple[int, str]]) -> None:
        """Give rows the label that a person says they have; a label may be a new one. Rows that are not there are left."""
        known = [
            (row, label.strip()) for row, label in relabels if 0 <= row < self.frame.rows and label.strip()
        ]
        if not known or not self.frame.has_classes:
            return
        rows = np.array([row for row, _ in known], np.int64)
        self.labels += [
            label for label in dict.fromkeys(label for _, label in known) if label not in self.labels
        ]
        self.merged_into = np.arange(len(self.labels), dtype=np.int32)
        codes = np.array([self.labels.index(label) for _, label in known], np.int32)
        lengths = np.array(count_tokens(self.labels), np.int32)
        self.tokens = _with(self.tokens, rows, self.tokens[rows] + lengths[codes] - lengths[self.label[rows]])
        self.label = _with(self.label, rows, codes)
        self.answer = _with(self.answer, rows, hashes([label for _, label in known]))
        self.empty = _with(self.empty, rows, self.empty[rows] & np.uint32(EMPTY_TEXT))

    def is_chosen(self, code: str, *, recommended: bool) -> bool:
        """Whether a remedy is to be applied: asked for, or recommended when nothing was asked for."""
        return recommended if self.choices.fixes is None else code in self.choices.fixes

    def drop(self, code: str, rows: Mask, *, title: str, reason: str, recommended: bool) -> Remedy:
        """Offer to drop rows, and drop them when that is chosen."""
        before = self.kept
        going = self.alive & rows
        remedy = Remedy(
            code=code,
            title=title,
            recommended=recommended,
            applied=self.is_chosen(code, recommended=recommended),
            rows_before=before,
            rows_after=before - int(going.sum()),
        )
        if remedy.applied:
            self.take_out(going, reason)
            self.applied.append(code)
        return remedy

    def change(self, code: str, *, title: str, recommended: bool) -> Remedy:
        """Offer a remedy that changes cells and drops nothing; whoever offers it makes the change."""
        applied = self.is_chosen(code, recommended=recommended)
        if applied:
            self.applied.append(code)
        return Remedy(
            code=code,
            title=title,
            recommended=recommended,
            applied=applied,
            rows_before=self.kept,
            rows_after=self.kept,
        )

    def take_out(self, rows: Mask, reason: str) -> None:
        """Take rows out of the dataset for a reason that will stand in rejects.csv."""
        self.alive &= ~rows
        self.reasons.append(reason)
        self.reason[rows] = len(self.reasons) - 1

    def add(self, draft: Draft) -> None:
        """Note a finding; an error that a chosen remedy deals with no longer stands in the way."""
        self.drafts.append(draft)


def added_tokens(frame: Frame, choices: Choices) -> npt.NDArray[np.int32] | int:
    """What is written around each text and answer, in tokens."""
    if frame.mapping.task is not Task.CHAT:
        return chat_overhead(system=choices.system)
    without = (frame.flags & np.uint32(NO_SYSTEM)) != 0
    return np.where(without, np.int32(system_overhead(choices.system)), np.int32(0)).astype(np.int32)


def _with(
    values: npt.NDArray[Number], rows: npt.NDArray[np.int64], new: npt.NDArray[Number]
) -> npt.NDArray[Number]:
    if not len(rows):
        return values
    changed = values.copy()
    changed[rows] = new
    return changed


def first_rows(rows: Mask | Rows) -> tuple[int, ...]:
    """The first few of the rows, as indices."""
    indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return tuple(int(index) for index in indices[:FEW])


def rows_in_words(count: int) -> str:
    """The count with its noun.

    >>> rows_in_words(1), rows_in_words(1200)
    ('1 row', '1,200 rows')
    """
    return n("{number:,} row", "{number:,} rows", count)


def quoted(text: str, most: int = 120) -> str:
    """A piece of a cell, on one line, in quotes."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= most else flat[: most - 1] + '…'}”"


def first_example(rows: list[tuple[int, str, str]]) -> str:
    """The plain example: the first row's line, text and answer."""
    line, text, answer = rows[0]
    return f"line {line}: {quoted(text)}" + (f" → {quoted(answer, 40)}" if answer else "")

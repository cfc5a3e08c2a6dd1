"""Computes the frame of a spool in one pass over its batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.affixes import CommonAffixes
from bot.datasets.chats import GROUP, MIXED, PROBLEM, SYSTEM, TOKENS, TURNS
from bot.datasets.checks.flags import (
    BAD_CHAT,
    EMPTY_LABEL,
    EMPTY_TEXT,
    MIXED_FORMAT,
    NO_SYSTEM,
    blemishes_of,
    emptiness_of,
)
from bot.datasets.columns import Mapping
from bot.datasets.frame import ROW_ARRAYS, Frame
from bot.datasets.kernels import Hashes, TextBytes, hashes, mixed, normalised
from bot.datasets.labelbook import LabelBook
from bot.datasets.progress import Progress, silent
from bot.datasets.rows import RowTexts, row_texts
from bot.datasets.split import TRAIN
from bot.datasets.spool import FILE, LINE, Spool
from bot.datasets.tokens import count_tokens
from bot.domain import Task


def build_frame(
    spool: Spool,
    mapping: Mapping,
    *,
    source: Mapping,
    roles: dict[str, int],
    name: str,
    deep: bool,
    progress: Progress = silent,
) -> Frame:
    """The frame of a spool; `roles` gives the part of each file that was dropped for one, `name` that of a single file.

    `deep` looks for personal data and secrets, too. `source` is the mapping in terms of the file's columns.
    """
    rows = spool.rows
    columns = _Columns(rows, deep=deep, is_chat=mapping.task is Task.CHAT)
    book = LabelBook(classes=mapping.task is Task.CLASSIFICATION)
    files: dict[str, int] = {}
    starts = []
    for part in row_texts(spool, mapping):
        starts.append(part.start)
        columns.fill(part, book)
        columns.fill_places(part, files, roles)
        progress("checking", part.start + len(part.text), rows)
    label_tokens = np.array(count_tokens(book.labels), np.int32)
    if book.classes and len(book.labels):
        columns.tokens += label_tokens[columns.label]
    return Frame(
        mapping=mapping,
        source=source,
        deep=deep,
        labels=tuple(book.labels),
        files=tuple(files) or (name,),
        starts=np.array(starts, np.int64),
        raw_rows=np.concatenate([np.empty(0, np.int64), *columns.raw_rows]),
        raw_keys=np.concatenate([np.empty(0, np.uint64), *columns.raw_keys]),
        affixes=(*columns.text_affixes.found(), *columns.answer_affixes.found()),
        conversation=columns.conversation,
        problem=columns.problem,
        turns=columns.turns,
        **{name: getattr(columns, name) for name in ROW_ARRAYS},
    )


class _Columns:
    """The arrays of a frame while they are filled, in place."""

    def __init__(self, rows: int, *, deep: bool, is_chat: bool) -> None:
        self.deep, self.is_chat = deep, is_chat
        self.text = np.empty(rows, np.uint64)
        self.norm = np.empty(rows, np.uint64)
        self.answer = np.empty(rows, np.uint64)
        self.label = np.zeros(rows, np.int32)
        self.flags = np.zeros(rows, np.uint32)
        self.tokens = np.empty(rows, np.int32)
        self.line = np.empty(rows, np.int64)
        self.role = np.zeros(rows, np.int8)
        self.file = np.zeros(rows, np.int16)
        chats = rows if is_chat else 0
        self.conversation = np.empty(chats, np.uint64)
        self.problem = np.empty(chats, np.int8)
        self.turns = np.empty(chats, np.int16)
        self.text_affixes = CommonAffixes()
        self.answer_affixes = CommonAffixes()
        self.raw_rows: list[npt.NDArray[np.int64]] = []
        self.raw_keys: list[Hashes] = []

    def fill(self, part: RowTexts, book: LabelBook) -> None:
        """Hashes, labels, flags and tokens of one batch."""
        here = slice(part.start, part.start + len(part.text))
        texts = part.text.to_pylist()
        self.text[here] = hashes(texts)
        if not self.is_chat:
            self.tokens[here] = count_tokens(texts)
            self.text_affixes.add(part.text, texts)
        view = TextBytes(part.text)
        normal = normalised(part.text, view).cast(pa.binary()).to_pylist()
        self.norm[here] = hashes(normal)
        flags = blemishes_of(part.text, view, deep=self.deep)
        flags |= emptiness_of(part.text, EMPTY_TEXT) | emptiness_of(part.answer, EMPTY_LABEL)
        if book.classes:
            self.label[here], self.answer[here] = book.codes_and_hashes(part.answer)
            flags |= book.named_in(normal, self.label[here])
            values = book.labels
        else:
            values = part.answer.to_pylist()
            self.answer[here] = hashes(values)
            flags |= blemishes_of(part.answer, TextBytes(part.answer), deep=self.deep)
            if not self.is_chat:
                self.tokens[here] += np.array(count_tokens(values), np.int32)
        self.flags[here] = flags
        if self.is_chat:
            self._fill_chat(part.batch, here)
        else:
            self.answer_affixes.add(part.answer, values)
        self._note_trimmed(part)

    def _fill_chat(self, batch: pa.RecordBatch, here: slice) -> None:
        self.tokens[here] = batch.column(TOKENS).to_numpy()
        self.conversation[here] = batch.column(GROUP).to_numpy()
        self.problem[here] = batch.column(PROBLEM).to_numpy()
        self.turns[here] = batch.column(TURNS).to_numpy()
        self.flags[here][self.problem[here] > 0] |= np.uint32(BAD_CHAT | EMPTY_TEXT | EMPTY_LABEL)
        self.flags[here][~batch.column(SYSTEM).to_numpy(zero_copy_only=False)] |= np.uint32(NO_SYSTEM)
        self.flags[here][batch.column(MIXED).to_numpy(zero_copy_only=False)] |= np.uint32(MIXED_FORMAT)

    def _note_trimmed(self, part: RowTexts) -> None:
        changed = pc.or_(_differ(part.raw_text, part.text), _differ(part.raw_answer, part.answer))
        changed = changed.to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(changed)
        if len(rows):
            which = pa.array(rows)
            self.raw_rows.append(rows + part.start)
            self.raw_keys.append(
                mixed(hashes(part.raw_text.take(which)), hashes(part.raw_answer.take(which)))
            )

    def fill_places(self, part: RowTexts, files: dict[str, int], roles: dict[str, int]) -> None:
        """Line, file and part of one batch."""
        here = slice(part.start, part.start + len(part.text))
        self.line[here] = part.batch.column(LINE).to_numpy()
        if FILE not in part.batch.schema.names:
            return
        encoded = part.batch.column(FILE)
        names = encoded.dictionary.to_pylist()
        codes = np.array([files.setdefault(name, len(files)) for name in names], np.int16)
        place = encoded.indices.to_numpy(zero_copy_only=False)
        self.file[here] = codes[place]
        self.role[here] = np.array([roles.get(name, TRAIN) for name in names], np.int8)[place]


def _differ(raw: pa.Array, used: pa.Array) -> pa.Array:
    """Where a cell is not what it was; what was only trimmed tells by its length."""
    return pc.not_equal(pc.binary_length(raw), pc.binary_length(used))

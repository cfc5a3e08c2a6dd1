"""The per-row frame: what every decision about a dataset needs, about 40 bytes a row, computed in one pass over the spool.

Hashes are XXH3 (64 bit): among a million rows two different texts collide with odds of 3 in 100 million.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import contains

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.checks.flags import EMPTY_LABEL, EMPTY_TEXT, LABEL_IN_TEXT, blemishes_of, emptiness_of
from bot.datasets.columns import Mapping
from bot.datasets.files import class_names
from bot.datasets.kernels import Hashes, hashes, mixed, normalise, normalised, trimmed
from bot.datasets.split import TRAIN
from bot.datasets.spool import FILE, LINE, Spool
from bot.datasets.templates import Template, parse_template
from bot.datasets.tokens import count_tokens
from bot.domain import Task

ARRAYS = (
    "text",
    "norm",
    "answer",
    "label",
    "flags",
    "tokens",
    "line",
    "role",
    "file",
    "raw_rows",
    "raw_keys",
)

LEAST_NEEDLE = 3
"""Bytes a label must have to be looked for in the texts."""
NO_NEEDLE = b"\xff"
"""What no text contains."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One entry a row in each array, file order.

    `text` and `norm` hash the trimmed and the normalised text, `answer` the trimmed answer; `label` is its place in
    `labels` (all zero where the task has no classes). `tokens` are o200k tokens of text and answer. `role` is the part
    a row was given for (TRAIN when nobody said). `raw_rows` are the rows that trimming changed, `raw_keys` the hashes
    of what they were. `deep` says whether personal data and secrets were looked for. `starts` is the first row of each batch of the spool.
    """

    mapping: Mapping
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

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.text)

    @property
    def has_classes(self) -> bool:
        """Whether the answers are classes."""
        return self.mapping.task is Task.CLASSIFICATION

    def keys(self) -> Hashes:
        """A hash of text and answer together, both trimmed."""
        return mixed(self.text, self.answer)


@dataclass(frozen=True, kw_only=True)
class RowTexts:
    """A batch of rows as they stand in the spool and as they will be used."""

    start: int
    raw_text: pa.Array
    raw_answer: pa.Array
    text: pa.Array
    answer: pa.Array
    batch: pa.RecordBatch


def row_texts(spool: Spool, mapping: Mapping, *, everything: bool = False) -> Iterator[RowTexts]:
    """The texts and answers of the spool, batch by batch; `everything` for batches with all columns."""
    template = parse_template(mapping.text, spool.columns)
    wanted = list(dict.fromkeys((*mapping.columns(spool.columns), LINE)))
    if spool.has_file:
        wanted.append(FILE)
    start = 0
    for batch in spool.batches(None if everything else wanted):
        yield texts_of(batch, template, mapping.label, start)
        start += batch.num_rows


def texts_of(batch: pa.RecordBatch, template: Template, label: str, start: int) -> RowTexts:
    """The texts and answers of one batch."""
    raw_text = template.render(batch)
    raw_answer = _answers(batch, label)
    return RowTexts(
        start=start,
        raw_text=raw_text,
        raw_answer=raw_answer,
        text=trimmed(raw_text),
        answer=trimmed(raw_answer),
        batch=batch,
    )


def _answers(batch: pa.RecordBatch, label: str) -> pa.Array:
    if not label:
        return pa.repeat(pa.scalar("", pa.string()), batch.num_rows)
    if label != FILE:
        return batch.column(label)
    encoded = batch.column(FILE)
    classes = pa.array(class_names(encoded.dictionary.to_pylist()), pa.string())
    return classes.take(encoded.indices)


def build_frame(
    spool: Spool, mapping: Mapping, *, roles: dict[str, int], name: str = "", deep: bool = True
) -> Frame:
    """The frame of a spool; `roles` gives the part of each file that was dropped for one, `name` that of a single file."""
    rows = spool.rows
    columns = _Columns(rows, deep=deep)
    book = _LabelBook(classes=mapping.task is Task.CLASSIFICATION)
    files: dict[str, int] = {}
    starts = []
    for part in row_texts(spool, mapping):
        starts.append(part.start)
        columns.fill(part, book)
        columns.fill_places(part, files, roles)
    label_tokens = np.array(count_tokens(book.labels), np.int32)
    if book.classes and len(book.labels):
        columns.tokens += label_tokens[columns.label]
    return Frame(
        mapping=mapping,
        deep=deep,
        labels=tuple(book.labels),
        files=tuple(files) or (name,),
        starts=np.array(starts, np.int64),
        raw_rows=np.concatenate([np.empty(0, np.int64), *columns.raw_rows]),
        raw_keys=np.concatenate([np.empty(0, np.uint64), *columns.raw_keys]),
        **{name: getattr(columns, name) for name in ARRAYS[:9]},
    )


class _LabelBook:
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


class _Columns:
    """The arrays of a frame while they are filled, in place."""

    def __init__(self, rows: int, *, deep: bool) -> None:
        self.deep = deep
        self.text = np.empty(rows, np.uint64)
        self.norm = np.empty(rows, np.uint64)
        self.answer = np.empty(rows, np.uint64)
        self.label = np.zeros(rows, np.int32)
        self.flags = np.zeros(rows, np.uint32)
        self.tokens = np.empty(rows, np.int32)
        self.line = np.empty(rows, np.int64)
        self.role = np.zeros(rows, np.int8)
        self.file = np.zeros(rows, np.int16)
        self.raw_rows: list[npt.NDArray[np.int64]] = []
        self.raw_keys: list[Hashes] = []

    def fill(self, part: RowTexts, book: _LabelBook) -> None:
        """Hashes, labels, flags and tokens of one batch."""
        here = slice(part.start, part.start + len(part.text))
        texts = part.text.to_pylist()
        self.text[here] = hashes(texts)
        self.tokens[here] = count_tokens(texts)
        normal = normalised(part.text).cast(pa.binary()).to_pylist()
        self.norm[here] = hashes(normal)
        flags = blemishes_of(part.text, deep=self.deep)
        flags |= emptiness_of(part.text, EMPTY_TEXT) | emptiness_of(part.answer, EMPTY_LABEL)
        if book.classes:
            self.label[here], self.answer[here] = book.codes_and_hashes(part.answer)
            flags |= book.named_in(normal, self.label[here])
        else:
            answers = part.answer.to_pylist()
            self.answer[here] = hashes(answers)
            self.tokens[here] += np.array(count_tokens(answers), np.int32)
            flags |= blemishes_of(part.answer, deep=self.deep)
        self.flags[here] = flags
        self._note_trimmed(part)

    def _note_trimmed(self, part: RowTexts) -> None:
        changed = pc.or_(
            pc.not_equal(pc.binary_length(part.raw_text), pc.binary_length(part.text)),
            pc.not_equal(pc.binary_length(part.raw_answer), pc.binary_length(part.answer)),
        ).to_numpy(zero_copy_only=False)
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

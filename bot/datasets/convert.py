"""Writes what was decided: the JSONL of each part in random order, and rejects.csv with the rows that stay out.

Lines are built by string kernels batch by batch and scattered over bucket files; each bucket is then shuffled in
memory and appended to its part, so the order is random over the whole file while memory holds one bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.chats import EXAMPLE, SYSTEM
from bot.datasets.kernels import json_escaped
from bot.datasets.ledger import Ledger
from bot.datasets.progress import Progress, silent
from bot.datasets.rejects import REJECTS_NAME, RejectsWriter
from bot.datasets.repairs import mended_line, mended_texts
from bot.datasets.rows import RowTexts, row_texts
from bot.datasets.split import PART_NAMES
from bot.datasets.spool import Reject, Spool
from bot.datasets.tokens import count_tokens, cut_to_tokens
from bot.domain import ExampleFormat, Task

BUCKET_BYTES = 6 << 20
"""What a bucket should hold: little enough to be shuffled in the processor's cache."""

MOST_BUCKETS = 96
"""Open files that no system refuses; the buckets of larger datasets hold more."""

JSONL_NAMES = {name: f"{name}.jsonl" for name in PART_NAMES}


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """How an example is written: the format and what goes around text and answer."""

    format: ExampleFormat
    system: str
    separator: str
    stop: str

    def chat_lines(self, examples: pa.Array, has_system: pa.Array) -> pa.Array:
        """A JSONL line for each chat, the system prompt put into those that have none."""
        lines = pc.binary_join_element_wise(examples, "\n", "")
        if not self.system:
            return lines
        start = '{"messages":['
        rest = pc.utf8_slice_codeunits(lines, len(start), 1 << 30)
        return pc.if_else(
            has_system, lines, pc.binary_join_element_wise(start + self._system_json(), rest, "")
        )

    def _system_json(self) -> str:
        if not self.system:
            return ""
        return orjson.dumps({"role": "system", "content": self.system}).decode() + ","

    def lines(self, texts: pa.Array, answers: pa.Array) -> pa.Array:
        """A JSONL line, newline included, for each text and its answer."""
        if self.format is ExampleFormat.COMPLETION:
            prompts = pc.binary_join_element_wise(texts, self.separator, "")
            completions = pc.binary_join_element_wise(" ", answers, self.stop, "")
            return pc.binary_join_element_wise(
                '{"prompt":"',
                json_escaped(prompts),
                '","completion":"',
                _json_of_few(completions),
                '"}\n',
                "",
            )
        return pc.binary_join_element_wise(
            '{"messages":[' + self._system_json() + '{"role":"user","content":"',
            json_escaped(texts),
            '"},{"role":"assistant","content":"',
            _json_of_few(answers),
            '"}]}\n',
            "",
        )


def _json_of_few(answers: pa.Array) -> pa.Array:
    """Escaped answers that are often the same: each distinct one is escaped once."""
    encoded = answers.dictionary_encode()
    return json_escaped(encoded.dictionary).take(encoded.indices)


class _Buckets:
    """Bucket files for the lines of each part: `counts` of them, one part's after the other's."""

    def __init__(self, folder: Path, counts: npt.NDArray[np.int64]) -> None:
        self.folder, self.counts = folder, counts
        self.starts = np.cumsum(counts) - counts
        self._files: list[BinaryIO] = [
            (folder / f"bucket-{number}").open("wb+", buffering=1 << 16) for number in range(counts.sum())
        ]
        self._lengths: list[list[npt.NDArray[np.int32]]] = [[] for _ in self._files]

    def drawn(self, parts: npt.NDArray[np.int8], random: np.random.Generator) -> npt.NDArray[np.int64]:
        """A bucket for each row, among those of its part."""
        return self.starts[parts] + (random.random(len(parts)) * self.counts[parts]).astype(np.int64)

    def append(self, lines: pa.Array, places: npt.NDArray[np.int64]) -> None:
        """Append each line to the bucket in `places`, which ascend."""
        counts = np.bincount(places, minlength=len(self._files))
        offsets = np.frombuffer(lines.buffers()[1], np.int32)[: len(lines) + 1]
        data = memoryview(lines.buffers()[2] or b"")
        end = 0
        for number in np.flatnonzero(counts):
            start, end = end, end + int(counts[number])
            self._files[number].write(data[offsets[start] : offsets[end]])
            self._lengths[number].append(np.diff(offsets[start : end + 1]))

    def shuffled(self, number: int, random: np.random.Generator) -> Iterator[memoryview]:
        """The lines of one bucket in random order, as one piece of bytes; the bucket is gone afterwards."""
        file = self._files[number]
        if self._lengths[number]:
            lengths = np.concatenate(self._lengths[number])
            offsets = np.zeros(len(lengths) + 1, np.int32)
            np.cumsum(lengths, out=offsets[1:])
            file.seek(0)
            data = pa.py_buffer(file.read())
            lines = pa.Array.from_buffers(pa.binary(), len(lengths), [None, pa.py_buffer(offsets), data])
            mixed = lines.take(pa.array(random.permutation(len(lengths))))
            yield memoryview(mixed.buffers()[2])
        self._lengths[number] = []
        self.close(number)

    def close(self, number: int) -> None:
        """Remove a bucket."""
        self._files[number].close()
        Path(self._files[number].name).unlink(missing_ok=True)

    def close_all(self) -> None:
        """Remove what is left of the buckets."""
        for number in range(len(self._files)):
            self.close(number)


def write_parts(
    work_dir: Path,
    spool: Spool,
    ledger: Ledger,
    style: LineStyle,
    *,
    unread: Sequence[Reject] = (),
    progress: Progress = silent,
) -> None:
    """Write train.jsonl, validation.jsonl, test.jsonl (those that have rows) and rejects.csv into the folder.

    `unread` are the records that could not be read at all.
    """
    parts = ledger.part
    assert parts is not None
    buckets = _Buckets(work_dir, _bucket_counts(spool, ledger))
    random = np.random.default_rng(ledger.choices.seed)
    partial = work_dir / f"{REJECTS_NAME}.partial"
    is_chat = ledger.frame.mapping.task is Task.CHAT
    try:
        with RejectsWriter(partial, spool, ledger, unread) as rejects:
            for batch in row_texts(
                spool, ledger.frame.mapping, everything=is_chat or ledger.kept < ledger.frame.rows
            ):
                here = slice(batch.start, batch.start + len(batch.text))
                keep = ledger.alive[here]
                places = buckets.drawn(parts[here], random)
                kept = np.flatnonzero(keep)
                kept = kept[np.argsort(places[kept], kind="stable")]
                buckets.append(_final_lines(ledger, batch, kept, style), places[kept])
                if not keep.all():
                    rejects.write(batch, ~keep)
                progress("writing", batch.start + len(keep), spool.rows)
        partial.replace(work_dir / REJECTS_NAME)
        _gather(work_dir, buckets, random)
    finally:
        buckets.close_all()
        partial.unlink(missing_ok=True)


def _bucket_counts(spool: Spool, ledger: Ledger) -> npt.NDArray[np.int64]:
    """How many buckets each part gets, by the size that its lines will have."""
    assert ledger.part is not None
    rows = np.bincount(ledger.part[ledger.alive], minlength=len(PART_NAMES))
    size_bytes = rows * (spool.path.stat().st_size / max(1, spool.rows))
    bucket = max(BUCKET_BYTES, size_bytes.sum() / MOST_BUCKETS)
    counts: npt.NDArray[np.int64] = np.maximum(1, np.ceil(size_bytes / bucket)).astype(np.int64)
    return counts


def _final_lines(ledger: Ledger, batch: RowTexts, kept: npt.NDArray[np.int64], style: LineStyle) -> pa.Array:
    """The lines of the kept rows of a batch, in the order of `kept`."""
    if ledger.frame.mapping.task is not Task.CHAT or style.format is ExampleFormat.COMPLETION:
        return style.lines(*_final_texts(ledger, batch, kept))
    rows = pa.array(kept)
    examples = batch.batch.column(EXAMPLE).take(rows)
    needy = np.flatnonzero(_needy(ledger, batch, kept))
    if len(needy):
        made = examples.to_pylist()
        for place in needy.tolist():
            made[place] = mended_line(made[place], ledger.mended.blemishes)
        examples = pa.array(made, pa.string())
    return style.chat_lines(examples, batch.batch.column(SYSTEM).take(rows))


def _final_texts(ledger: Ledger, batch: RowTexts, kept: npt.NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
    """The kept texts and answers as they are taught: mended, cut, labels merged or numbered."""
    rows = pa.array(kept)
    needy = _needy(ledger, batch, kept)
    texts = mended_texts(batch.text.take(rows), needy, ledger.mended.blemishes)
    texts = _cut(texts, ledger.excess, kept + batch.start)
    if not ledger.frame.has_classes:
        return texts, mended_texts(batch.answer.take(rows), needy, ledger.mended.blemishes)
    codes = pa.array(ledger.label[kept + batch.start])
    return texts, pa.array(ledger.taught or ledger.labels, pa.string()).take(codes)


def _needy(ledger: Ledger, batch: RowTexts, kept: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the kept rows are to be mended."""
    flags = ledger.frame.flags[kept + batch.start] & np.uint32(ledger.mended.flags)
    return np.asarray(flags != 0, np.bool_)


def _cut(texts: pa.Array, excess: dict[int, int], rows: npt.NDArray[np.int64]) -> pa.Array:
    """The texts, those of the rows in `excess` cut by so many tokens."""
    places = [place for place, row in enumerate(rows.tolist()) if row in excess] if excess else []
    if not places:
        return texts
    made = texts.to_pylist()
    for place in places:
        tokens = count_tokens([made[place]])[0]
        made[place] = cut_to_tokens(made[place], tokens - excess[int(rows[place])]).rstrip()
    return pa.array(made, pa.string())


def _gather(work_dir: Path, buckets: _Buckets, random: np.random.Generator) -> None:
    for part, name in enumerate(PART_NAMES):
        partial = work_dir / f"{JSONL_NAMES[name]}.partial"
        with partial.open("wb", buffering=0) as out:
            for number in range(buckets.starts[part], buckets.starts[part] + buckets.counts[part]):
                for piece in buckets.shuffled(number, random):
                    out.write(piece)
            empty = out.tell() == 0
        if empty:
            partial.unlink()
            (work_dir / JSONL_NAMES[name]).unlink(missing_ok=True)
        else:
            partial.replace(work_dir / JSONL_NAMES[name])

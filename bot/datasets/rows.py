"""The rows of a spool as texts and answers: the template filled in, trimmed, what all of them share taken off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.chats import TECHNICAL
from bot.datasets.columns import Mapping
from bot.datasets.entities import entity_answers
from bot.datasets.files import class_names
from bot.datasets.kernels import trimmed
from bot.datasets.spool import FILE, LINE, Spool
from bot.datasets.templates import Template, parse_template
from bot.domain import Task


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
    technical = [name for name in TECHNICAL if name in spool.columns] if mapping.task is Task.CHAT else []
    wanted = list(dict.fromkeys((*mapping.columns(spool.columns), *technical, LINE)))
    if spool.has_file:
        wanted.append(FILE)
    start = 0
    for batch in spool.batches(None if everything else wanted):
        yield texts_of(batch, template, mapping, start)
        start += batch.num_rows


def texts_of(batch: pa.RecordBatch, template: Template, mapping: Mapping, start: int) -> RowTexts:
    """The texts and answers of one batch."""
    raw_text = template.render(batch)
    raw_answer = _answers(batch, mapping.label)
    text_prefix, text_suffix, answer_prefix, answer_suffix = mapping.strip
    text = _bare(trimmed(raw_text), text_prefix, text_suffix)
    answer = _bare(trimmed(raw_answer), answer_prefix, answer_suffix)
    if mapping.task is Task.EXTRACTION:
        answer = entity_answers(text, answer)
    return RowTexts(
        start=start, raw_text=raw_text, raw_answer=raw_answer, text=text, answer=answer, batch=batch
    )


LONGEST = (1 << 31) - 1
"""More characters than a cell has."""


def _bare(texts: pa.Array, prefix: str, suffix: str) -> pa.Array:
    """The texts without a prefix and a suffix, those that have them."""
    if prefix:
        without = trimmed(pc.utf8_slice_codeunits(texts, len(prefix), LONGEST))
        texts = pc.if_else(pc.starts_with(texts, prefix), without, texts)
    if suffix:
        # A slice with a negative end leaves texts that are shorter than the suffix empty; they do not end with it.
        without = trimmed(pc.utf8_slice_codeunits(texts, 0, -len(suffix)))
        texts = pc.if_else(pc.ends_with(texts, suffix), without, texts)
    return texts


def _answers(batch: pa.RecordBatch, label: str) -> pa.Array:
    if not label:
        return pa.repeat(pa.scalar("", pa.string()), batch.num_rows)
    if label != FILE:
        return batch.column(label)
    encoded = batch.column(FILE)
    classes = pa.array(class_names(encoded.dictionary.to_pylist()), pa.string())
    return classes.take(encoded.indices)

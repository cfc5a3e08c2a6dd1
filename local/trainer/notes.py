"""Sentences for the started line: what the trainer decided about a job, and why."""

from collections.abc import Sequence

from local.trainer.arrays import Rows
from local.trainer.bases import BaseModel
from local.trainer.classweights import is_lopsided, label_counts
from local.trainer.manifest import Manifest
from local.trainer.ngrams import NgramConfig
from local.trainer.wordpieces import MAX_TOKENS, token_ids

TEXTS_AT_ONCE = 1_000
"""The tokenizer keeps some hundred bytes a token of the texts that it is given together."""


def fold_notes(base: BaseModel, folds: Rows | None, examples: int) -> Sequence[str]:
    """What the model is scored on."""
    if folds is None:
        return ["The validation file's loss chooses the epoch, the blend and the temperature."]
    held_out, count = int((folds >= 0).sum()), int(folds.max()) + 1
    if base.tunes_encoder:
        return [
            f"No validation file: {held_out:,} of the {examples:,} examples are kept out of training; their losses "
            "choose the epoch, the blend and the temperature."
        ]
    if count == 1:
        return [
            f"No validation file: a shadow of the model trains on the same batches without {held_out:,} of the "
            f"{examples:,} examples and is scored on those; its losses choose the epoch, the blend and the "
            "temperature. The model itself sees every example."
        ]
    return [
        f"No validation file and few examples: {count} shadows of the model each leave out a fifth of the examples "
        "and are scored on it (cross-validation). The model itself sees every example."
    ]


def parent_notes(parent: Manifest | None, replayed: int, *, warm: bool) -> Sequence[str]:
    """What a continued job takes over."""
    if parent is None:
        return []
    start = "starts from its weights" if warm else "trains its heads anew"
    return [
        f"Continued from {parent.output_model}: {replayed:,} of its examples are trained on again beside "
        f"the new ones, so that they are not forgotten; the model {start}."
    ]


def weight_notes(targets: Rows, labels: int) -> Sequence[str]:
    """Whether rare labels are weighed up."""
    counts = label_counts(targets, labels)
    if not is_lopsided(counts):
        return []
    seen = counts[counts > 0]
    return [
        f"Labels are lopsided ({seen.max():,} examples of the commonest, {seen.min():,} of the rarest): rare ones "
        "weigh more in the loss."
    ]


def length_notes(base: BaseModel, texts: Sequence[str]) -> Sequence[str]:
    """What of long texts is read. A text of fewer characters than the encoder reads tokens cannot be too long."""
    if base.sha256 is None:
        return []
    long = [text for text in texts if len(text) > MAX_TOKENS]
    cut = 0
    for start in range(0, len(long), TEXTS_AT_ONCE):
        cut += sum(len(ids) == MAX_TOKENS for ids in token_ids(long[start : start + TEXTS_AT_ONCE]))
    if not cut:
        return []
    return [
        f"{cut:,} of {len(texts):,} texts are longer than the {MAX_TOKENS} word pieces that the encoder reads: of those "
        f"it sees the beginning, the n-grams the first {NgramConfig().max_characters:,} characters."
    ]

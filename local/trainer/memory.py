"""What a job will need of memory, figured out before it begins, and the bound that keeps it there."""

import numpy as np

from local.trainer.arrays import Doubles
from local.trainer.encodedtexts import CHARACTERS_PER_TOKEN
from local.trainer.errors import JobTooLarge
from local.trainer.material import Material
from local.trainer.ngrams import CHUNK_CHARACTERS
from local.trainer.parts import ATTENTION, FIRST_LAYER, NGRAMS, vector_width
from local.trainer.vocabulary import MAX_FEATURES
from local.trainer.wordpieces import MAX_TOKENS

MEGABYTE = 1_000_000
PROCESS_MB = 120
"""Python, numpy and the reading of files, measured on an empty job."""
ENCODER_MB = 330
"""The encoder's session without an arena and its largest batch, measured."""
TUNED_MB = 600
TUNED_MB_PER_TOKEN = 0.25
DEVIATIONS = 6.0
"""Of the encoder under training: 1,130 MB at the peak with batches of 32 texts of 27 tokens, measured."""
ATTENTION_MB = 30
"""Weights, moments and one run of tokens of an attention head."""
BYTES_PER_ROW = 1_000
BYTES_PER_CHARACTER = 10
"""Texts and their rows, and the different n-grams while they are counted: 304 MB with 10,000 texts and 2.4 million
characters, 466 with 120,000 and 28 million, 476 with 156,000 and 4.4 million, `ngram-hash-1`, measured."""
HASHING_BYTES_PER_CHARACTER = 210
"""Of one chunk, while it is hashed; what comes of it lies on disk."""
SMALLEST_VOCABULARY = 20_000
FLOAT_BYTES = 4


def _tuning_mb(material: Material) -> float:
    """A tuned encoder's weights, moments and derivatives, and what the largest batch keeps for its way back."""
    if not material.base.tunes_encoder:
        return 0.0
    characters = np.array([len(text) for text in material.texts])
    tokens = np.minimum(MAX_TOKENS, characters / CHARACTERS_PER_TOKEN + 2)
    return TUNED_MB + _most_tokens(tokens, material.plan.hyperparameters.batch_size) * TUNED_MB_PER_TOKEN


def _most_tokens(tokens: Doubles, size: int) -> float:
    """Of the largest batch that a shuffle will make: batches are drawn at random, and their sums stay within DEVIATIONS
    standard deviations of the mean; never more than the longest texts together."""
    longest = np.sort(tokens)[-size:].sum()
    drawn = size * tokens.mean() + DEVIATIONS * tokens.std() * size**0.5
    return float(min(longest, drawn))


def _trainees(material: Material) -> int:
    folds = material.plan.folds
    return 1 if folds is None or material.base.tunes_encoder else 2 + int(folds.max())


def _fixed_mb(material: Material) -> float:
    """Everything but the n-gram weights."""
    parts, labels, trainees = material.base.parts, len(material.labels), _trainees(material)
    characters = sum(len(text) for text in material.texts)
    vectors = [part for part in parts if part in FIRST_LAYER]
    heads = sum(vector_width(part) for part in vectors) * labels * 3 * FLOAT_BYTES * trainees
    rows = len(material.texts) * BYTES_PER_ROW + characters * BYTES_PER_CHARACTER
    if NGRAMS in parts:
        rows += min(characters, CHUNK_CHARACTERS) * HASHING_BYTES_PER_CHARACTER
    scores = len(material.plan.validation_rows) * labels * FLOAT_BYTES * (3 + len(parts)) * 2
    return (
        PROCESS_MB
        + _tuning_mb(material)
        + (ENCODER_MB if vectors else 0)
        + (ATTENTION_MB * trainees if ATTENTION in parts else 0)
        + (heads + rows + scores) / MEGABYTE
    )


def _mb_per_feature(material: Material) -> float:
    """Weights and squared gradients of every trainee, and the copies that saving them takes."""
    return len(material.labels) * FLOAT_BYTES * 2 * 2 * _trainees(material) / MEGABYTE


def needed_mb(material: Material) -> int:
    """Megabytes that the job needs with the smallest n-gram vocabulary worth having."""
    return round(_fixed_mb(material) + SMALLEST_VOCABULARY * _mb_per_feature(material))


def require_memory(material: Material, *, limit_mb: int) -> None:
    """Refuse a job that would not fit. Raises JobTooLarge with the figure."""
    needed = needed_mb(material)
    if needed > limit_mb:
        raise JobTooLarge(
            f"This job would need about {needed:,} MB of memory for {material.examples:,} examples and "
            f"{len(material.labels):,} labels; it may use {limit_mb:,} MB. Raise the memory limit or train on fewer "
            "examples",
            param="training_file",
        )


def features_that_fit(material: Material, *, limit_mb: int) -> int:
    """N-grams that get weights within the memory left, at most MAX_FEATURES."""
    room = (limit_mb - _fixed_mb(material)) / _mb_per_feature(material)
    return max(SMALLEST_VOCABULARY, min(MAX_FEATURES, int(room)))

"""What a job of a model that writes trains on: encoded examples, which are held out, batches, and the memory for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from local.trainer.arrays import Rows
from local.trainer.auto import Hyperparameters
from local.trainer.errors import JobTooLarge
from local.trainer.generation.tokens import Encoded

CONTEXT_TOKENS = 2_048
"""The longest example; longer ones are cut at the end, as OpenAI's fine-tuning guide has it (Nov 2026)."""
HELD_OUT_SHARE, MOST_HELD_OUT = 0.1, 100
SAMPLE = 2
"""Validation examples scored beside each reported step."""
MOST_TOKENS_AT_ONCE = 1_024
MEGABYTE = 1_000_000
PROCESS_MB = 420
"""Python with torch, transformers and peft loaded, measured 2026-11-21."""
ADAM_BYTES = 4 * 4
"""A tuned weight in float32, its gradient and its two moments."""
SAVED_BYTES = 4 * 4
"""The same once more while they are saved."""
LOGIT_BYTES = 10
"""A logit of the output layer: bfloat16, float32, and its gradient."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Rows 0 to `trained`-1 of `examples` are trained on, those after them are validated on."""

    examples: tuple[Encoded, ...]
    trained: int
    hyperparameters: Hyperparameters
    seed: int
    tokens_at_once: int
    saves_memory: bool

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch, the last one perhaps smaller."""
        return -(-self.trained // self.hyperparameters.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps if no epoch is saved by stopping early."""
        return self.steps_per_epoch * self.hyperparameters.n_epochs

    @property
    def tokens_per_epoch(self) -> int:
        """Ids that one epoch passes through training, by the base's own tokenizer."""
        return sum(len(one.ids) for one in self.examples[: self.trained])

    def batch(self, epoch: int, step: int) -> Rows:
        """The rows of one step, another order each epoch."""
        order = np.random.default_rng([self.seed, epoch]).permutation(self.trained)
        size = self.hyperparameters.batch_size
        rows: Rows = order[step * size : (step + 1) * size]
        return rows

    def pieces(self, examples: Sequence[Encoded]) -> Iterator[list[Encoded]]:
        """The examples in groups of similar length that fit into memory at once, padding counted."""
        piece: list[Encoded] = []
        for one in sorted(examples, key=lambda one: len(one.ids)):
            if piece and len(one.ids) * (len(piece) + 1) > self.tokens_at_once:
                yield piece
                piece = []
            piece.append(one)
        if piece:
            yield piece


def held_out(count: int, *, seed: int) -> tuple[list[int], list[int]]:
    """Rows to train on and rows to validate on, each in file order, where there is no validation file."""
    size = max(1, min(MOST_HELD_OUT, int(count * HELD_OUT_SHARE)))
    chosen = set(np.random.default_rng([seed, 0]).permutation(count)[:size].tolist())
    return [row for row in range(count) if row not in chosen], sorted(chosen)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What of a base decides about memory: counts of weights, layers, widths, and bytes a frozen weight."""

    weights: int
    tuned: int
    layers: int
    hidden: int
    inner: int
    vocabulary: int
    weight_bytes: int
    value_bytes: int

    @property
    def fixed_mb(self) -> float:
        """All but the values that a batch keeps for its way back."""
        return (
            PROCESS_MB
            + (self.weights * self.weight_bytes + self.tuned * (ADAM_BYTES + SAVED_BYTES)) / MEGABYTE
        )

    @property
    def mb_per_token(self) -> float:
        """Kept for the way back of one id, with its logits if it is learnt."""
        layer = 14 * self.hidden + 5 * self.inner
        return (layer * self.layers * self.value_bytes + self.vocabulary * LOGIT_BYTES / 2) / MEGABYTE

    @property
    def mb_per_token_saving(self) -> float:
        """The same where each layer is computed again on the way back."""
        layer = 14 * self.hidden + 5 * self.inner
        kept = (self.hidden * self.layers + layer) * self.value_bytes
        return (kept + self.vocabulary * LOGIT_BYTES / 2) / MEGABYTE


@dataclass(frozen=True, kw_only=True)
class Room:
    """How a job fits into its memory: ids at once, and whether layers are computed twice for it."""

    tokens_at_once: int
    saves_memory: bool


def room_for(shape: Shape, *, longest: int, limit_mb: int) -> Room:
    """How examples of up to `longest` ids fit. Raises JobTooLarge with the figure."""
    left = limit_mb - shape.fixed_mb
    plain, saving = int(left / shape.mb_per_token), int(left / shape.mb_per_token_saving)
    if plain >= longest:
        return Room(tokens_at_once=min(MOST_TOKENS_AT_ONCE, plain), saves_memory=False)
    if saving >= longest:
        return Room(tokens_at_once=min(MOST_TOKENS_AT_ONCE, saving), saves_memory=True)
    needed = round(shape.fixed_mb + longest * shape.mb_per_token_saving)
    raise JobTooLarge(
        f"This job would need about {needed:,} MB of memory, its longest example having {longest:,} tokens; it may "
        f"use {limit_mb:,} MB. Raise the memory limit, shorten the examples, or train a smaller base",
        param="training_file",
    )

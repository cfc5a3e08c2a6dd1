"""A head that reads a text token by token: it learns which tokens to heed, and what to take from each.

Eight learned queries weigh the tokens of a text; each weighs a slice of rectified units that are computed from the
token's state. Beside them are rectified units over the text's pooled vectors, and a softmax over both. Mean-pooled
vectors cannot tell which word a "not" belongs to; over five splits of rt-polarity the blend goes from 82.0 to 83.2 %.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from local.trainer.adamw import AdamW
from local.trainer.arrays import Floats, Rows, Tensors
from local.trainer.dropout import Dropout
from local.trainer.heads import loss_gradient
from local.trainer.tokenstates import TokenStates

QUERIES = 8
UNITS = 128
RATE = 1e-3
DECAY = 0.01
DROPPED_INPUTS, DROPPED_UNITS = 0.1, 0.3
TOKENS_PER_RUN = 2_048
"""Bounds what a step holds at once to some 20 MB, however long the texts are."""
TOKEN_WEIGHT, TOKEN_BIAS = "token.weight", "token.bias"
QUERY_WEIGHT = "query.weight"
TEXT_WEIGHT, TEXT_BIAS = "text.weight", "text.bias"
WEIGHT, BIAS = "weight", "bias"


class Attended(NamedTuple):
    """What the head reads of some texts: their tokens' states, and their pooled vectors, float32 [texts, width]."""

    states: TokenStates
    vectors: Floats

    def runs(self) -> Iterator[slice]:
        """The texts in runs of at most TOKENS_PER_RUN tokens, or of one longer text."""
        first, starts = 0, self.states.starts
        while first < len(self.states):
            last = int(np.searchsorted(starts, starts[first] + TOKENS_PER_RUN, side="right")) - 1
            last = max(first + 1, last)
            yield slice(first, last)
            first = last

    def between(self, run: slice) -> "Attended":
        """The texts of a run."""
        return Attended(self.states.between(run.start, run.stop), self.vectors[run])


class _Kept(NamedTuple):
    """One pass forward, for the way back. `shares` [tokens, QUERIES] sum to 1 over a text's tokens."""

    tokens: Floats
    vectors: Floats
    units: Floats
    shares: Floats
    read: Floats
    logits: Floats


def _token_scores(weights: Tensors, tokens: Floats) -> tuple[Floats, Floats]:
    """Rectified units [tokens, UNITS] and the queries' scores [tokens, QUERIES]."""
    units: Floats = tokens @ weights[TOKEN_WEIGHT]
    units += weights[TOKEN_BIAS]
    np.maximum(units, 0, out=units)
    return units, tokens @ weights[QUERY_WEIGHT]


def _shares(scores: Floats, starts: Rows) -> Floats:
    """Softmax of the scores over each text's tokens."""
    counts = np.diff(starts)
    highest = np.maximum.reduceat(scores, starts[:-1], axis=0)
    powers = np.exp(scores - np.repeat(highest, counts, axis=0))
    totals = np.add.reduceat(powers, starts[:-1], axis=0)
    shares: Floats = powers / np.repeat(totals, counts, axis=0)
    return shares


def _widened(shares: Floats) -> Floats:
    """Each query's share once for each unit that it weighs."""
    return np.repeat(shares, UNITS // QUERIES, axis=1)


def _forward(weights: Tensors, tokens: Floats, vectors: Floats, starts: Rows) -> _Kept:
    units, scores = _token_scores(weights, tokens)
    shares = _shares(scores, starts)
    taken = np.add.reduceat(units * _widened(shares), starts[:-1], axis=0)
    own = np.maximum(vectors @ weights[TEXT_WEIGHT] + weights[TEXT_BIAS], 0)
    read: Floats = np.concatenate([taken, own], axis=1)
    logits: Floats = read @ weights[WEIGHT] + weights[BIAS]
    return _Kept(tokens, vectors, units, shares, read, logits)


def attention_logits(weights: Tensors, inputs: Attended) -> Floats:
    """Scores before softmax, without dropout, [texts, labels]."""
    logits: Floats = np.empty((len(inputs.states), len(weights[BIAS])), np.float32)
    for run in inputs.runs():
        some = inputs.between(run)
        logits[run] = _forward(weights, some.states.floats(), some.vectors, some.states.starts).logits
    return logits


def _first_weights(width: int, vector_width: int, labels: int, seed: int) -> dict[str, Floats]:
    generator = np.random.default_rng([seed, 11])

    def drawn(rows: int, columns: int, scale: float) -> Floats:
        numbers: Floats = generator.standard_normal((rows, columns), dtype=np.float32)
        return numbers * np.float32(scale)

    return {
        TOKEN_WEIGHT: drawn(width, UNITS, (2 / width) ** 0.5),
        TOKEN_BIAS: np.zeros(UNITS, np.float32),
        QUERY_WEIGHT: drawn(width, QUERIES, (1 / 3 / width) ** 0.5),
        TEXT_WEIGHT: drawn(vector_width, UNITS, (2 / vector_width) ** 0.5),
        TEXT_BIAS: np.zeros(UNITS, np.float32),
        WEIGHT: np.zeros((2 * UNITS, labels), np.float32),
        BIAS: np.zeros(labels, np.float32),
    }


class AttentionHead:
    """Tokens and pooled vectors to a softmax; AdamW, dropout on what it reads from one seeded stream."""

    def __init__(self, width: int, vector_width: int, labels: int, *, seed: int) -> None:
        """`width` is a token state's, `vector_width` a pooled vector's."""
        self._trained = AdamW(_first_weights(width, vector_width, labels, seed), rate=RATE, decay=DECAY)
        self._seed = seed

    def logits(self, inputs: Attended) -> Floats:
        """Scores of texts."""
        return attention_logits(self._trained.weights, inputs)

    def train(self, inputs: Attended, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One AdamW step; the logits (with dropout on what is read) from before it."""
        shares = example_weights / example_weights.sum(dtype=np.float32)
        logits: Floats = np.empty((len(targets), len(self._trained.weights[BIAS])), np.float32)
        total: dict[str, Floats] = {}
        for run in inputs.runs():
            some = inputs.between(run)
            logits[run], gradients = self._gradients(some, targets[run], shares[run], run.start)
            total = {name: total[name] + value for name, value in gradients.items()} if total else gradients
        self._trained.step(total, rate)
        return logits

    def _gradients(
        self, inputs: Attended, targets: Rows, shares: Floats, salt: int
    ) -> tuple[Floats, dict[str, Floats]]:
        """The logits of a run with dropout, and what the run adds to the step's gradients."""
        weights, starts = self._trained.weights, inputs.states.starts
        seed = [self._seed, self._trained.steps, salt]
        tokens = inputs.states.floats()
        tokens *= Dropout(DROPPED_INPUTS, [*seed, 0]).mask(tokens.shape)
        vectors = inputs.vectors * Dropout(DROPPED_INPUTS, [*seed, 1]).mask(inputs.vectors.shape)
        kept = _forward(weights, tokens, vectors, starts)
        mask = Dropout(DROPPED_UNITS, [*seed, 2]).mask(kept.read.shape)
        read = kept.read * mask
        logits: Floats = np.add(read @ weights[WEIGHT], weights[BIAS], dtype=np.float32)
        by_logits = loss_gradient(logits, targets, shares) * shares.sum(dtype=np.float32)
        by_read = (by_logits @ weights[WEIGHT].T) * mask
        own = {WEIGHT: read.T @ by_logits, BIAS: by_logits.sum(axis=0)}
        return logits, {**own, **_backward(kept, by_read, starts)}

    def weights(self) -> Tensors:
        """Everything that a prediction needs."""
        return dict(self._trained.weights)

    def state(self) -> Tensors:
        """Weights, both moments, and the number of steps."""
        return self._trained.state()

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self._trained.restore(state)


def _backward(kept: _Kept, by_read: Floats, starts: Rows) -> dict[str, Floats]:
    """Derivatives of everything below the softmax over labels."""
    counts = np.diff(starts)
    by_text = by_read[:, UNITS:] * (kept.read[:, UNITS:] > 0)
    by_taken = np.repeat(by_read[:, :UNITS], counts, axis=0)
    by_units = by_taken * _widened(kept.shares) * (kept.units > 0)
    worth = (by_taken * kept.units).reshape(-1, QUERIES, UNITS // QUERIES).sum(axis=2)
    weighed = kept.shares * worth
    mean_worth = np.repeat(np.add.reduceat(weighed, starts[:-1], axis=0), counts, axis=0)
    by_scores = weighed - kept.shares * mean_worth
    return {
        TOKEN_WEIGHT: kept.tokens.T @ by_units,
        TOKEN_BIAS: by_units.sum(axis=0),
        QUERY_WEIGHT: kept.tokens.T @ by_scores,
        TEXT_WEIGHT: kept.vectors.T @ by_text,
        TEXT_BIAS: by_text.sum(axis=0),
    }

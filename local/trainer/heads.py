"""Softmax heads trained from zero by gradient steps: one over vectors (Adam), one over sparse n-grams (Adagrad)."""

from typing import Any, Protocol

import numpy as np

from local.trainer.arrays import Floats, Rows, Tensors, softmax
from local.trainer.ngrams import SparseRows

ADAM_FIRST, ADAM_SECOND, EPSILON = np.float32(0.9), np.float32(0.999), np.float32(1e-8)
VECTOR_RATE = 2e-3
VECTOR_DECAY = np.float32(1e-3)
NGRAM_RATE = 0.3
ADAGRAD_START = np.float32(1e-6)


class Head(Protocol):
    """A part of a model that learns: logits for rows, and one gradient step at a time."""

    def train(self, inputs: Any, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """Make one step; the logits from before it, shape [rows, labels]."""

    def logits(self, inputs: Any) -> Floats:
        """Scores before softmax, shape [rows, labels]."""

    def weights(self) -> Tensors:
        """What a prediction needs."""

    def state(self) -> Tensors:
        """Everything that going on needs, the weights included; live arrays, not copies."""

    def restore(self, state: Tensors) -> None:
        """Take over what `state` gave."""


def loss_gradient(logits: Floats, targets: Rows, example_weights: Floats) -> Floats:
    """Derivative of the weighted mean cross-entropy by the logits."""
    gradient = softmax(logits)
    gradient[np.arange(len(targets)), targets] -= 1
    gradient *= (example_weights / example_weights.sum())[:, None]
    return gradient


class VectorHead:
    """Linear softmax over dense rows; Adam with weight decay."""

    def __init__(self, width: int, labels: int) -> None:
        self._state: dict[str, Floats] = {
            "weight": np.zeros((width, labels), np.float32),
            "bias": np.zeros(labels, np.float32),
            "weight_mean": np.zeros((width, labels), np.float32),
            "weight_square": np.zeros((width, labels), np.float32),
            "bias_mean": np.zeros(labels, np.float32),
            "bias_square": np.zeros(labels, np.float32),
            "steps": np.zeros(1, np.float32),
        }

    def logits(self, inputs: Floats) -> Floats:
        """Scores of dense rows."""
        scores: Floats = inputs @ self._state["weight"] + self._state["bias"]
        return scores

    def train(self, inputs: Floats, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One Adam step."""
        before = self.logits(inputs)
        gradient = loss_gradient(before, targets, example_weights)
        self._state["steps"] += 1
        self._adam("weight", inputs.T @ gradient + VECTOR_DECAY * self._state["weight"], rate * VECTOR_RATE)
        self._adam("bias", gradient.sum(axis=0), rate * VECTOR_RATE)
        return before

    def _adam(self, name: str, gradient: Floats, rate: float) -> None:
        mean, square = self._state[f"{name}_mean"], self._state[f"{name}_square"]
        mean += (1 - ADAM_FIRST) * (gradient - mean)
        square += (1 - ADAM_SECOND) * (gradient * gradient - square)
        steps = float(self._state["steps"][0])
        corrected = rate * (1 - float(ADAM_SECOND) ** steps) ** 0.5 / (1 - float(ADAM_FIRST) ** steps)
        self._state[name] -= np.float32(corrected) * mean / (np.sqrt(square) + EPSILON)

    def weights(self) -> Tensors:
        """weight [width, labels] and bias [labels]."""
        return {"weight": self._state["weight"], "bias": self._state["bias"]}

    def state(self) -> Tensors:
        """Weights, both moments, and the number of steps."""
        return dict(self._state)

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self._state = {name: np.array(value, dtype=np.float32) for name, value in state.items()}


class NgramHead:
    """Linear softmax over sparse rows; Adagrad on the rows of weights that a batch touches.

    `relevance` multiplies the features, whose rows are then scaled to length 1 again; None leaves them as they are.
    """

    def __init__(self, features: int, labels: int, *, relevance: Floats | None = None) -> None:
        self._relevance = relevance
        self._state: dict[str, Floats] = {
            "weight": np.zeros((features, labels), np.float32),
            "bias": np.zeros(labels, np.float32),
            "weight_square": np.full((features, labels), ADAGRAD_START, np.float32),
            "bias_square": np.full(labels, ADAGRAD_START, np.float32),
        }
        self._touched = np.zeros(features, dtype=bool)
        self._place = np.zeros(features, dtype=np.int64)

    def _compact(self, inputs: SparseRows) -> tuple[Rows, Floats]:
        """The features that occur in the rows, and the rows as a dense matrix over just those."""
        self._touched[inputs.columns] = True
        features = np.flatnonzero(self._touched)
        self._touched[features] = False
        self._place[features] = np.arange(len(features))
        dense = np.zeros((len(inputs), len(features)), np.float32)
        owners = np.repeat(np.arange(len(inputs)), np.diff(inputs.starts))
        values = inputs.values
        if self._relevance is not None:
            values = values * self._relevance[inputs.columns]
            lengths = np.sqrt(np.bincount(owners, values.astype(np.float64) ** 2, minlength=len(inputs)))
            values = values / np.maximum(lengths, 1e-9).astype(np.float32)[owners]
        dense[owners, self._place[inputs.columns]] = values
        return features, dense

    def logits(self, inputs: SparseRows) -> Floats:
        """Scores of sparse rows."""
        features, dense = self._compact(inputs)
        scores: Floats = dense @ self._state["weight"][features] + self._state["bias"]
        return scores

    def train(self, inputs: SparseRows, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One Adagrad step."""
        features, dense = self._compact(inputs)
        weight = self._state["weight"][features]
        before: Floats = dense @ weight + self._state["bias"]
        gradient = loss_gradient(before, targets, example_weights)
        by_weight, by_bias = dense.T @ gradient, gradient.sum(axis=0)
        squares = self._state["weight_square"][features] + by_weight * by_weight
        self._state["weight_square"][features] = squares
        step = np.float32(rate * NGRAM_RATE)
        self._state["weight"][features] = weight - step * by_weight / np.sqrt(squares)
        self._state["bias_square"] += by_bias * by_bias
        self._state["bias"] -= step * by_bias / np.sqrt(self._state["bias_square"])
        return before

    def weights(self) -> Tensors:
        """weight [features, labels] and bias [labels]."""
        return {"weight": self._state["weight"], "bias": self._state["bias"]}

    def state(self) -> Tensors:
        """Weights and the sums of squared gradients."""
        return dict(self._state)

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self._state = {name: np.array(value, dtype=np.float32) for name, value in state.items()}

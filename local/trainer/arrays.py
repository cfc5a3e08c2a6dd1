"""Names for the array types that the trainer's signatures speak of."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Halves: TypeAlias = NDArray[np.float16]
Rows: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Tensors: TypeAlias = dict[str, NDArray[Any]]


def log_softmax(logits: Floats) -> Floats:
    """Natural log-probabilities of each row, shape [n, labels]."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    scores: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return scores


def softmax(logits: Floats) -> Floats:
    """Probabilities of each row, shape [n, labels]; rows sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def negative_log_likelihood(log_probabilities: Floats, targets: Rows) -> float:
    """Mean of -log p(target) in nats."""
    return float(-log_probabilities[np.arange(len(targets)), targets].mean(dtype=np.float64))

"""The head that tunes the whole encoder, under torch: steps as `tuned.TunedHead` makes them, bfloat16 where asked for.

Initial weights, halves of a batch, dropout masks, AdamW and the saved state are the same, so in float32 both make the
same steps but for rounding. Weights, moments and the softmax over the labels are float32 always: answering needs no
torch.
"""

from typing import Any

import numpy as np
import torch

from local.trainer.arrays import Floats, Rows, Tensors
from local.trainer.dropout import Dropout
from local.trainer.heads import ADAM_FIRST, ADAM_SECOND, EPSILON
from local.trainer.torchtransformer import Tensor, vectors
from local.trainer.tuned import (
    CLASSIFIER,
    DECAY,
    DROPOUT,
    MAX_GRADIENT,
    WARMUP_STEPS,
    TokenIds,
    decays,
    first_weights,
    halves,
    packed_ids,
    rate_of,
    runs,
)


def _copied(array: Any) -> Tensor:
    """A tensor of torch's own memory: its alignment, on which the last bits of products can hang, is always the same."""
    return torch.from_numpy(np.array(array, dtype=np.float32)).clone()


class TorchTunedHead:
    """The encoder and a softmax over its mean-pooled last layer; the word vectors stay as they are.

    Deterministic for a seed, a precision and a number of threads, with one version of torch on one kind of processor.
    """

    def __init__(self, labels: int, *, seed: int, threads: int, bfloat16: bool) -> None:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        frozen, trained = first_weights(labels)
        self._frozen = {name: torch.from_numpy(value) for name, value in frozen.items()}
        self._weights = {name: _copied(value).requires_grad_() for name, value in trained.items()}
        self._means = {name: torch.zeros_like(value) for name, value in self._weights.items()}
        self._squares = {name: torch.zeros_like(value) for name, value in self._weights.items()}
        self._steps = 0
        self._seed = seed
        self._bfloat16 = bfloat16

    def _scores(self, inputs: TokenIds, *, salt: list[int] | None = None) -> Tensor:
        """Float32 scores [texts, labels]; a salt asks for dropout, and for the precision of training."""
        ids, packed = packed_ids(inputs)
        drop = None if salt is None else Dropout(DROPOUT, [self._seed, *salt])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bfloat16 and drop is not None):
            pooled = vectors({**self._frozen, **self._weights}, ids, packed, drop)
        if salt is not None:
            mask = Dropout(DROPOUT, [self._seed, *salt, 1]).mask(tuple(pooled.shape))
            pooled = pooled * torch.from_numpy(mask)
        return pooled @ self._weights[f"{CLASSIFIER}weight"] + self._weights[f"{CLASSIFIER}bias"]

    def logits(self, inputs: TokenIds) -> Floats:
        """Scores of texts, in float32 as they will be when the model answers."""
        scores: Floats = np.empty((len(inputs), len(self._weights[f"{CLASSIFIER}bias"])), np.float32)
        with torch.no_grad():
            for chosen in runs(inputs):
                scores[chosen] = self._scores([inputs[row] for row in chosen]).numpy()
        return scores

    def train(self, inputs: TokenIds, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One AdamW step; the logits (with dropout) from before it."""
        shares = example_weights / example_weights.sum(dtype=np.float32)
        logits: Floats = np.empty((len(inputs), len(self._weights[f"{CLASSIFIER}bias"])), np.float32)
        for place, group in enumerate(halves(inputs)):
            scores = self._scores([inputs[row] for row in group], salt=[self._steps, place])
            nats = torch.nn.functional.cross_entropy(
                scores, torch.from_numpy(targets[group]), reduction="none"
            )
            (nats * torch.from_numpy(shares[group])).sum().backward()
            logits[group] = scores.detach().numpy()
        with torch.no_grad():
            self._step(rate)
        return logits

    def _step(self, rate: float) -> None:
        self._steps += 1
        gradients = {name: weight.grad for name, weight in self._weights.items()}
        length = float(torch.stack([gradient.norm() for gradient in gradients.values()]).norm())
        clip = min(1.0, MAX_GRADIENT / (length + 1e-6))
        first, second = float(ADAM_FIRST) ** self._steps, float(ADAM_SECOND) ** self._steps
        warm = min(1.0, self._steps / WARMUP_STEPS)
        for name, gradient in gradients.items():
            gradient *= clip
            mean, square, weight = self._means[name], self._squares[name], self._weights[name]
            mean.lerp_(gradient, float(1 - ADAM_FIRST))
            square.lerp_(gradient.square(), float(1 - ADAM_SECOND))
            speed = rate * rate_of(name) * warm / (1 - first)
            if decays(name, weight.ndim):
                weight *= 1 - speed * float(DECAY)
            scale = square.sqrt().mul_((1 - second) ** -0.5).add_(float(EPSILON))
            weight.addcdiv_(mean, scale, value=-speed)
            weight.grad = None

    def weights(self) -> Tensors:
        """Everything tuned, and the classifier; the word vectors are the base's."""
        return {name: weight.detach().numpy() for name, weight in self._weights.items()}

    def state(self) -> Tensors:
        """Weights, moments and the number of steps, under the names that the numpy head gives them."""
        moments = {f"mean/{name}": value.numpy() for name, value in self._means.items()}
        squares = {f"square/{name}": value.numpy() for name, value in self._squares.items()}
        return {**self.weights(), **moments, **squares, "steps": np.array([self._steps], dtype=np.int64)}

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self._steps = int(state["steps"][0])
        for name in self._weights:
            self._weights[name] = _copied(state[name]).requires_grad_()
            self._means[name] = _copied(state[f"mean/{name}"])
            self._squares[name] = _copied(state[f"square/{name}"])

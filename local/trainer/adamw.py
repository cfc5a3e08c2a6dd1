"""AdamW over named weights, with a short warm-up; decay is for matrices alone."""

from collections.abc import Mapping

import numpy as np

from local.trainer.arrays import Floats, Tensors
from local.trainer.heads import ADAM_FIRST, ADAM_SECOND, EPSILON

WARMUP_STEPS = 50


class AdamW:
    """The weights under training, float32, and the two moments of each."""

    def __init__(self, weights: dict[str, Floats], *, rate: float, decay: float) -> None:
        """`rate` and `decay` are those of a full step; the caller's schedule scales the rate."""
        self.weights = weights
        self._means = {name: np.zeros_like(value) for name, value in weights.items()}
        self._squares = {name: np.zeros_like(value) for name, value in weights.items()}
        self._rate = rate
        self._decay = np.float32(decay)
        self.steps = 0

    def step(self, gradients: Mapping[str, Floats], rate: float) -> None:
        """Move each weight against its gradient."""
        self.steps += 1
        first, second = float(ADAM_FIRST) ** self.steps, float(ADAM_SECOND) ** self.steps
        own = np.float32(rate * self._rate * min(1.0, self.steps / WARMUP_STEPS))
        for name, gradient in gradients.items():
            mean, square, weight = self._means[name], self._squares[name], self.weights[name]
            mean += (1 - ADAM_FIRST) * (gradient - mean)
            square += (1 - ADAM_SECOND) * (gradient * gradient - square)
            move = mean / (np.sqrt(square) * np.float32((1 - second) ** -0.5) + EPSILON)
            move *= np.float32(1 / (1 - first))
            if weight.ndim == 2:
                move += self._decay * weight
            weight -= own * move

    def state(self) -> Tensors:
        """Weights, both moments, and the number of steps; live arrays."""
        means = {f"mean/{name}": value for name, value in self._means.items()}
        squares = {f"square/{name}": value for name, value in self._squares.items()}
        return {**self.weights, **means, **squares, "steps": np.array([self.steps], dtype=np.int64)}

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self.steps = int(state["steps"][0])
        for name in self.weights:
            self.weights[name] = np.array(state[name], dtype=np.float32)
            self._means[name] = np.array(state[f"mean/{name}"], dtype=np.float32)
            self._squares[name] = np.array(state[f"square/{name}"], dtype=np.float32)

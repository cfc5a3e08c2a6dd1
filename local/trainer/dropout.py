"""Dropout whose numbers follow from a seed, so that training can be taken up at any step."""

import numpy as np

from local.trainer.arrays import Floats


class Dropout:
    """Inverted dropout from one seeded stream; the same seed drops the same numbers."""

    def __init__(self, share: float, seed: list[int]) -> None:
        self._share = np.float32(share)
        self._generator = np.random.default_rng(seed)

    def mask(self, shape: tuple[int, ...]) -> Floats:
        """0 where dropped, 1/(1-share) elsewhere."""
        kept = self._generator.random(shape, dtype=np.float32) >= self._share
        return kept.astype(np.float32) / (1 - self._share)

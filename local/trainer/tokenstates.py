"""What the frozen encoder knows of each token of a text: three layers in one row of bytes, for the attention head.

The layers are added after each is brought to about the same spread, and rounded to steps of 1/STEPS: 384 bytes a token
in place of 2,304. On rt-polarity a head that reads the sum is within half a point of one that reads them side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats, Rows

STATE_LAYERS = (2, 4, 6)
SPREADS = (0.6, 0.65, 0.35)
"""The standard deviations of those layers' numbers, over the sentences of rt-polarity."""
STEPS = 12.0
LARGEST = 127

Bytes8 = NDArray[np.int8]


@dataclass(frozen=True)
class TokenStates:
    """Token rows of several texts one after the other: `values` int8 [tokens, 384], text i's from `starts[i]` to
    `starts[i + 1]`. No text has none: each has its [CLS] and [SEP]."""

    values: Bytes8
    starts: Rows

    def __len__(self) -> int:
        return len(self.starts) - 1

    def between(self, first: int, last: int) -> "TokenStates":
        """The texts from `first` up to `last`."""
        starts = self.starts[first : last + 1]
        return TokenStates(values=self.values[starts[0] : starts[-1]], starts=starts - starts[0])

    def floats(self) -> Floats:
        """The token rows as numbers, float32."""
        numbers: Floats = self.values.astype(np.float32)
        numbers *= np.float32(1 / STEPS)
        return numbers


def mixed_states(layers: Sequence[Floats]) -> Bytes8:
    """The sum of STATE_LAYERS' token states [..., 384], as bytes of the same shape."""
    total = sum(
        layer * np.float32(STEPS / len(layers) ** 0.5 / spread)
        for layer, spread in zip(layers, SPREADS, strict=True)
    )
    return np.clip(np.rint(total), -LARGEST, LARGEST).astype(np.int8)


def packed_states(texts: Sequence[Bytes8]) -> TokenStates:
    """The texts' rows one after the other."""
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(rows) for rows in texts], out=starts[1:])
    values = np.concatenate(texts) if texts else np.empty((0, 0), np.int8)
    return TokenStates(values=values, starts=starts)

"""The bits a row can carry, set while the spool is read the first time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bot.datasets.kernels import TextBytes

EMPTY_TEXT = 1
EMPTY_LABEL = 2


def flags_of(texts: pa.Array, answers: pa.Array) -> npt.NDArray[np.uint32]:
    """The flags of each row of a batch."""
    flags = np.zeros(len(texts), np.uint32)
    flags[~TextBytes(texts).filled] |= np.uint32(EMPTY_TEXT)
    flags[~TextBytes(answers).filled] |= np.uint32(EMPTY_LABEL)
    return flags

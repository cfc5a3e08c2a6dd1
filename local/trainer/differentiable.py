"""The pieces of a transformer with their derivatives, on packed tokens: [tokens, width], no padding rows.

Each forward function gives its result and what its backward function needs. `gelu` takes the error function of
Abramowitz and Stegun, formula 7.1.26 (error below 1.5e-7); numpy has none.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats, Rows

NORM_EPSILON = 1e-12
ERF_P = 0.3275911
ERF_TERMS = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
MASKED = -1e9


class NormKept(NamedTuple):
    """What `norm_backward` needs."""

    normal: Floats
    deviation: Floats


def norm(inputs: Floats, weight: Floats, bias: Floats) -> tuple[Floats, NormKept]:
    """Layer normalisation of each row."""
    centred = inputs - inputs.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + inputs.dtype.type(NORM_EPSILON))
    normal = centred / deviation
    return normal * weight + bias, NormKept(normal, deviation)


def norm_backward(gradient: Floats, weight: Floats, kept: NormKept) -> tuple[Floats, Floats, Floats]:
    """Derivatives by the inputs, the weight and the bias."""
    by_normal = gradient * weight
    along = (by_normal * kept.normal).mean(axis=1, keepdims=True)
    by_inputs = (by_normal - by_normal.mean(axis=1, keepdims=True) - kept.normal * along) / kept.deviation
    return by_inputs, (gradient * kept.normal).sum(axis=0), gradient.sum(axis=0)


class GeluKept(NamedTuple):
    """What `gelu_backward` needs: the slope at every input."""

    slope: Floats


def gelu(inputs: Floats) -> tuple[Floats, GeluKept]:
    """x times the normal distribution function of x."""
    real = inputs.dtype.type
    bell = np.exp(np.square(inputs) * real(-0.5))
    share = 1 / (1 + real(ERF_P / np.sqrt(2)) * np.abs(inputs))
    tail = np.full_like(inputs, real(ERF_TERMS[0]))
    for term in ERF_TERMS[1:]:
        tail *= share
        tail += real(term)
    tail *= share
    tail *= bell
    tail *= real(0.5)
    below = np.where(inputs >= 0, 1 - tail, tail)
    bell *= inputs
    bell *= real(1 / np.sqrt(2 * np.pi))
    return inputs * below, GeluKept(below + bell)


def gelu_backward(gradient: Floats, kept: GeluKept) -> Floats:
    """Derivative by the inputs."""
    return gradient * kept.slope


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Where each packed token stands: its text and its place in it; texts of different lengths side by side."""

    text: Rows
    place: Rows
    lengths: Rows

    @property
    def shape(self) -> tuple[int, int]:
        """Texts, and tokens of the longest."""
        return len(self.lengths), int(self.lengths.max())

    def spread(self, packed: Floats) -> Floats:
        """[tokens, width] to [texts, longest, width], zeros behind the shorter texts."""
        padded = np.zeros((*self.shape, packed.shape[1]), dtype=packed.dtype)
        padded[self.text, self.place] = packed
        return padded

    def gathered(self, padded: Floats) -> Floats:
        """[texts, longest, width] to [tokens, width]."""
        chosen: Floats = padded[self.text, self.place]
        return chosen

    def mean(self, packed: Floats) -> Floats:
        """The mean over each text's tokens, [texts, width]."""
        starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        sums: Floats = np.add.reduceat(packed, starts, axis=0)
        return np.asarray(sums / self.lengths[:, None], dtype=packed.dtype)

    def mean_backward(self, gradient: Floats) -> Floats:
        """Derivative of `mean` by the packed tokens."""
        shared: Floats = np.asarray(gradient / self.lengths[:, None], dtype=gradient.dtype)
        return shared[self.text]


def packing(lengths: NDArray[np.int64]) -> Packing:
    """The packing of texts of these token counts, one after the other."""
    text = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    return Packing(text=text, place=np.arange(len(text)) - starts[text], lengths=lengths)


class AttentionKept(NamedTuple):
    """What `attention_backward` needs, [texts, heads, longest, …]."""

    query: Floats
    key: Floats
    value: Floats
    shares: Floats
    dropped: Floats | None


def attention(
    qkv: Floats, packed: Packing, heads: int, drop: Floats | None = None
) -> tuple[Floats, AttentionKept]:
    """Scaled dot-product attention within each text; `drop` multiplies the attention shares (inverted dropout)."""
    texts, longest = packed.shape
    width = qkv.shape[1] // 3
    split = packed.spread(qkv).reshape(texts, longest, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
    query, key, value = (np.ascontiguousarray(part) for part in split)
    scores = query @ key.swapaxes(2, 3)
    scores *= qkv.dtype.type((width // heads) ** -0.5)
    absent = np.arange(longest)[None, :] >= packed.lengths[:, None]
    scores += np.where(absent, qkv.dtype.type(MASKED), qkv.dtype.type(0))[:, None, None, :]
    scores -= scores.max(axis=3, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=3, keepdims=True)
    used = scores if drop is None else scores * drop
    mixed = (used @ value).transpose(0, 2, 1, 3).reshape(texts, longest, width)
    return packed.gathered(mixed), AttentionKept(query, key, value, scores, drop)


def attention_backward(gradient: Floats, packed: Packing, kept: AttentionKept) -> Floats:
    """Derivative by qkv."""
    texts, heads, longest, per_head = kept.query.shape
    by_mixed = packed.spread(gradient).reshape(texts, longest, heads, per_head).transpose(0, 2, 1, 3)
    used = kept.shares if kept.dropped is None else kept.shares * kept.dropped
    by_value = used.swapaxes(2, 3) @ by_mixed
    by_shares = by_mixed @ kept.value.swapaxes(2, 3)
    if kept.dropped is not None:
        by_shares *= kept.dropped
    by_scores = kept.shares * (by_shares - (by_shares * kept.shares).sum(axis=3, keepdims=True))
    by_scores *= gradient.dtype.type(per_head**-0.5)
    by_query = by_scores @ kept.key
    by_key = by_scores.swapaxes(2, 3) @ kept.query
    stacked = np.stack([by_query, by_key, by_value]).transpose(1, 3, 0, 2, 4)
    return packed.gathered(stacked.reshape(texts, longest, 3 * heads * per_head))

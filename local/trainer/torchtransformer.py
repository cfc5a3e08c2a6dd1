"""The encoder under torch: what `transformer` computes, on the same packed tokens; autograd finds the derivatives.

Under autocast the matrix products are in bfloat16; sums along the residual, softmax and normalisation stay in float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from local.trainer.arrays import Floats, Rows
from local.trainer.differentiable import MASKED, NORM_EPSILON, Packing
from local.trainer.dropout import Dropout
from local.trainer.transformer import HEADS, layer_count

Tensor: TypeAlias = Any
"""A torch.Tensor; torch is optional, and its types are left aside."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """A packing as torch needs it: each token's place in its text and in the padded rows, and which of those are empty."""

    texts: int
    longest: int
    place: Tensor
    padded: Tensor
    absent: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, packed: Packing) -> "Places":
        """The same packing."""
        texts, longest = packed.shape
        lengths = torch.from_numpy(packed.lengths)
        return cls(
            texts=texts,
            longest=longest,
            place=torch.from_numpy(packed.place),
            padded=torch.from_numpy(packed.text * longest + packed.place),
            absent=(torch.arange(longest)[None, :] >= lengths[:, None])[:, None, None, :],
            lengths=lengths[:, None],
        )

    def spread(self, tokens: Tensor) -> Tensor:
        """[tokens, width] to [texts, longest, width], zeros behind the shorter texts."""
        width = tokens.shape[1]
        rows = tokens.new_zeros((self.texts * self.longest, width)).index_copy(0, self.padded, tokens)
        return rows.view(self.texts, self.longest, width)

    def gathered(self, padded: Tensor) -> Tensor:
        """[texts, longest, width] to [tokens, width]."""
        return padded.reshape(self.texts * self.longest, -1).index_select(0, self.padded)


def vectors(weights: Mapping[str, Tensor], ids: Rows, packed: Packing, dropout: Dropout | None) -> Tensor:
    """The mean over each text's tokens of the last layer, float32 [texts, width].

    The dropout masks are those that `transformer.forward` would draw, in the same order.
    """
    where = Places.of(packed)
    words = weights["words"].index_select(0, torch.from_numpy(ids))
    places = weights["positions"].index_select(0, where.place)
    states = _dropped(_normed(weights, "norm", words + places + weights["kinds"][0]), dropout)
    for layer in range(layer_count(weights)):
        states = _layer(weights, f"{layer}.", states, where, dropout)
    return where.spread(states).sum(1) / where.lengths


def _layer(
    weights: Mapping[str, Tensor], prefix: str, inputs: Tensor, where: Places, dropout: Dropout | None
) -> Tensor:
    def linear(name: str, rows: Tensor) -> Tensor:
        return torch.addmm(weights[f"{prefix}{name}.bias"], rows, weights[f"{prefix}{name}.weight"])

    attended = _attention(linear("qkv", inputs), where, dropout)
    branch = _dropped(linear("attended", attended), dropout)
    middle = _normed(weights, f"{prefix}norm1", inputs + branch)
    widened = torch.nn.functional.gelu(linear("widen", middle))
    branch = _dropped(linear("narrow", widened), dropout)
    return _normed(weights, f"{prefix}norm2", middle + branch)


def _attention(qkv: Tensor, where: Places, dropout: Dropout | None) -> Tensor:
    per_head = qkv.shape[1] // 3 // HEADS
    split = where.spread(qkv).view(where.texts, where.longest, 3, HEADS, per_head)
    query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
    scores = (query @ key.transpose(2, 3)).float() * per_head**-0.5
    shares = _dropped(scores.masked_fill(where.absent, MASKED).softmax(dim=3), dropout)
    return where.gathered((shares @ value).transpose(1, 2))


def _normed(weights: Mapping[str, Tensor], name: str, inputs: Tensor) -> Tensor:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return torch.nn.functional.layer_norm(inputs, weight.shape, weight, bias, NORM_EPSILON)


def _dropped(inputs: Tensor, dropout: Dropout | None) -> Tensor:
    if dropout is None:
        return inputs
    mask: Floats = dropout.mask(tuple(inputs.shape))
    return inputs * torch.from_numpy(mask)

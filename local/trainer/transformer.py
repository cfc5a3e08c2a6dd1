"""The encoder as a trainable network in numpy: token ids to one vector a text, and derivatives back to every weight."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from local.trainer.arrays import Floats, Rows
from local.trainer.differentiable import (
    AttentionKept,
    GeluKept,
    NormKept,
    Packing,
    attention,
    attention_backward,
    gelu,
    gelu_backward,
    norm,
    norm_backward,
)
from local.trainer.dropout import Dropout

HEADS = 12
Weights = Mapping[str, Floats]
Gradients = dict[str, Floats]


class LayerKept(NamedTuple):
    """What a layer's backward pass needs."""

    inputs: Floats
    attention: AttentionKept
    attended: Floats
    drop1: Floats | None
    norm1: NormKept
    middle: Floats
    gelu: GeluKept
    widened: Floats
    drop2: Floats | None
    norm2: NormKept


class Kept(NamedTuple):
    """What the whole backward pass needs."""

    packed: Packing
    ids: Rows
    norm: NormKept
    drop: Floats | None
    layers: list[LayerKept]


def layer_count(weights: Weights) -> int:
    """Layers that these weights have."""
    return 1 + max(int(name.split(".")[0]) for name in weights if name[0].isdigit())


def vectors(weights: Weights, ids: Rows, packed: Packing) -> Floats:
    """The mean over each text's tokens of the last layer, [texts, width]; nothing is kept on the way."""
    states, _ = _embedded(weights, ids, packed)
    for layer in range(layer_count(weights)):
        states, _ = _layer(weights, f"{layer}.", states, packed, None)
    return packed.mean(states)


def _embedded(weights: Weights, ids: Rows, packed: Packing) -> tuple[Floats, NormKept]:
    summed = weights["words"][ids] + weights["positions"][packed.place] + weights["kinds"][0]
    return norm(summed, weights["norm.weight"], weights["norm.bias"])


def forward(weights: Weights, ids: Rows, packed: Packing, dropout: Dropout | None) -> tuple[Floats, Kept]:
    """What `vectors` gives, with dropout where asked for, and what `backward` needs."""
    states, kept_norm = _embedded(weights, ids, packed)
    drop = dropout.mask(states.shape) if dropout else None
    if drop is not None:
        states = states * drop
    layers = []
    for layer in range(layer_count(weights)):
        states, kept = _layer(weights, f"{layer}.", states, packed, dropout)
        layers.append(kept)
    return packed.mean(states), Kept(packed, ids, kept_norm, drop, layers)


def _layer(
    weights: Weights, prefix: str, inputs: Floats, packed: Packing, dropout: Dropout | None
) -> tuple[Floats, LayerKept]:
    def linear(name: str, rows: Floats) -> Floats:
        product: Floats = rows @ weights[f"{prefix}{name}.weight"]
        product += weights[f"{prefix}{name}.bias"]
        return product

    texts, longest = packed.shape
    drop0 = dropout.mask((texts, HEADS, longest, longest)) if dropout else None
    attended, kept_attention = attention(linear("qkv", inputs), packed, HEADS, drop0)
    branch = linear("attended", attended)
    drop1 = dropout.mask(branch.shape) if dropout else None
    if drop1 is not None:
        branch *= drop1
    middle, kept1 = norm(inputs + branch, weights[f"{prefix}norm1.weight"], weights[f"{prefix}norm1.bias"])
    widened, kept_gelu = gelu(linear("widen", middle))
    branch = linear("narrow", widened)
    drop2 = dropout.mask(branch.shape) if dropout else None
    if drop2 is not None:
        branch *= drop2
    states, kept2 = norm(middle + branch, weights[f"{prefix}norm2.weight"], weights[f"{prefix}norm2.bias"])
    return states, LayerKept(
        inputs, kept_attention, attended, drop1, kept1, middle, kept_gelu, widened, drop2, kept2
    )


def backward(weights: Weights, gradient: Floats, kept: Kept) -> Gradients:
    """Derivatives by every weight but the word vectors, given the derivative by the texts' vectors."""
    gradients: Gradients = {}
    states = kept.packed.mean_backward(gradient)
    for layer in reversed(range(len(kept.layers))):
        states = _layer_backward(weights, f"{layer}.", states, kept.packed, kept.layers[layer], gradients)
    if kept.drop is not None:
        states = states * kept.drop
    states, gradients["norm.weight"], gradients["norm.bias"] = norm_backward(
        states, weights["norm.weight"], kept.norm
    )
    by_positions = np.zeros_like(weights["positions"])
    np.add.at(by_positions, kept.packed.place, states)
    gradients["positions"] = by_positions
    return gradients


def _layer_backward(
    weights: Weights, prefix: str, gradient: Floats, packed: Packing, kept: LayerKept, gradients: Gradients
) -> Floats:
    def linear(name: str, inputs: Floats, by_output: Floats) -> Floats:
        gradients[f"{prefix}{name}.weight"] = inputs.T @ by_output
        gradients[f"{prefix}{name}.bias"] = by_output.sum(axis=0)
        by_inputs: Floats = by_output @ weights[f"{prefix}{name}.weight"].T
        return by_inputs

    def normed(name: str, by_output: Floats, kept_norm: NormKept) -> Floats:
        found = norm_backward(by_output, weights[f"{prefix}{name}.weight"], kept_norm)
        by_inputs, gradients[f"{prefix}{name}.weight"], gradients[f"{prefix}{name}.bias"] = found
        return by_inputs

    by_sum = normed("norm2", gradient, kept.norm2)
    branch = by_sum if kept.drop2 is None else by_sum * kept.drop2
    by_widened = gelu_backward(linear("narrow", kept.widened, branch), kept.gelu)
    by_middle = by_sum + linear("widen", kept.middle, by_widened)
    by_sum = normed("norm1", by_middle, kept.norm1)
    branch = by_sum if kept.drop1 is None else by_sum * kept.drop1
    by_attended = linear("attended", kept.attended, branch)
    return by_sum + linear("qkv", kept.inputs, attention_backward(by_attended, packed, kept.attention))

"""The encoder as an ONNX graph of our own: the package's int8 matrices, multiplied as they are.

The file in the package scales its int8 matrices back to float32 and multiplies those, in some 260 small operations.
This graph multiplies int8 by int8: each token's numbers are rounded to 8 bits by a scale of their own, and the sums are
whole numbers, so a token's result is the same to the bit whatever runs beside it. Attention, GELU and normalisation are
onnxruntime's own operators. Measured on banking77's test texts: cosine to float32 arithmetic 0.998 in the last layer
(0.995 at least); 2.0 CPU ms a text in place of 5.8 with the package's graph.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats
from local.trainer.onnxfile import (
    CONTRIBUTED,
    GRAPH_INPUT,
    GRAPH_OUTPUT,
    constant,
    float_value,
    model,
    node,
)

HEADS = 12
TRIPLE = ("query", "key", "value")
NORM_EPSILON = 1e-12
SUMMED = "states"
MIDDLE = 128
"""The byte that stands for zero where numbers lie on both sides of it; MIDDLE - 1 steps up and down."""
LOW, LOWEST_GELU = 32, 0.17
"""The byte that stands for zero after GELU, which nowhere goes below -LOWEST_GELU: the steps above it are finer so."""


class Int8Matrix(NamedTuple):
    """Multiplies from the right; `values` int8 [rows, columns], `scales` float32, one a column."""

    values: NDArray[np.int8]
    scales: Floats


def layer_output(layers: int) -> str:
    """The name of the token states after so many layers."""
    return f"after{layers}"


def encoder_graph(
    matrices: Mapping[str, Int8Matrix], plain: Mapping[str, Floats], *, layers: int, outputs: tuple[int, ...]
) -> bytes:
    """An ONNX model from summed embeddings `states` [texts, tokens, width] to the token states after the layers
    in `outputs`, all texts of one length. Names of weights are those of `onnxweights`."""
    width = len(plain["norm.weight"])
    shape = ("texts", "tokens", width)
    fields = [float_value(GRAPH_INPUT, SUMMED, shape)]
    fields += [float_value(GRAPH_OUTPUT, layer_output(count), shape) for count in outputs]
    fields += [constant(name, values) for name, values in plain.items()]
    fields += [constant(name, values) for name, values in _ROUNDING.items()]
    fields.append(
        node(
            "LayerNormalization",
            [SUMMED, "norm.weight", "norm.bias"],
            layer_output(0),
            attributes={"epsilon": NORM_EPSILON},
        )
    )
    for layer in range(layers):
        fields += _layer(layer, matrices, plain)
    return model(fields)


_ROUNDING: dict[str, NDArray[Any]] = {
    "last axis": np.array([-1], np.int64),
    "one": np.array(1, np.float32),
    "middle": np.array(MIDDLE, np.uint8),
    "step": np.array(1 / (MIDDLE - 1), np.float32),
    "low": np.array(LOW, np.uint8),
    "low step": np.array(1 / (255 - LOW), np.float32),
    "least largest": np.array(LOWEST_GELU / LOW * (255 - LOW), np.float32),
}


def _layer(layer: int, matrices: Mapping[str, Int8Matrix], plain: Mapping[str, Floats]) -> Iterator[bytes]:
    prefix, before = f"{layer}.", layer_output(layer)

    def product(name: str, source: str, *, zero: str = "middle") -> Iterator[bytes]:
        yield from _product(f"{prefix}{name}", matrices[f"{prefix}{name}"], source, zero=zero)

    yield from _rounded(before)
    for part in TRIPLE:
        yield from product(part, before)
    yield constant(f"{prefix}biases", np.concatenate([plain[f"{prefix}{part}.bias"] for part in TRIPLE]))
    yield node(
        "MultiHeadAttention",
        [*(f"{prefix}{part}" for part in TRIPLE), f"{prefix}biases"],
        f"{prefix}mixed",
        domain=CONTRIBUTED,
        attributes={"num_heads": HEADS},
    )
    yield from _rounded(f"{prefix}mixed")
    yield from product("attended", f"{prefix}mixed")
    yield _added_and_normed(prefix, "norm1", branch="attended", before=before, output=f"{prefix}between")
    yield from _rounded(f"{prefix}between")
    yield from product("widen", f"{prefix}between")
    yield node("BiasGelu", [f"{prefix}widen", f"{prefix}widen.bias"], f"{prefix}wide", domain=CONTRIBUTED)
    yield from _rounded_after_gelu(f"{prefix}wide")
    yield from product("narrow", f"{prefix}wide", zero="low")
    yield _added_and_normed(
        prefix, "norm2", branch="narrow", before=f"{prefix}between", output=layer_output(layer + 1)
    )


def _rounded(source: str) -> Iterator[bytes]:
    """The rows of `source` as bytes around MIDDLE, and by how much each row was divided: what _product reads."""
    yield node("Abs", [source], f"{source}.absolute")
    yield _largest(f"{source}.absolute", f"{source}.largest")
    yield node("Mul", [f"{source}.largest", "step"], f"{source}.scales")
    yield from _bytes(source, "middle")


def _rounded_after_gelu(source: str) -> Iterator[bytes]:
    """The same around LOW, with room for LOWEST_GELU below it."""
    yield _largest(source, f"{source}.highest")
    yield node("Max", [f"{source}.highest", "least largest"], f"{source}.largest")
    yield node("Mul", [f"{source}.largest", "low step"], f"{source}.scales")
    yield from _bytes(source, "low")


def _largest(source: str, output: str) -> bytes:
    return node("ReduceMax", [source, "last axis"], output, attributes={"keepdims": 1})


def _bytes(source: str, zero: str) -> Iterator[bytes]:
    yield node("Div", [source, f"{source}.scales"], f"{source}.divided")
    yield node("QuantizeLinear", [f"{source}.divided", "one", zero], f"{source}.bytes")


def _product(name: str, matrix: Int8Matrix, source: str, *, zero: str) -> Iterator[bytes]:
    """`source`, rounded before, times the matrix, as `name`."""
    yield constant(f"{name}.values", matrix.values)
    yield constant(f"{name}.scales", matrix.scales.reshape(-1))
    inputs = [f"{source}.bytes", f"{name}.values", "one", f"{name}.scales", zero]
    yield node("MatMulIntegerToFloat", inputs, f"{name}.unscaled", domain=CONTRIBUTED)
    yield node("Mul", [f"{name}.unscaled", f"{source}.scales"], name)


def _added_and_normed(prefix: str, norm: str, *, branch: str, before: str, output: str) -> bytes:
    names = [f"{prefix}{branch}", before, *(f"{prefix}{name}" for name in (f"{norm}.weight", f"{norm}.bias"))]
    return node(
        "SkipLayerNormalization",
        [*names, f"{prefix}{branch}.bias"],
        output,
        domain=CONTRIBUTED,
        attributes={"epsilon": NORM_EPSILON},
    )

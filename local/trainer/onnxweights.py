"""Read the encoder's weights out of its ONNX file: as they are stored, or scaled back to float32."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from local.trainer.arrays import Floats, Tensors
from local.trainer.encodergraph import Int8Matrix
from local.trainer.errors import WeightsError
from local.trainer.onnxfile import (
    GRAPH_INITIALIZER,
    MODEL_GRAPH,
    TENSOR_DIMS,
    TENSOR_NAME,
    TENSOR_RAW,
    TENSOR_TYPE,
)

LAYERS = 6
MATRICES = ("query", "key", "value", "attended", "widen", "narrow")
"""The order in which the file holds each layer's matrices, whose names in it are only numbers."""

EMBEDDING_NAMES = {
    "token_type_embeddings.weight": "kinds",
    "LayerNorm.weight": "norm.weight",
    "LayerNorm.bias": "norm.bias",
}
LAYER_NAMES = {
    "attention.self.query.bias": "query.bias",
    "attention.self.key.bias": "key.bias",
    "attention.self.value.bias": "value.bias",
    "attention.output.dense.bias": "attended.bias",
    "attention.output.LayerNorm.weight": "norm1.weight",
    "attention.output.LayerNorm.bias": "norm1.bias",
    "intermediate.dense.bias": "widen.bias",
    "output.dense.bias": "narrow.bias",
    "output.LayerNorm.weight": "norm2.weight",
    "output.LayerNorm.bias": "norm2.bias",
}
DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 3: np.dtype("i1")}
PREFIX = "inner."


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of one protobuf message; only the wire types that ONNX files use."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        if key & 7 == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(key & 7)
        if size is None:
            size, place = _varint(data, place)
        yield key >> 3, data[place : place + size]
        place += size


def _dims(value: int | memoryview) -> list[int]:
    if isinstance(value, int):
        return [value]
    dims, place = [], 0
    while place < len(value):
        dim, place = _varint(value, place)
        dims.append(dim)
    return dims


def _tensor(message: memoryview) -> tuple[str, np.ndarray | None]:
    name, kind, dims, raw = "", 0, list[int](), memoryview(b"")
    for field, value in _fields(message):
        if field == TENSOR_DIMS:
            dims += _dims(value)
        elif field == TENSOR_TYPE and isinstance(value, int):
            kind = value
        elif field == TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif field == TENSOR_RAW and isinstance(value, memoryview):
            raw = value
    if kind not in DTYPES:
        return name, None
    return name, np.frombuffer(raw, dtype=DTYPES[kind]).reshape(dims)


def initializers(model: bytes) -> Tensors:
    """The float32 and int8 constants of an ONNX model, by name, in file order."""
    found: Tensors = {}
    for field, graph in _fields(memoryview(model)):
        if field != MODEL_GRAPH or not isinstance(graph, memoryview):
            continue
        for inner, message in _fields(graph):
            if inner == GRAPH_INITIALIZER and isinstance(message, memoryview):
                name, array = _tensor(message)
                if array is not None:
                    found[name] = array
    return found


class PackedEncoder(NamedTuple):
    """The file's own numbers by our names: int8 matrices with their scales, the rest as float32.

    `words` and `positions` have one scale a row; the matrices of a layer (`0.query` …) have one a column.
    """

    words: Int8Matrix
    positions: Int8Matrix
    matrices: dict[str, Int8Matrix]
    plain: dict[str, Floats]


def packed_encoder(model: bytes) -> PackedEncoder:
    """The encoder's weights as they are stored. Raises WeightsError where the file is not laid out as expected."""
    found = initializers(model)
    quantised = [
        name.removesuffix("_q") for name in found if name.endswith("_q") and not name.startswith(PREFIX)
    ]
    if len(quantised) != LAYERS * len(MATRICES):
        raise WeightsError(f"the encoder's file has {len(quantised)} matrices, not {LAYERS * len(MATRICES)}")

    def packed(name: str) -> Int8Matrix:
        return Int8Matrix(np.array(found[f"{name}_q"]), np.array(found[f"{name}_scale"], dtype=np.float32))

    ours = [f"{layer}.{part}" for layer in range(LAYERS) for part in MATRICES]
    theirs = {f"embeddings.{name}": our for name, our in EMBEDDING_NAMES.items()}
    for layer in range(LAYERS):
        theirs |= {f"encoder.layer.{layer}.{name}": f"{layer}.{our}" for name, our in LAYER_NAMES.items()}
    return PackedEncoder(
        words=packed(f"{PREFIX}embeddings.word_embeddings.weight"),
        positions=packed(f"{PREFIX}embeddings.position_embeddings.weight"),
        matrices={our: packed(name) for our, name in zip(ours, quantised, strict=True)},
        plain={our: np.array(found[f"{PREFIX}{name}"], dtype=np.float32) for name, our in theirs.items()},
    )


def scaled(matrix: Int8Matrix) -> Floats:
    """The matrix as float32."""
    product: Floats = matrix.values.astype(np.float32) * matrix.scales
    return product


def encoder_weights(model: bytes) -> dict[str, Floats]:
    """The encoder's weights as float32. Raises WeightsError where the file is not laid out as expected.

    Matrices multiply from the right (x @ weight); query, key and value stand side by side in `qkv`.
    """
    packed = packed_encoder(model)
    weights = {"words": scaled(packed.words), "positions": scaled(packed.positions)}
    triple = ("query", "key", "value")
    for layer in range(LAYERS):
        parts = [f"{layer}.{part}" for part in triple]
        weights[f"{layer}.qkv.weight"] = np.concatenate(
            [scaled(packed.matrices[name]) for name in parts], axis=1
        )
        weights[f"{layer}.qkv.bias"] = np.concatenate([packed.plain[f"{name}.bias"] for name in parts])
        for part in MATRICES[len(triple) :]:
            weights[f"{layer}.{part}.weight"] = scaled(packed.matrices[f"{layer}.{part}"])
    beside = {f"{layer}.{part}.bias" for layer in range(LAYERS) for part in triple}
    return weights | {name: values for name, values in packed.plain.items() if name not in beside}

"""Read the encoder's weights out of its ONNX file into plain arrays, the int8 matrices scaled back to float32."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from local.trainer.arrays import Floats, Tensors
from local.trainer.errors import WeightsError
from local.trainer.onnxfile import MODEL_GRAPH

LAYERS = 6
MATRICES = ("query", "key", "value", "attended", "widen", "narrow")
"""The order in which the file holds each layer's matrices, whose names in it are only numbers."""

GRAPH_INITIALIZER = 5
TENSOR_DIMS, TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW = 1, 2, 8, 9
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


def encoder_weights(model: bytes) -> dict[str, Floats]:
    """The encoder's weights by our names. Raises WeightsError where the file is not laid out as expected.

    Matrices multiply from the right (x @ weight); query, key and value stand side by side in `qkv`.
    """
    found = initializers(model)
    quantised = [
        name.removesuffix("_q") for name in found if name.endswith("_q") and not name.startswith(PREFIX)
    ]
    if len(quantised) != LAYERS * len(MATRICES):
        raise WeightsError(f"the encoder's file has {len(quantised)} matrices, not {LAYERS * len(MATRICES)}")

    def scaled(name: str) -> Floats:
        matrix: Floats = found[f"{name}_q"].astype(np.float32) * found[f"{name}_scale"]
        return matrix

    def plain(name: str) -> Floats:
        return np.array(found[f"{PREFIX}{name}"], dtype=np.float32)

    weights = {
        "words": scaled(f"{PREFIX}embeddings.word_embeddings.weight"),
        "positions": scaled(f"{PREFIX}embeddings.position_embeddings.weight"),
        "kinds": plain("embeddings.token_type_embeddings.weight"),
        "norm.weight": plain("embeddings.LayerNorm.weight"),
        "norm.bias": plain("embeddings.LayerNorm.bias"),
    }
    for layer in range(LAYERS):
        names = dict(zip(MATRICES, quantised[layer * len(MATRICES) :], strict=False))
        weights |= _layer_weights(layer, {part: scaled(name) for part, name in names.items()}, plain)
    return weights


def _layer_weights(
    layer: int, matrices: dict[str, Floats], plain: Callable[[str], Floats]
) -> dict[str, Floats]:
    there = f"encoder.layer.{layer}"
    triple = ("query", "key", "value")
    return {
        f"{layer}.qkv.weight": np.concatenate([matrices[part] for part in triple], axis=1),
        f"{layer}.qkv.bias": np.concatenate(
            [plain(f"{there}.attention.self.{part}.bias") for part in triple]
        ),
        f"{layer}.attended.weight": matrices["attended"],
        f"{layer}.attended.bias": plain(f"{there}.attention.output.dense.bias"),
        f"{layer}.norm1.weight": plain(f"{there}.attention.output.LayerNorm.weight"),
        f"{layer}.norm1.bias": plain(f"{there}.attention.output.LayerNorm.bias"),
        f"{layer}.widen.weight": matrices["widen"],
        f"{layer}.widen.bias": plain(f"{there}.intermediate.dense.bias"),
        f"{layer}.narrow.weight": matrices["narrow"],
        f"{layer}.narrow.bias": plain(f"{there}.output.dense.bias"),
        f"{layer}.norm2.weight": plain(f"{there}.output.LayerNorm.weight"),
        f"{layer}.norm2.bias": plain(f"{there}.output.LayerNorm.bias"),
    }

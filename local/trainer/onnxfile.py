"""The few protobuf bytes of an ONNX file that we write: constants, nodes, a whole model, without the onnx package.

Field and type numbers are those of onnx.proto3 (https://github.com/onnx/onnx, IR version 10, read 2026-11-21).
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 10
OPSET = 18
CONTRIBUTED = "com.microsoft"
"""The domain of the operators that onnxruntime adds to the standard ones; their version is 1."""

MODEL_IR_VERSION, MODEL_GRAPH, MODEL_OPSET = 1, 7, 8
OPSET_DOMAIN, OPSET_VERSION = 1, 2
GRAPH_NODE, GRAPH_NAME, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT = 1, 2, 5, 11, 12
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 2, 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_TYPE = 1, 2, 3, 20
TENSOR_DIMS, TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW = 1, 2, 8, 9
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR, TENSOR_ELEMENT, TENSOR_SHAPE = 1, 1, 2
SHAPE_DIM, DIM_VALUE, DIM_NAME = 1, 1, 2
ELEMENTS = {np.dtype("<f4"): 1, np.dtype("u1"): 2, np.dtype("i1"): 3, np.dtype("<i8"): 7}
IS_FLOAT, IS_INT = 1, 2


def varint(number: int) -> bytes:
    """The protobuf base-128 encoding of a number that is not negative.

    >>> varint(300).hex()
    'ac02'
    """
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def number_field(field: int, number: int) -> bytes:
    """A protobuf field of wire type 0."""
    return varint(field << 3) + varint(number)


def length_delimited(field: int, payload: bytes) -> bytes:
    """A protobuf field of wire type 2."""
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def text_field(field: int, text: str) -> bytes:
    """A protobuf field that holds a string."""
    return length_delimited(field, text.encode())


def constant(name: str, array: NDArray[Any]) -> bytes:
    """A graph's field with a constant of one of ELEMENTS."""
    dims = b"".join(number_field(TENSOR_DIMS, size) for size in array.shape)
    kind = number_field(TENSOR_TYPE, ELEMENTS[array.dtype])
    raw = length_delimited(TENSOR_RAW, np.ascontiguousarray(array).tobytes())
    return length_delimited(GRAPH_INITIALIZER, dims + kind + text_field(TENSOR_NAME, name) + raw)


def _attribute(name: str, value: int | float) -> bytes:
    if isinstance(value, int):
        body = number_field(ATTRIBUTE_INT, value) + number_field(ATTRIBUTE_TYPE, IS_INT)
    else:
        four = varint(ATTRIBUTE_FLOAT << 3 | 5) + struct.pack("<f", value)
        body = four + number_field(ATTRIBUTE_TYPE, IS_FLOAT)
    return length_delimited(NODE_ATTRIBUTE, text_field(ATTRIBUTE_NAME, name) + body)


def node(
    kind: str,
    inputs: Sequence[str],
    output: str,
    *,
    domain: str = "",
    attributes: Mapping[str, int | float] | None = None,
) -> bytes:
    """A graph's field with one operation; an empty input name leaves that input out."""
    names = b"".join(text_field(NODE_INPUT, name) for name in inputs)
    settings = b"".join(_attribute(name, value) for name, value in (attributes or {}).items())
    body = names + text_field(NODE_OUTPUT, output) + text_field(NODE_TYPE, kind) + settings
    return length_delimited(GRAPH_NODE, body + text_field(NODE_DOMAIN, domain))


def float_value(field: int, name: str, shape: Sequence[str | int]) -> bytes:
    """A graph's input (or output) of float32; a dimension is a size, or a name where any size will do."""
    dims = b"".join(
        length_delimited(
            SHAPE_DIM, text_field(DIM_NAME, dim) if isinstance(dim, str) else number_field(DIM_VALUE, dim)
        )
        for dim in shape
    )
    tensor = number_field(TENSOR_ELEMENT, ELEMENTS[np.dtype("<f4")]) + length_delimited(TENSOR_SHAPE, dims)
    kind = length_delimited(VALUE_TYPE, length_delimited(TYPE_TENSOR, tensor))
    return length_delimited(field, text_field(VALUE_NAME, name) + kind)


def model(graph_fields: Sequence[bytes]) -> bytes:
    """A whole model around the fields of its graph."""
    graph = text_field(GRAPH_NAME, "graph") + b"".join(graph_fields)
    opsets = b"".join(
        length_delimited(MODEL_OPSET, text_field(OPSET_DOMAIN, domain) + number_field(OPSET_VERSION, version))
        for domain, version in (("", OPSET), (CONTRIBUTED, 1))
    )
    return number_field(MODEL_IR_VERSION, IR_VERSION) + opsets + length_delimited(MODEL_GRAPH, graph)

"""The few protobuf bytes of an ONNX file that we write: more outputs for a model, without the onnx package.

Field numbers are those of onnx.proto3 (ModelProto.graph = 7, GraphProto.output = 12, ValueInfoProto.name = 1);
protobuf merges a repeated message field, so a second `graph` appended to the file adds its outputs to the first.
"""

from collections.abc import Sequence

MODEL_GRAPH = 7
GRAPH_OUTPUT = 12
VALUE_NAME = 1


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


def length_delimited(field: int, payload: bytes) -> bytes:
    """A protobuf field of wire type 2."""
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """The model's bytes, with the named inner values offered as outputs after the ones it has."""
    added = b"".join(
        length_delimited(
            MODEL_GRAPH, length_delimited(GRAPH_OUTPUT, length_delimited(VALUE_NAME, name.encode()))
        )
        for name in names
    )
    return model + added

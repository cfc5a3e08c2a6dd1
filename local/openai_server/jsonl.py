"""The first look at a JSONL file: every line a JSON object, counted, with line and reason where one isn't."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from local.openai_server.errors import ApiError, invalid

MAX_LINE_BYTES = 16 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def count_objects(path: Path) -> int:
    """How many JSON objects the file holds, one a line; blank lines don't count.

    Raises ApiError 400 in the words of OpenAI's upload check, with the line's number from 1.
    """
    count = 0
    for number, line in numbered_lines(path):
        _check_object(line, number)
        count += 1
    if count == 0:
        raise _not_jsonl("The file holds no line at all.")
    return count


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The file's lines that aren't blank with their numbers; raises ApiError 400 for one past the cap."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise _not_jsonl(f"Line {number} is longer than {MAX_LINE_BYTES} bytes.")
            line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if line.strip():
                yield number, line


def _check_object(line: bytes, number: int) -> None:
    try:
        _object.decode(line)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _not_jsonl(f"Line {number} is not a dictionary ({_hint(line)}).") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if _is_lenient_object(line):
            return
        raise _not_jsonl(f"Line {number} is not a dictionary ({_hint(line)}); {str(error)[:120]}.") from error


def _is_lenient_object(line: bytes) -> bool:
    """Whether Python's own parser reads it: lone surrogates and NaN are wrong JSON, but files have them."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _hint(line: bytes) -> str:
    return f'HINT: line starts with: "{line[:24].decode("utf-8", "replace").strip()}..."'


def _not_jsonl(reason: str) -> ApiError:
    message = f"Expected file to have JSONL format, where every line is a JSON dictionary. {reason}"
    return invalid(message, param="file", code="invalid_jsonl")

"""Lists of entities as answers: read from JSON or separated text, put in the order in which they occur, one a line."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pyarrow as pa

_NAMES = ("text", "entity", "value", "word", "name", "span")
_SEPARATORS = (r"\n", r"\s*;\s*", r"\s*\|\s*", r"\s*,\s*")


def entity_lines(text: str, answer: str) -> str:
    r"""The answer's entities, those that the text names first coming first; ones it does not name keep their order.

    >>> entity_lines("Ann met Bob in Paris", '["Paris", "Bob", "Ann"]')
    'Ann\nBob\nParis'
    """
    entities = entities_of(answer)
    if len(entities) < 2:
        return "\n".join(entities)
    folded = text.casefold()
    places = [folded.find(entity.casefold()) for entity in entities]
    order = sorted(range(len(entities)), key=lambda number: (places[number] < 0, places[number], number))
    return "\n".join(entities[number] for number in order)


def entities_of(answer: str) -> list[str]:
    """The entities in an answer, each once, in its order."""
    found = _from_json(answer)
    if found is None:
        separator = next((one for one in _SEPARATORS if re.search(one, answer)), None)
        found = re.split(separator, answer) if separator else [answer]
    return list(dict.fromkeys(entity.strip() for entity in found if entity.strip()))


def _from_json(answer: str) -> list[str] | None:
    if not answer.startswith(("[", "{")):
        return None
    try:
        value: Any = orjson.loads(answer)
    except orjson.JSONDecodeError:
        # Lists as Python writes them, with single quotes, are common in exported tables.
        return re.findall(r"'((?:[^'\\]|\\.)*)'", answer) or None
    items = value if isinstance(value, list) else [value]
    return [_name_of(item) for item in items]


def _name_of(item: Any) -> str:
    if isinstance(item, dict):
        return next((str(item[name]) for name in _NAMES if name in item), orjson.dumps(item).decode())
    return str(item)


def entity_answers(texts: pa.Array, answers: pa.Array) -> pa.Array:
    """`entity_lines` of each row."""
    pairs = zip(texts.to_pylist(), answers.to_pylist(), strict=True)
    return pa.array([entity_lines(text, answer) for text, answer in pairs], pa.string())

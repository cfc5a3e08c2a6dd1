"""How good answers are: equal to what was wanted, valid JSON, and its slots by F1."""

import json
from collections.abc import Sequence
from typing import Any


def exact(answers: Sequence[str], wanted: Sequence[str]) -> float:
    """The share of answers that are what was wanted, JSON compared as values."""
    return sum(_value(one) == _value(other) for one, other in zip(answers, wanted, strict=True)) / len(wanted)


def valid_json(answers: Sequence[str]) -> float:
    """The share of answers that are a JSON object."""
    return sum(isinstance(_value(one), dict) for one in answers) / len(answers)


def slot_f1(answers: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 over all (slot, value) pairs of all answers together."""
    hits = given = there = 0
    for one, other in zip(answers, wanted, strict=True):
        found, right = _pairs(_value(one)), _pairs(_value(other))
        hits, given, there = hits + len(found & right), given + len(found), there + len(right)
    return 2 * hits / max(1, given + there)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def _pairs(value: Any) -> set[tuple[str, str]]:
    return {(str(name), str(held)) for name, held in value.items()} if isinstance(value, dict) else set()

"""A part of a training file for one point of a learning curve: stratified by answer, and nested in every larger part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import xxhash

from bot.datasets.examples import answer_of
from bot.domain import ExampleFormat


def rows_of_portion(labels: Mapping[str, int], portion: float) -> int:
    """How many rows `write_portion` keeps of a file with so many rows of each label."""
    return sum(math.ceil(rows * portion) for rows in labels.values())


def write_portion(source: Path, target: Path, *, portion: float, seed: int, format: ExampleFormat) -> int:
    """Copy that share of each answer's lines, rounded up, in the file's order; returns how many lines.

    Which lines come first is drawn from their own bytes and the seed, so a smaller portion is part of every larger one.
    """
    places: dict[str, list[tuple[int, int]]] = {}
    with source.open("rb") as lines:
        for number, line in enumerate(lines):
            draw = xxhash.xxh3_64_intdigest(line, seed)
            places.setdefault(answer_of(line, format), []).append((draw, number))
    kept: set[int] = set()
    for drawn in places.values():
        kept.update(number for _, number in sorted(drawn)[: math.ceil(len(drawn) * portion)])
    with source.open("rb") as lines, target.open("wb") as sink:
        sink.writelines(line for number, line in enumerate(lines) if number in kept)
    return len(kept)

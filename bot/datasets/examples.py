"""Reads prepared JSONL back: what was asked and what should be answered, whichever of the two formats a line has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bot.domain import ExampleFormat


@dataclass(frozen=True, kw_only=True)
class Example:
    """One line: its number from 1, the question without separator, the answer without stop sequence."""

    line: int
    text: str
    answer: str


def read_examples(
    path: Path, *, format: ExampleFormat, separator: str = "", stop: str = "", limit: int | None = None
) -> list[Example]:
    """The first `limit` examples of the file (all for None); none when there is no such file."""
    if not path.exists():
        return []
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if limit is not None and number > limit:
                break
            text, answer = _sides(orjson.loads(line), format, separator, stop)
            found.append(Example(line=number, text=text, answer=answer))
    return found


def texts_of(path: Path, *, format: ExampleFormat, separator: str = "") -> Iterator[str]:
    """The questions of the file one by one, so that a large one is never held."""
    with path.open("rb") as lines:
        for line in lines:
            yield _sides(orjson.loads(line), format, separator, "")[0]


def _sides(row: dict[str, Any], format: ExampleFormat, separator: str, stop: str) -> tuple[str, str]:
    if format is ExampleFormat.COMPLETION:
        answer = str(row["completion"]).removesuffix(stop) if stop else str(row["completion"])
        return str(row["prompt"]).removesuffix(separator), answer.strip()
    messages = row["messages"]
    return str(messages[-2]["content"]), str(messages[-1]["content"]).strip()


def answer_of(line: bytes, format: ExampleFormat) -> str:
    """What a line teaches to answer, as it stands in the file."""
    row = orjson.loads(line)
    return str(row["completion"] if format is ExampleFormat.COMPLETION else row["messages"][-1]["content"])


def same_text(text: str) -> str:
    """What two texts have in common that differ in case and spacing only."""
    return " ".join(text.casefold().split())

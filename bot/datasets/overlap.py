"""Which test rows a model had been trained on: the same text but for case and spacing. Runs in the worker process."""

from __future__ import annotations

from pathlib import Path

from bot.datasets.examples import read_examples, same_text, texts_of
from bot.domain import ExampleFormat


def lines_in_training(
    test: Path,
    test_format: ExampleFormat,
    test_separator: str,
    training: list[str],
    training_format: ExampleFormat,
    training_separator: str,
    limit: int,
) -> list[int]:
    """Lines (from 1) among the first `limit` of the test file whose text is in one of the training files."""
    lines: dict[str, list[int]] = {}
    for example in read_examples(test, format=test_format, separator=test_separator, limit=limit):
        lines.setdefault(same_text(example.text), []).append(example.line)
    found: set[int] = set()
    for name in training:
        path = Path(name)
        if path.exists():
            for text in texts_of(path, format=training_format, separator=training_separator):
                found.update(lines.get(same_text(text), ()))
    return sorted(found)

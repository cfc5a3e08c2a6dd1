"""The prompt that asks a model which was not fine-tuned: the labels, a few examples, and how to answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.datasets.examples import Example

EXAMPLE_CHARACTERS = 2_000


def pick_examples(examples: Sequence[Example], count: int) -> list[Example]:
    """`count` examples taken from each label in turn, in the file's order, so that every label has its share."""
    by_label: dict[str, list[Example]] = {}
    for example in examples:
        by_label.setdefault(example.answer, []).append(example)
    picked: list[Example] = []
    turn = 0
    while len(picked) < min(count, len(examples)):
        row = [rows[turn] for rows in by_label.values() if turn < len(rows)]
        picked += row[: count - len(picked)]
        turn += 1
    return picked


def instructions(labels: Sequence[str]) -> str:
    """What is asked of the model, without examples."""
    named = "\n".join(f"- {label}" for label in labels)
    return (
        "Classify the text that the user sends. Answer with one of these labels, exactly as it is written here,"
        f" and nothing else:\n{named}"
    )


def example_text(example: Example, label: str) -> str:
    """One example as it stands in the prompt."""
    return f"\n\nText: {example.text[:EXAMPLE_CHARACTERS]}\nLabel: {label}"


def read_label(said: str, labels: Sequence[str]) -> str:
    """The label that a free answer means: the same but for case, quotes, a full stop or "Label:"; else what was said.

    >>> read_label('Label: "Billing".', ["billing", "delivery"])
    'billing'
    """
    plain = re.sub(r"^\s*label\s*:\s*", "", said, flags=re.IGNORECASE).strip().strip("\"'`*. \n")
    by_folded = {label.casefold(): label for label in labels}
    return by_folded.get(plain.casefold(), said)

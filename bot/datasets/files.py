"""What the names of several files dropped together say: the class each stands for, or the part of the split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from bot.datasets.split import TEST, TRAIN, VALIDATION

_PARTS = {
    "train": TRAIN, "training": TRAIN,
    "valid": VALIDATION, "validation": VALIDATION, "val": VALIDATION, "dev": VALIDATION, "eval": VALIDATION,
    "test": TEST, "testing": TEST, "heldout": TEST, "holdout": TEST,
}  # fmt: skip


def class_names(names: Sequence[str]) -> list[str]:
    """The class each file stands for: what is left of its name without what all names share.

    >>> class_names(["rt-polarity.neg", "rt-polarity.pos"])
    ['neg', 'pos']
    >>> class_names(["spam.txt", "not_spam.txt"])
    ['spam', 'not_spam']
    """
    words = [re.split(r"([._\-\s]+)", name) for name in names]
    if len(words) < 2:
        return [re.sub(r"\.[^.]*$", "", name) for name in names]
    before = _shared(words)
    after = _shared([list(reversed(parts[before:])) for parts in words])
    kept = ["".join(parts[before : len(parts) - after]).strip("._- ") for parts in words]
    stems = [re.sub(r"\.[^.]*$", "", name) for name in names]
    choices = (found for found in (kept, stems) if all(found) and len(set(found)) == len(found))
    return next(choices, list(names))


def _shared(words: Sequence[Sequence[str]]) -> int:
    """How many pieces all begin with."""
    return sum(1 for _ in takewhile(lambda pieces: len(set(pieces)) == 1, zip(*words, strict=False)))


def part_of(name: str) -> int | None:
    """The part a file's name says it is for, or None.

    >>> part_of("banking_test.csv") == TEST, part_of("tickets.csv")
    (True, None)
    """
    words = re.split(r"[^a-z]+", name.lower())
    return next((_PARTS[word] for word in words if word in _PARTS), None)


def parts_of(names: Sequence[str]) -> dict[str, int]:
    """The part of each file when the names make up a split: one for training, one at least held out; else nothing."""
    found = {name: part_of(name) for name in names}
    held_out = [name for name, part in found.items() if part in (VALIDATION, TEST)]
    training = [name for name, part in found.items() if part in (TRAIN, None)]
    if not held_out or not training:
        return {}
    return {name: part if part is not None else TRAIN for name, part in found.items()}

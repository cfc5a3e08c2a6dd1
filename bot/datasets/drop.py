"""Files dropped in one message: which of them make up one dataset, and their preparing; names decide, contents do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bot.datasets.files import class_names, part_of, parts_of
from bot.datasets.prepare import ingest_files
from bot.domain import Choices, DatasetReport

_CLASSES = frozenset(
    {
        "pos", "neg", "positive", "negative", "neutral", "spam", "ham", "not spam", "not_spam", "nonspam", "yes", "no",
        "true", "false", "good", "bad", "toxic", "nontoxic", "clean", "fake", "real", "real news", "up", "down",
    }
)  # fmt: skip
"""What files are called that hold a class each."""
_TABLES = (".csv", ".tsv", ".tab", ".xlsx", ".xls", ".json", ".jsonl", ".ndjson", ".gz", ".zip")
"""Files that have columns of their own, a label's among them; others are lists of texts."""


def belong_together(names: Sequence[str]) -> bool:
    """Whether files of these names are one dataset: parts of a split, or a class each.

    >>> belong_together(["train.csv", "test.csv"]), belong_together(["bank_train.csv", "shop_test.csv"])
    (True, False)
    >>> belong_together(["rt-polarity.pos", "rt-polarity.neg"]), belong_together(["orders.csv", "tickets.csv"])
    (True, False)
    """
    return len(set(names)) == len(names) > 1 and (_are_parts(names) or _are_classes(names))


def may_be_part(name: str) -> bool:
    """Whether a file of this name may be one of several: a part of a split, or one class.

    >>> may_be_part("train.csv"), may_be_part("spam.txt"), may_be_part("tickets.csv")
    (True, True, False)
    """
    stem = re.sub(r"\.[^.]*$", "", name.lower())
    words = {stem, *re.split(r"[^a-z]+", name.lower())}
    return part_of(name) is not None or bool(words & _CLASSES)


def _are_parts(names: Sequence[str]) -> bool:
    found = parts_of(names)
    given = [part for part in found.values() if part]
    if not found or len(given) != len(set(given)):
        return False
    subjects = {subject for name in names if (subject := _subject(name))}
    return len(subjects) <= 1


def _subject(name: str) -> str:
    """What a name says beside the part: "bank" of "bank_train.csv"."""
    stem = re.sub(r"\.[^.]*$", "", name.lower())
    return " ".join(word for word in re.split(r"[^a-z0-9]+", stem) if word and part_of(word) is None)


def _are_classes(names: Sequence[str]) -> bool:
    classes = [name.lower() for name in class_names(names)]
    if all(name in _CLASSES for name in classes):
        return True
    shared = all(len(name) < len(stem) for name, stem in zip(classes, _stems(names), strict=True))
    return shared and not any(name.lower().endswith(_TABLES) for name in names)


def _stems(names: Sequence[str]) -> list[str]:
    return [re.sub(r"\.[^.]*$", "", name) for name in names]


def ingest_drop(work_dir: Path, *, sources: tuple[tuple[str, str], ...], choices: Choices) -> DatasetReport:
    """Read the files, given as (path, name), that are one dataset and prepare it into the folder.

    Raises DatasetError when nothing can be trained from them at all; all else is among the findings.
    """
    return ingest_files([(Path(path), name) for path, name in sources], work_dir, choices=choices)

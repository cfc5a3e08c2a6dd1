"""The datasets as texts and labels with their test splits; read from a folder that is not part of the project."""

import csv
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

Pair = tuple[str, str]
TRAIN_FILE, TEST_FILE = "train.csv", "test.csv"
TEST_SHARE = {"rt_polarity": 0.1, "sms_spam": 0.2}


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """A dataset and its test split."""

    name: str
    train: tuple[Pair, ...]
    test: tuple[Pair, ...]


def _csv_pairs(path: Path) -> list[Pair]:
    """The first two columns below a header: text and label."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = iter(csv.reader(file))
        next(rows, None)
        return [(row[0], row[1]) for row in rows if row]


def from_folder(folder: Path) -> LabelledSet:
    """A set of the user's own: train.csv and test.csv, each with a header, a column of texts and one of labels."""
    return LabelledSet(
        name=folder.name,
        train=tuple(_csv_pairs(folder / TRAIN_FILE)),
        test=tuple(_csv_pairs(folder / TEST_FILE)),
    )


def banking77(data: Path) -> LabelledSet:
    """77 intents with the authors' own test file."""
    return from_folder(data / "banking77")


def banking77_few(data: Path, *, seed: int, per_label: int = 10) -> LabelledSet:
    """The same with ten examples a label, others for each seed."""
    whole = banking77(data)
    pairs = list(whole.train)
    random.Random(seed).shuffle(pairs)
    taken: Counter[str] = Counter()
    kept = []
    for text, label in pairs:
        taken[label] += 1
        if taken[label] <= per_label:
            kept.append((text, label))
    return LabelledSet(name="banking77, 10 a label", train=tuple(kept), test=whole.test)


def sms_spam(data: Path) -> LabelledSet:
    """Messages once each (the file repeats some), a fifth for the test."""
    lines = (data / "sms_spam" / "sms.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [(text, label) for label, _, text in (line.partition("\t") for line in lines) if text]
    distinct = list(dict(pairs).items())
    train, test = _split(distinct, TEST_SHARE["sms_spam"])
    return LabelledSet(name="SMS spam, de-duplicated", train=train, test=test)


def rt_polarity(data: Path) -> LabelledSet:
    """Sentences of film reviews, 90/10."""
    pairs = []
    for label in ("neg", "pos"):
        path = data / "rt_polarity" / f"rt-polarity.{label}"
        pairs += [(line, label) for line in path.read_text(encoding="latin-1").splitlines() if line.strip()]
    train, test = _split(pairs, TEST_SHARE["rt_polarity"])
    return LabelledSet(name="rt-polarity", train=train, test=test)


def _split(pairs: Sequence[Pair], share: float) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Train and test parts; the split is that of seed 0 whatever the trainer's seed."""
    order = np.random.default_rng(0).permutation(len(pairs))
    size = round(len(pairs) * share)
    return tuple(pairs[row] for row in order[size:]), tuple(pairs[row] for row in order[:size])


def grown(pairs: Sequence[Pair], size: int) -> tuple[Pair, ...]:
    """So many different texts: the pairs in random order (files come sorted by label), then pairs with another text
    behind it, labels kept."""
    rng = random.Random(0)
    made = rng.sample(pairs, min(size, len(pairs)))
    while len(made) < size:
        text, label = rng.choice(pairs)
        made.append((f"{text} {rng.choice(pairs)[0]}", label))
    return tuple(made)


def available(data: Path) -> dict[str, Callable[[int], LabelledSet]]:
    """The sets whose files are in the folder, each as a function of the seed."""
    known: dict[str, tuple[str, Callable[[int], LabelledSet]]] = {
        "banking77": ("banking77", lambda seed: banking77(data)),
        "banking77-few": ("banking77", lambda seed: banking77_few(data, seed=seed)),
        "sms": ("sms_spam", lambda seed: sms_spam(data)),
        "rt": ("rt_polarity", lambda seed: rt_polarity(data)),
    }
    found = {name: made for name, (folder, made) in known.items() if (data / folder).is_dir()}
    for path in sorted(data.glob(f"*/{TRAIN_FILE}")):
        if path.parent.name not in found and path.with_name(TEST_FILE).exists():
            found[path.parent.name] = partial(_own, path.parent)
    return found


def _own(folder: Path, seed: int) -> LabelledSet:
    """The split of a user's own set is the same for every seed."""
    return from_folder(folder)

"""Keep a sample of a model's training examples, so that a model continued from it does not forget them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.trainer.arrays import Rows

MAX_EXAMPLES = 20_000
FIELDS = ("text", "label", "tokens", "held_out")


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A parent's examples; `held_out` marks those that the parent's weights have not seen."""

    texts: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    tokens: tuple[int, ...] = ()
    held_out: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if len({len(self.texts), len(self.answers), len(self.tokens), len(self.held_out)}) > 1:
            raise ValueError("texts, answers, tokens and held_out differ in length")

    def take(self, rows: Sequence[int]) -> "Replay":
        """The chosen examples, in the given order."""
        return Replay(
            texts=tuple(self.texts[row] for row in rows),
            answers=tuple(self.answers[row] for row in rows),
            tokens=tuple(self.tokens[row] for row in rows),
            held_out=tuple(self.held_out[row] for row in rows),
        )

    def __len__(self) -> int:
        return len(self.texts)


def sample_rows(targets: Rows, *, seed: int) -> Rows:
    """At most MAX_EXAMPLES rows, taken from the labels in turn so that rare ones are in; ascending."""
    generator = np.random.default_rng([seed, 11])
    shuffled = generator.permutation(len(targets))
    by_label = shuffled[np.argsort(targets[shuffled], kind="stable")]
    labels = targets[by_label]
    turn = np.arange(len(labels)) - np.searchsorted(labels, labels)
    return np.sort(by_label[np.argsort(turn, kind="stable")[:MAX_EXAMPLES]])


def to_json_lines(replay: Replay) -> bytes:
    """replay.jsonl's bytes, an example a line."""
    rows = zip(replay.texts, replay.answers, replay.tokens, replay.held_out, strict=True)
    lines = (json.dumps(dict(zip(FIELDS, row, strict=True))) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def from_json_lines(content: bytes) -> Replay:
    """What `to_json_lines` wrote."""
    values = [json.loads(line) for line in content.splitlines()]
    return Replay(
        texts=tuple(value["text"] for value in values),
        answers=tuple(value["label"] for value in values),
        tokens=tuple(value["tokens"] for value in values),
        held_out=tuple(value["held_out"] for value in values),
    )

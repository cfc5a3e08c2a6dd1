"""What people say of a model's answers, and what is made of it: corrections, and rounds of training again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What a person thinks of an answer."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """One person's word on one answer. `correct` is what the answer should be, "" while nobody has said it.

    `used_in` is the dataset that a correction was added to, "" while it waits.
    """

    ask_id: str
    team: str
    channel: str
    user: str
    model: str
    text: str
    answer: str
    verdict: Verdict
    at: datetime
    correct: str = ""
    used_in: str = ""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What has come together about one model. `pairs` are (answer, correct label, times), the commonest first.

    `waiting` are corrections that no dataset has yet, a text once, the newest word on it; `newest` is what was said last.
    """

    model: str
    right: int
    wrong: int
    people: int
    pairs: tuple[tuple[str, str, int], ...]
    waiting: tuple[Feedback, ...]
    newest: tuple[Feedback, ...]

    @property
    def total(self) -> int:
        """Votes, whichever way."""
        return self.right + self.wrong


class RoundState(StrEnum):
    """How far a round of training again is."""

    BUILDING = "building"
    TRAINING = "training"
    COMPARING = "comparing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Score:
    """Right answers of one model on the rows of one test part."""

    model: str
    rows: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Share of rows answered with their own label."""
        return self.correct / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """Corrections on their way into a better model: dataset version, training, comparison with the model before.

    `dataset_id` is the new version's id, given before it exists. `corrections` counts what it was made with, of which
    `left_out` are about texts that are held out, so that nothing leaks. `learned` counts the corrected texts that the
    new model answers as people said. `chance` is McNemar's exact p for the difference on the test part.
    """

    id: str
    team: str
    channel: str
    user: str
    model: str
    parent_id: str
    dataset_id: str
    state: RoundState
    created_at: datetime
    thread_ts: str = ""
    op_id: str = ""
    corrections: int = 0
    left_out: int = 0
    learned: int = 0
    before: Score | None = None
    after: Score | None = None
    chance: float | None = None
    new_model: str = ""
    problem: str = ""
    told: bool = False

    @property
    def is_better(self) -> bool:
        """Whether the new model answered more of the held-out rows right."""
        return bool(self.before and self.after and self.after.correct > self.before.correct)

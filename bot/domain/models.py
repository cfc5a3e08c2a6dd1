"""Models and what surrounds them: bases, estimates, trained models, answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.domain.datasets import ExampleFormat, Task


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """A model that can be fine-tuned at the server in use."""

    id: str
    kind: str = ""
    description: str = ""
    license: str = ""
    is_default: bool = False
    problem: str = ""
    """Why it can't be trained at the moment, such as what is to be installed; "" for one that can."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a training would take. None where nobody can say; `source` and `as_of` tell where the price is from."""

    model: str
    n_epochs: int
    tokens: int
    usd: Decimal | None
    minutes: float | None
    source: str
    as_of: str
    accuracy: float | None = None
    """What past runs make one expect on held-out rows; None where nobody has tried."""
    accuracy_source: str = ""


@dataclass(frozen=True, kw_only=True)
class FineTunedModel:
    """A trained model, with the way its examples were made, so that it is asked the same way.

    `title` is what people call it, "" for its own name. `answers` is what it was taught to say for each label, where
    that is not the label itself (numbered classes).
    """

    name: str
    team: str
    channel: str
    user: str
    op_id: str
    dataset_id: str
    base_model: str
    task: Task
    format: ExampleFormat
    system: str
    separator: str
    stop: str
    labels: tuple[str, ...]
    created_at: datetime
    accuracy: float | None = None
    title: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def label_of(self) -> dict[str, str]:
        """{what it says: the label that it means}; empty where it says the labels themselves."""
        return {said: label for label, said in self.answers.items()}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's answer. `probabilities` are (label, p) in descending order; `approximate` when the server only
    showed the likeliest tokens."""

    model: str
    text: str
    probabilities: tuple[tuple[str, float], ...]
    latency_ms: float
    approximate: bool = False
    known_label: bool = True


@dataclass(frozen=True, kw_only=True)
class Labelling:
    """An answer for programs: the label, its probability (None where the server gives none), whether it is unsure."""

    label: str
    probability: float | None
    is_unsure: bool


class Wants(StrEnum):
    """The kind of model a question is for: one that names labels, one that writes, whichever the channel has."""

    LABEL = "label"
    TEXT = "text"
    ANY = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something a person asked a model, kept until it is answered. `model` is empty for the channel's own.

    The answer goes to `response_url` where there is one, else into the thread `thread_ts` of the channel. `wants` is
    the kind of model to ask where none is named; `private` answers are for the person alone; `top` counts the labels
    shown.
    """

    id: str
    team: str
    channel: str
    user: str
    text: str
    asked_at: datetime
    model: str = ""
    response_url: str = ""
    thread_ts: str = ""
    wants: Wants = Wants.ANY
    private: bool = False
    top: int = 4

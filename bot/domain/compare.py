"""Models beside each other on the same test rows: what was asked, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class StudyState(StrEnum):
    """How far a comparison or a learning curve is. FAILED ones were told why."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the break-even is worked out with. `hosted` "" means the price table's default."""

    calls_a_day: int = 1000
    examples: int = 20
    hosted: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Models that somebody wants compared on a dataset's test part. Told in the thread `thread_ts`."""

    id: str
    team: str
    channel: str
    user: str
    thread_ts: str
    dataset_id: str
    dataset_name: str
    models: tuple[str, ...]
    created_at: datetime
    assumptions: Assumptions = Assumptions()
    usd: Decimal = Decimal(0)
    """What asking is expected to cost, by the price table."""

    def subject(self, place: int) -> str:
        """Under which the predictions of the model at that place are kept."""
        return f"{self.id}:{place}"


@dataclass(frozen=True, kw_only=True)
class ComparedModel:
    """One model's figures. Those that nobody knows are None; `problem` says why a model could not be asked.

    `prompted` models are not fine-tuned: they were given the labels and examples in the prompt. `leaked` counts the
    test rows that the model had been trained on.
    """

    name: str
    prompted: bool
    rows: int = 0
    correct: int = 0
    interval: tuple[float, float] = (0.0, 1.0)
    p50_ms: float | None = None
    p95_ms: float | None = None
    usd_per_1000_calls: Decimal | None = None
    training_usd: Decimal | None = None
    leaked: int = 0
    problem: str = ""

    @property
    def accuracy(self) -> float:
        """Share of rows answered with their own label."""
        return self.correct / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class PairTest:
    """McNemar's exact test of two models: rows only one of them has right, and p."""

    one: str
    other: str
    only_one: int
    only_other: int
    p: float


@dataclass(frozen=True, kw_only=True)
class CallTokens:
    """Mean o200k tokens: the prompt's instructions with all labels, one example in it, a text asked about, an answer."""

    instructions: float
    example: float
    text: float
    answer: float


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """When a fine-tuned model has paid for its training, against a few-shot prompt of a hosted one.

    `calls` None: it never does. Money in US dollars; `prompt_tokens` are those of one few-shot call.
    """

    model: str
    hosted: str
    calls_a_day: int
    examples: int
    prompt_tokens: int
    training_usd: Decimal
    own_usd_per_1000: Decimal
    hosted_usd_per_1000: Decimal
    calls: int | None
    prices: str = ""
    """Where the prices are from, and of which day."""

    @property
    def days(self) -> float | None:
        """Days until then; None where that day never comes."""
        return None if self.calls is None else self.calls / self.calls_a_day


@dataclass(frozen=True, kw_only=True)
class ComparisonOutcome:
    """`rows` were counted for every model; `left_out` were not, because a compared model had been trained on them."""

    rows: int
    left_out: int
    models: tuple[ComparedModel, ...]
    pairs: tuple[PairTest, ...]
    tokens: CallTokens | None = None
    break_even: BreakEven | None = None
    prices: str = ""

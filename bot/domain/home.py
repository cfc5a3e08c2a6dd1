"""What a person's App Home shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.domain.approvals import Approval, Spending
from bot.domain.datasets import Dataset
from bot.domain.jobs import FineTuningJob
from bot.domain.models import FineTunedModel


@dataclass(frozen=True, kw_only=True)
class HomePages:
    """Which page of each list is shown, the first being 0."""

    jobs: int = 0
    datasets: int = 0
    models: int = 0


@dataclass(frozen=True, kw_only=True)
class OpenQueue:
    """Labels somebody has yet to look at: of which dataset, how many cards are left."""

    dataset: Dataset
    cards: int


@dataclass(frozen=True, kw_only=True)
class HomeContent:
    """Everything on the tab. The `older_*` say whether a list has another page; `budgets` are those of `spending`'s
    channels, and `channels` the models in use, by channel; `origins` are the datasets of the models, by id."""

    pages: HomePages
    month: str
    jobs: tuple[FineTuningJob, ...] = ()
    older_jobs: bool = False
    datasets: tuple[Dataset, ...] = ()
    older_datasets: bool = False
    models: tuple[FineTunedModel, ...] = ()
    older_models: bool = False
    channels: tuple[tuple[str, FineTunedModel], ...] = ()
    approvals: tuple[tuple[Approval, FineTuningJob], ...] = ()
    queues: tuple[OpenQueue, ...] = ()
    spending: tuple[Spending, ...] = ()
    budgets: dict[str, Decimal] = field(default_factory=dict)
    origins: dict[str, Dataset] = field(default_factory=dict)

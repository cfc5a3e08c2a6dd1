"""What a person can choose from when starting a job."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.datasets import Dataset
from bot.domain.models import BaseModel, Estimate, FineTunedModel


@dataclass(frozen=True, kw_only=True)
class PastScore:
    """How a model of this base did on the same dataset before."""

    base: str
    accuracy: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class StartOptions:
    """What the start form shows. `wandb_project` is the project offered first, None where runs are sent nowhere."""

    datasets: tuple[Dataset, ...]
    chosen: Dataset
    bases: tuple[BaseModel, ...]
    unavailable: tuple[BaseModel, ...] = ()
    models: tuple[FineTunedModel, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    scores: tuple[PastScore, ...] = ()
    wandb_project: str | None = None

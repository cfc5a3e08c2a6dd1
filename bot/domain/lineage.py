"""Where a model comes from and what came of it: dataset version, jobs, models, feedback, the next dataset version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.datasets import Dataset
from bot.domain.feedback import Gathered
from bot.domain.jobs import FineTuningJob
from bot.domain.models import FineTunedModel


@dataclass(frozen=True, kw_only=True)
class Descent:
    """One job of a dataset version: the model it made, if any, whether that was deleted, and what was said of it."""

    job: FineTuningJob
    model: FineTunedModel | None = None
    is_deleted: bool = False
    feedback: Gathered | None = None


@dataclass(frozen=True, kw_only=True)
class Generation:
    """A dataset version and its jobs, oldest first. `corrected` names the model whose corrections made the version."""

    dataset: Dataset
    jobs: tuple[Descent, ...]
    corrected: str = ""

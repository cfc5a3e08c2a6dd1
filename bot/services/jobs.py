"""Starting, cancelling and looking at fine-tuning jobs. The poller does the rest."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.domain import (
    Actor,
    BaseModel,
    Dataset,
    Estimate,
    FineTunedModel,
    FineTuningJob,
    Hyperparameters,
    JobPlan,
    Task,
    Update,
    UpdateKind,
)
from bot.errors import InputError, NotFoundError
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from storage import Store

logger = logging.getLogger(__name__)

_SUFFIX = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class StartOptions:
    """What the start form shows."""

    datasets: tuple[Dataset, ...]
    chosen: Dataset
    bases: tuple[BaseModel, ...]
    estimates: tuple[Estimate, ...]


class Jobs:
    """The story of jobs."""

    def __init__(
        self,
        *,
        store: Store,
        datasets: Datasets,
        estimates: Estimates,
        wake_poller: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._estimates = estimates
        self._wake_poller = wake_poller
        self._clock = clock

    async def start_options(self, team: str, channel: str, dataset_id: str = "") -> StartOptions:
        """Datasets, base models and estimates for the form. Raises NotFoundError, ServiceError."""
        if dataset_id:
            chosen = await self._datasets.get(dataset_id)
        else:
            chosen = await self._datasets.find(team, channel, "")
        datasets = await self._datasets.in_channel(team, chosen.channel)
        if all(dataset.id != chosen.id for dataset in datasets):
            datasets.insert(0, chosen)
        estimates = await self._estimates.of(chosen.report) if chosen.report else ()
        return StartOptions(
            datasets=tuple(datasets), chosen=chosen, bases=await self._estimates.bases(), estimates=estimates
        )

    async def start(self, actor: Actor, plan: JobPlan, *, delivery: str) -> FineTuningJob | None:
        """Take a job, durably; None when this delivery was already taken.

        Raises InputError (naming the field), NotFoundError, ServiceError when the server's models can't be listed.
        """
        dataset = await self._datasets.get(plan.dataset_id)
        plan = await self._checked(plan, dataset)
        job = FineTuningJob(
            op_id=f"op-{uuid4().hex[:16]}",
            team=actor.team,
            channel=dataset.channel,
            user=actor.user,
            thread_ts=dataset.thread_ts,
            card_ts="",
            dataset_id=dataset.id,
            dataset_name=dataset.name,
            base_model=plan.model,
            plan=plan,
            train_tokens=dataset.report.tokens if dataset.report else 0,
            created_at=self._clock(),
        )
        first = [Update(kind=UpdateKind.CARD, key="card")]
        if not await self._store.jobs.accept_start(job, delivery=delivery, first=first, now=self._clock()):
            return None
        self._wake_poller()
        logger.info("job accepted job=%s dataset=%s model=%s", job.op_id, dataset.id, plan.model)
        return job

    async def _checked(self, plan: JobPlan, dataset: Dataset) -> JobPlan:
        if dataset.report is None or not dataset.report.is_ready:
            raise InputError(
                f"{dataset.name} can't be trained on yet: its report has errors.",
                field="dataset",
                next_step="Read the report in its thread and fix what it names.",
            )
        check_hyperparameters(plan.hyperparameters)
        _check_names_and_numbers(plan)
        bases = await self._estimates.bases()
        if not plan.model and bases:
            plan = replace(plan, model=bases[0].id)
        base = next((base for base in bases if base.id == plan.model), None)
        if bases and base is None and not plan.model.startswith("ft:"):
            names = ", ".join(base.id for base in bases[:6])
            raise InputError(
                f"This server has no base model {plan.model}.",
                field="model",
                next_step=f"It can fine-tune: {names}.",
            )
        _check_task(dataset, base)
        return plan

    async def find(self, team: str, channel: str, name: str) -> FineTuningJob:
        """A job by id, or the channel's newest for "". Raises NotFoundError."""
        if name:
            job = await self._store.jobs.find(team, name)
        else:
            newest = await self._store.jobs.in_channel(team, channel, limit=1)
            job = newest[0] if newest else None
        if job is None:
            raise NotFoundError(
                f"There is no job {name} here."
                if name
                else "There is no fine-tuning job in this channel yet.",
                next_step="`/finetune list` shows the jobs of this channel."
                if name
                else "Drop a dataset here, then type `/finetune start`.",
            )
        return job

    async def in_channel(self, team: str, channel: str) -> list[FineTuningJob]:
        """The channel's jobs, newest first."""
        return await self._store.jobs.in_channel(team, channel)

    async def cancel(self, actor: Actor, name: str) -> FineTuningJob:
        """Ask the server to stop a job. Raises NotFoundError, InputError when it has ended."""
        job = await self.find(actor.team, actor.channel, name)
        if not await self._store.jobs.request_cancel(job, user=actor.user, now=self._clock()):
            raise InputError(
                f"Job {job.remote_id or job.op_id} has already ended.",
                next_step="`/finetune list` shows how.",
            )
        self._wake_poller()
        return job

    async def models(self, team: str, channel: str) -> tuple[list[FineTunedModel], str]:
        """The team's models, newest first, and the name of the channel's own."""
        current = await self._store.models.of_channel(team, channel)
        return await self._store.models.of_team(team), current.name if current else ""

    async def use(self, actor: Actor, name: str) -> FineTunedModel:
        """Make a model the channel's. Raises InputError without a name, NotFoundError."""
        if not name:
            raise InputError(
                "Which model?",
                next_step="`/finetune models` lists them, then `/finetune use MODEL`.",
            )
        model = await self._store.models.get(actor.team, name)
        if model is None:
            raise NotFoundError(
                f"There is no model {name} here.", next_step="`/finetune models` lists those there are."
            )
        await self._store.models.use_in_channel(
            model, channel=actor.channel, user=actor.user, now=self._clock()
        )
        return model


def check_hyperparameters(wanted: Hyperparameters) -> None:
    """Raises InputError for numbers outside the API's limits (OpenAI API reference: 1-50, 1-256, above 0)."""
    if wanted.n_epochs is not None and not 1 <= wanted.n_epochs <= 50:
        raise InputError("Epochs must be 1 to 50, or auto.", field="n_epochs")
    if wanted.batch_size is not None and not 1 <= wanted.batch_size <= 256:
        raise InputError("Batch size must be 1 to 256, or auto.", field="batch_size")
    rate = wanted.learning_rate_multiplier
    if rate is not None and not 0 < rate <= 100:
        raise InputError(
            "The learning rate multiplier must be above 0 and at most 100, or auto.",
            field="learning_rate_multiplier",
        )


def _check_names_and_numbers(plan: JobPlan) -> None:
    if plan.suffix and not _SUFFIX.fullmatch(plan.suffix):
        raise InputError("A suffix has 1 to 64 letters, digits, - or _.", field="suffix")
    if plan.seed is not None and not 0 <= plan.seed <= MAX_SEED:
        raise InputError(f"The seed must be a whole number from 0 to {MAX_SEED}.", field="seed")
    if plan.validation_share is not None and not 0 <= plan.validation_share <= 0.5:
        raise InputError("The validation share must be 0% to 50%.", field="validation_share")


def _check_task(dataset: Dataset, base: BaseModel | None) -> None:
    task = dataset.report.task if dataset.report else Task.CLASSIFICATION
    if base is not None and base.kind == "classifier" and task is not Task.CLASSIFICATION:
        raise InputError(
            f"{base.id} learns labels, not texts; this dataset's task is {task.value}.",
            field="model",
            next_step="Choose a base model that writes, or set the task to classification with Change columns.",
        )

"""Starting, cancelling, pausing and looking at fine-tuning jobs. The poller does the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain import (
    Actor,
    Admission,
    Dataset,
    EventPage,
    FineTuningJob,
    JobPlan,
    JobProgress,
    JobStatus,
    PastScore,
    StartOptions,
    Update,
    UpdateKind,
    Wish,
)
from bot.errors import AlreadyStartedError, InputError, NotFoundError
from bot.ports import Permits, Provider
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from bot.services.permits import over_budget
from bot.services.planning import Trainable, checked, much_smaller
from bot.texts import t
from storage import Store
from storage.spending import OverBudgetError

logger = logging.getLogger(__name__)

TWIN_WITHIN = timedelta(minutes=2)
"""Slack shows `dispatch_failed` for a command that was taken, and people type it again."""
MAX_MODELS = 50


class Jobs:
    """The story of jobs."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        datasets: Datasets,
        estimates: Estimates,
        wake_poller: Callable[[], None],
        clock: Callable[[], datetime],
        permits: Permits | None = None,
        wandb_project: str | None = None,
    ) -> None:
        self._store = store
        self._provider = provider
        self._datasets = datasets
        self._estimates = estimates
        self._wake_poller = wake_poller
        self._clock = clock
        self._permits = permits
        self._wandb_project = wandb_project

    async def start_options(self, team: str, channel: str, dataset_id: str = "") -> StartOptions:
        """Everything the form offers. Raises NotFoundError, ServiceError."""
        if dataset_id:
            chosen = await self._datasets.get(dataset_id)
        else:
            chosen = await self._datasets.find(team, channel, "")
        datasets = await self._datasets.in_channel(team, chosen.channel)
        if all(dataset.id != chosen.id for dataset in datasets):
            datasets.insert(0, chosen)
        return StartOptions(
            datasets=tuple(datasets),
            chosen=chosen,
            bases=await self._estimates.bases(),
            unavailable=await self._estimates.unavailable(),
            models=tuple(await self._store.models.of_team(team, limit=MAX_MODELS)),
            estimates=await self._estimates.of(chosen.report) if chosen.report else (),
            scores=await self._past_scores(team, chosen),
            wandb_project=self._wandb_project,
        )

    async def _past_scores(self, team: str, dataset: Dataset) -> tuple[PastScore, ...]:
        """The newest score of each base on this dataset."""
        found: dict[str, PastScore] = {}
        for job in await self._store.jobs.scored(team, dataset.id):
            if job.evaluation and job.base_model not in found:
                found[job.base_model] = PastScore(
                    base=job.base_model, accuracy=job.evaluation.accuracy, rows=job.evaluation.rows
                )
        return tuple(found.values())

    async def start(
        self, actor: Actor, plan: JobPlan, *, delivery: str, again: bool = False
    ) -> FineTuningJob | None:
        """Take a job, durably; None when this delivery was already taken.

        Raises InputErrors (naming the fields), NotFoundError, NotAllowedError, AlreadyStartedError for a start that the
        same person made a moment ago (not with `again`), ServiceError when the server's models can't be listed.
        """
        dataset = await self._datasets.get(plan.dataset_id)
        job = self._job(actor, await self._checked(plan, dataset), dataset)
        admission = await self._admission(job, dataset)
        if admission.approval:
            job = replace(job, progress=JobProgress(status=JobStatus.WAITING))
        twin_within = timedelta(0) if again else TWIN_WITHIN
        taken = await self._take(job, admission, delivery=delivery, twin_within=twin_within)
        if not taken:
            return None
        if taken != job.op_id:
            raise AlreadyStartedError(t("You started exactly this training a moment ago."), job=taken)
        self._wake_poller()
        logger.info("job accepted job=%s dataset=%s model=%s", job.op_id, dataset.id, job.base_model)
        return job

    async def _admission(self, job: FineTuningJob, dataset: Dataset) -> Admission:
        if self._permits is None:
            return Admission()
        return await self._permits.admit(job, await self._estimates.price(job.plan, dataset.report))

    async def _take(
        self, job: FineTuningJob, admission: Admission, *, delivery: str, twin_within: timedelta
    ) -> str:
        """Store it with what its thread is told first. A learning curve's trainings show no cards."""
        first = [] if job.plan.curve else [Update(kind=UpdateKind.CARD, key="card")]
        if admission.approval:
            first.append(Update(kind=UpdateKind.APPROVAL, key="approval"))
        try:
            return await self._store.jobs.accept_start(
                job,
                delivery=delivery,
                first=first,
                now=self._clock(),
                twin_within=twin_within,
                admission=admission,
            )
        except OverBudgetError as error:
            raise over_budget(admission, error.taken_usd) from error

    def _job(self, actor: Actor, plan: JobPlan, dataset: Dataset) -> FineTuningJob:
        return FineTuningJob(
            op_id=f"op-{uuid4().hex[:16]}",
            team=actor.team,
            channel=dataset.channel,
            user=actor.user,
            thread_ts=dataset.thread_ts,
            card_ts="",
            dataset_id=dataset.id,
            dataset_name=f"{dataset.title} ({plan.portion:.0%})" if plan.curve else dataset.title,
            base_model=plan.model,
            plan=plan,
            train_tokens=round(dataset.report.tokens * plan.portion) if dataset.report else 0,
            created_at=self._clock(),
        )

    async def _checked(self, plan: JobPlan, dataset: Dataset) -> JobPlan:
        trainable = Trainable(
            bases=await self._estimates.bases(),
            unavailable=await self._estimates.unavailable(),
            models=tuple(await self._store.models.of_team(dataset.team, limit=MAX_MODELS)),
            wandb=self._wandb_project is not None,
        )
        return checked(plan, dataset, trainable)

    async def start_another(self, actor: Actor, name: str, *, delivery: str) -> FineTuningJob | None:
        """Start on purpose what was started a moment ago; None when this delivery was already taken."""
        job = await self.find(actor.team, actor.channel, name)
        return await self.start(actor, job.plan, delivery=delivery, again=True)

    async def rows_when_smaller(self, team: str, plan: JobPlan) -> tuple[int, int] | None:
        """(training rows, rows its model was made from) when a fine-tuned model is to go on with much less data."""
        parent = await self._store.models.find(team, plan.model) if plan.model else None
        if parent is None:
            return None
        rows, before = await self._train_rows(plan.dataset_id), await self._train_rows(parent.dataset_id)
        return (rows, before) if much_smaller(plan, rows, before) else None

    async def _train_rows(self, dataset_id: str) -> int:
        dataset = await self._store.datasets.get(dataset_id)
        part = dataset.report.part("train") if dataset and dataset.report else None
        return part.rows if part else 0

    async def find(self, team: str, channel: str, name: str) -> FineTuningJob:
        """A job by id, or the channel's newest for "". Raises NotFoundError."""
        if name:
            job = await self._store.jobs.find(team, name)
        else:
            newest = await self._store.jobs.in_channel(team, channel, limit=1)
            job = newest[0] if newest else None
        if job is not None:
            return job
        if name:
            raise NotFoundError(
                t("There is no job {name} here.", name=name),
                next_step=t("`/finetune list` shows the jobs of this channel."),
            )
        raise NotFoundError(
            t("There is no fine-tuning job in this channel yet."),
            next_step=t("Drop a dataset here, then type `/finetune start`."),
        )

    async def in_channel(self, team: str, channel: str) -> list[FineTuningJob]:
        """The channel's jobs, newest first."""
        return await self._store.jobs.in_channel(team, channel)

    async def cancel(self, actor: Actor, name: str) -> FineTuningJob:
        """Ask the server to stop a job. Raises NotFoundError, InputError when it has ended."""
        job = await self.find(actor.team, actor.channel, name)
        if not await self._store.jobs.request_cancel(job, user=actor.user, now=self._clock()):
            raise _ended(job)
        self._wake_poller()
        return job

    async def wish(self, actor: Actor, name: str, wish: Wish) -> FineTuningJob:
        """Ask the server to pause a job or to let it go on; the poller tells who asked when the server refuses.

        Raises NotFoundError, InputError when it has ended or is so already.
        """
        job = await self.find(actor.team, actor.channel, name)
        status, shown = job.progress.status, job.remote_id or job.op_id
        if wish is Wish.PAUSE and status is JobStatus.PAUSED:
            raise InputError(
                t("Job {job} is paused already.", job=shown),
                next_step=t("`/finetune resume {job}` lets it go on.", job=shown),
            )
        if wish is Wish.RESUME and status in (JobStatus.QUEUED, JobStatus.RUNNING):
            raise InputError(t("Job {job} is not paused.", job=shown))
        if not await self._store.jobs.request(job, wish, user=actor.user, now=self._clock()):
            raise _ended(job)
        self._wake_poller()
        return job

    async def events(
        self, actor: Actor, name: str, *, limit: int, after: str = ""
    ) -> tuple[FineTuningJob, EventPage]:
        """A page of what the server tells about a job, newest first. Raises NotFoundError, ServiceError."""
        job = await self.find(actor.team, actor.channel, name)
        if not job.remote_id:
            return job, EventPage(events=())
        return job, await self._provider.event_page(job.remote_id, limit=limit, after=after)


def _ended(job: FineTuningJob) -> InputError:
    return InputError(
        t("Job {job} has already ended.", job=job.remote_id or job.op_id),
        next_step=t("`/finetune list` shows how."),
    )

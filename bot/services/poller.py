"""Looks at due jobs: one short look each, its result and what the thread is told in one transaction.

A look is leased with a fence, so any number of pollers may run; a crash in a look repeats the look and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot import progress
from bot.domain import (
    ClaimedJob,
    FineTunedModel,
    FineTuningJob,
    JobPhase,
    JobProgress,
    JobStatus,
    Update,
    UpdateKind,
    Wish,
)
from bot.errors import BotError, ProviderError, ProviderUnavailableError, UserError
from bot.ports import Provider
from bot.pricing import base_of
from bot.services.estimates import Estimates, cost_of
from bot.services.evaluation import evaluate
from bot.services.people import People
from bot.services.submission import Submission
from bot.texts import speak, t
from storage import Store

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
CONCURRENCY = 16
SLOWEST = 6.0
"""A quiet job is looked at up to this many times less often than a busy one."""
MAX_EVALUATION_FAILS = 5
BEFORE_QUEUE = (JobStatus.STARTING, JobStatus.VALIDATING_FILES)
"""Statuses in which no server pauses a job: a wish waits."""


@dataclass(frozen=True, kw_only=True)
class PollSettings:
    """How often to look, in seconds, and how many test rows to ask about."""

    interval_s: float = 10.0
    evaluation_rows: int = 1000


class Poller:
    """Brings every unfinished job forward."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        submission: Submission,
        estimates: Estimates,
        settings: PollSettings,
        clock: Callable[[], datetime],
        on_news: Callable[[], None],
        people: People | None = None,
    ) -> None:
        self._people = people
        self._store = store
        self._provider = provider
        self._submission = submission
        self._estimates = estimates
        self._settings = settings
        self._clock = clock
        self._on_news = on_news
        self._running: set[asyncio.Task[None]] = set()

    async def poll_once(self) -> int:
        """Claim due jobs and start a look at each, without waiting for it; returns how many."""
        free = CONCURRENCY - len(self._running)
        if free <= 0:
            return 0
        claims = await self._store.jobs.claim_due(now=self._clock(), lease=LEASE, limit=free)
        for claimed in claims:
            task = asyncio.create_task(self._look_guarded(claimed), name=f"poll-{claimed.job.op_id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claims)

    async def drain(self) -> None:
        """Stop the looks that are under way; their leases run out and the next start takes them up."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def look(self, claimed: ClaimedJob) -> None:
        """One look at one job. Raises BotError when it failed; the guard decides about the next try."""
        if claimed.phase is JobPhase.EVALUATING:
            await self._evaluate(claimed)
        elif not claimed.job.remote_id:
            await self._submit(claimed)
        else:
            await self._watch(claimed)

    async def _look_guarded(self, claimed: ClaimedJob) -> None:
        """Look, in the language of who started the job: what goes wrong is kept with it in words."""
        if self._people is not None:
            speak(await self._people.language(claimed.job.team, claimed.job.user))
        try:
            await self.look(claimed)
        except (UserError, ProviderError) as error:
            await self._refused(claimed, error)
        except BotError as error:
            await self._put_off(claimed, error)
        except Exception:  # one broken job must not stop the others; the lease brings it back
            logger.exception("look failed job=%s", claimed.job.op_id)
            await self._put_off(claimed, None)

    async def _submit(self, claimed: ClaimedJob) -> None:
        if claimed.cancel_by and claimed.attempts <= 1:
            await self._finish(claimed, replace(claimed.job.progress, status=JobStatus.CANCELLED))
            return
        remote = await self._submission.submit(claimed)
        await self._store.jobs.save_remote(claimed, remote.id, next_poll_at=self._clock())
        logger.info("job submitted job=%s remote=%s", claimed.job.op_id, remote.id)

    async def _watch(self, claimed: ClaimedJob) -> None:
        job = claimed.job
        if claimed.cancel_by:
            await self._provider.cancel(job.remote_id)
        granted, said = await self._grant(claimed)
        remote = await self._provider.job(job.remote_id)
        events = await self._provider.events(job.remote_id, after=claimed.last_event)
        checkpoints = await self._provider.checkpoints(job.remote_id) if remote.status.is_finished else []
        after, updates = progress.updates_between(job.progress, remote, events, checkpoints)
        last_event = events[-1].id if events else claimed.last_event
        claimed = replace(claimed, last_event=last_event, wish=granted)
        job = replace(job, progress=after)
        updates = (*said, *updates)
        if not remote.status.is_finished:
            await self._save(claimed, job, updates, JobPhase.ACTIVE, changed=bool(updates))
        elif remote.status is JobStatus.SUCCEEDED and after.fine_tuned_model:
            job = replace(job, cost_usd=await self._cost(job))
            updates = (*updates, Update(kind=UpdateKind.COST, key="cost"))
            await self._save(claimed, job, updates, JobPhase.EVALUATING, changed=True, soon=True)
        elif remote.status is JobStatus.SUCCEEDED:
            # Some servers name the model minutes after they say "succeeded": keep looking, the card says so.
            await self._save(claimed, job, updates, JobPhase.ACTIVE, changed=bool(updates))
        else:
            await self._finish(claimed, after, updates)

    async def _grant(self, claimed: ClaimedJob) -> tuple[Wish, tuple[Update, ...]]:
        """Tell the server what a person wishes: the wish that is settled by it, and a refusal to pass on."""
        job, wish = claimed.job, claimed.wish
        if not wish or claimed.cancel_by or job.progress.status in BEFORE_QUEUE:
            return Wish.NONE, ()
        try:
            if wish is Wish.PAUSE:
                await self._provider.pause(job.remote_id)
            else:
                await self._provider.resume(job.remote_id)
        except ProviderError as error:
            logger.info("wish refused job=%s wish=%s error=%s", job.op_id, wish, error)
            key = f"refused-{claimed.fence}"
            return wish, (Update(kind=UpdateKind.REFUSED, key=key, user=claimed.wish_by, text=error.message),)
        return wish, ()

    async def _cost(self, job: FineTuningJob) -> Decimal | None:
        tokens = job.progress.trained_tokens
        bases = await self._estimates.bases()
        return None if tokens is None else cost_of(job.base_model, tokens, bases)

    async def _evaluate(self, claimed: ClaimedJob) -> None:
        """Ask the model about the test part; an answerless server is asked again, then the end is told without."""
        model = await self._model(claimed.job)
        keeper = asyncio.create_task(self._keep_lease(claimed))
        try:
            score = await evaluate(
                self._provider,
                self._store.results,
                model,
                self._submission.folder(claimed.job) / "test.jsonl",
                subject=claimed.job.op_id,
                max_rows=self._settings.evaluation_rows,
            )
        except (ProviderError, ProviderUnavailableError) as error:
            if claimed.fails < MAX_EVALUATION_FAILS:
                raise ProviderUnavailableError(str(error)) from error
            logger.warning("no evaluation job=%s error=%s", claimed.job.op_id, error)
            score = None
        finally:
            keeper.cancel()
        job = replace(claimed.job, evaluation=score)
        model = replace(model, accuracy=score.accuracy if score else None)
        await self._finish(claimed, job.progress, job=job, model=model)

    async def _keep_lease(self, claimed: ClaimedJob) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await self._store.jobs.extend(claimed, now=self._clock(), lease=LEASE)

    async def _model(self, job: FineTuningJob) -> FineTunedModel:
        dataset = await self._store.datasets.get(job.dataset_id)
        report = dataset.report if dataset else None
        if dataset is None or report is None:
            raise UserError(t("The dataset of this job is gone."), next_step=t("Drop the file again."))
        return FineTunedModel(
            name=job.progress.fine_tuned_model,
            team=job.team,
            channel=job.channel,
            user=job.user,
            op_id=job.op_id,
            dataset_id=job.dataset_id,
            base_model=base_of(job.base_model),
            task=report.task,
            format=report.format,
            system=report.system,
            separator=report.separator,
            stop=report.stop,
            labels=tuple(report.labels),
            answers=report.answers,
            created_at=self._clock(),
        )

    async def _finish(
        self,
        claimed: ClaimedJob,
        after: JobProgress,
        updates: tuple[Update, ...] = (),
        *,
        job: FineTuningJob | None = None,
        model: FineTunedModel | None = None,
    ) -> None:
        ended = replace(job or claimed.job, progress=after)
        told = (
            *updates,
            Update(kind=UpdateKind.CARD, key="card"),
            Update(kind=UpdateKind.END, key="end"),
        )
        if len(after.losses) > 1 and after.status is not JobStatus.CANCELLED:
            told = (*told, Update(kind=UpdateKind.PICTURE, key="picture"))
        await self._save(claimed, ended, told, JobPhase.DONE, changed=True, model=model)
        logger.info("job ended job=%s status=%s", ended.op_id, after.status)

    async def _save(
        self,
        claimed: ClaimedJob,
        job: FineTuningJob,
        updates: tuple[Update, ...],
        phase: JobPhase,
        *,
        changed: bool,
        soon: bool = False,
        model: FineTunedModel | None = None,
    ) -> None:
        if job.plan.curve:
            # A point of a learning curve is told by the curve, and is no model for anybody to use.
            updates, model = (), None
        interval = self._next_interval(claimed.poll_interval_s, changed=changed)
        pause = 0.0 if soon else interval * random.uniform(0.9, 1.1)
        now = self._clock()
        kept = await self._store.jobs.finish_poll(
            claimed,
            job,
            phase=phase,
            updates=updates,
            last_event=claimed.last_event,
            model=model,
            granted=claimed.wish,
            now=now,
            next_poll_at=now + timedelta(seconds=pause),
            poll_interval_s=interval,
        )
        if kept and updates:
            self._on_news()

    def _next_interval(self, last: float, *, changed: bool) -> float:
        base = self._settings.interval_s
        return base if changed or last <= 0 else min(base * SLOWEST, last * 1.5)

    async def _refused(self, claimed: ClaimedJob, error: UserError | ProviderError) -> None:
        """The server or the data says no. Before the job exists, that ends it; a known job is looked at again."""
        if claimed.job.remote_id and not isinstance(error, UserError):
            await self._put_off(claimed, error)
            return
        said = f"{error} {error.next_step}".strip() if isinstance(error, UserError) else str(error)
        await self._finish(claimed, replace(claimed.job.progress, status=JobStatus.FAILED, error=said))

    async def _put_off(self, claimed: ClaimedJob, error: BotError | None) -> None:
        logger.warning("look put off job=%s fails=%s error=%s", claimed.job.op_id, claimed.fails + 1, error)
        wait = getattr(error, "retry_after_s", None) or random.uniform(0.5, 1) * min(
            300, 2 ** min(claimed.fails, 10)
        )
        await self._store.jobs.postpone(claimed, next_poll_at=self._clock() + timedelta(seconds=wait))

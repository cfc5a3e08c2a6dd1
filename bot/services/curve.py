"""Learning curves: real trainings on ever more of the data, through the ordinary jobs, so that costs and budgets count.

A tick looks at every curve that is not told yet: it starts what is missing, shows how far it is, and tells the end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from bot.domain import (
    Actor,
    CurvePoint,
    CurveRequest,
    FineTuningJob,
    LearningCurve,
    StudyState,
    Thread,
)
from bot.errors import NotFoundError, ServiceError, SlackError, UserError
from bot.metrics.learning_curve import gain_of
from bot.metrics.significance import wilson_interval
from bot.ports import Notifier, Sandbox
from bot.services.curve_offer import SEED, CurveOffer, offer_for, plan_of
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from bot.services.jobs import Jobs
from bot.services.patience import patiently
from bot.services.people import People
from bot.services.studies import GONE, ProgressMessage, Runner, post_once
from bot.texts import language, t, using
from bot.views import curve as views
from storage import Store

logger = logging.getLogger(__name__)


class Curves:
    """The story of learning curves. A tick calls `work_once`; `await drain()` at the end."""

    def __init__(
        self,
        *,
        store: Store,
        notifier: Notifier,
        sandbox: Sandbox,
        datasets: Datasets,
        estimates: Estimates,
        jobs: Jobs,
        people: People,
        home: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._sandbox = sandbox
        self._datasets = datasets
        self._estimates = estimates
        self._jobs = jobs
        self._people = people
        self._home = home
        self._clock = clock
        self._runner = Runner(clock)
        self._messages: dict[str, ProgressMessage] = {}

    async def offer(self, actor: Actor, dataset_name: str, model: str = "") -> CurveOffer:
        """What a curve would take. Raises NotFoundError, InputError (too few rows, no labels, no such base), ServiceError."""
        dataset = await self._datasets.find(actor.team, actor.channel, dataset_name)
        return await offer_for(dataset, model, self._estimates)

    async def accept(
        self, actor: Actor, dataset_id: str, model: str, *, delivery: str
    ) -> CurveRequest | None:
        """Take a curve, durably; None when this delivery was already taken. Raises as `offer` does."""
        offer = await self.offer(actor, dataset_id, model)
        dataset = offer.dataset
        request = CurveRequest(
            id=f"curve-{uuid4().hex[:12]}",
            team=actor.team,
            channel=dataset.channel,
            user=actor.user,
            thread_ts=dataset.thread_ts,
            dataset_id=dataset.id,
            dataset_name=dataset.title,
            model=offer.model,
            shares=offer.shares,
            rows=offer.rows,
            created_at=self._clock(),
            seed=SEED,
        )
        taken = await self._store.curves.accept(
            request,
            study_id=request.id,
            team=actor.team,
            channel=dataset.channel,
            user=actor.user,
            delivery=delivery,
            now=self._clock(),
        )
        return request if taken else None

    async def stop(self, actor: Actor, curve_id: str) -> None:
        """Cancel the trainings that still run; what is done is told. Raises NotFoundError."""
        if await self._store.curves.get(actor.team, curve_id) is None:
            raise NotFoundError(t("That learning curve is not there any more."))
        for job, is_done in await self._store.jobs.of_curve(actor.team, curve_id):
            if not is_done and not job.progress.status.is_finished:
                await self._jobs.cancel(actor, job.op_id)

    async def work_once(self) -> None:
        """Look at every curve that is not told yet."""
        for request, progress_ts in await self._store.curves.unfinished():
            self._runner.take_up(request.id, partial(self._look, request, progress_ts))

    async def settle(self) -> None:
        """Wait until no look is under way."""
        await self._runner.settle()

    async def drain(self) -> None:
        """Stop looking; the next start goes on."""
        await self._runner.drain()

    async def _look(self, request: CurveRequest, progress_ts: str) -> None:
        if not await self._store.curves.is_open(request.id):
            return  # told since this tick read what is open
        with using(await self._people.language(request.team, request.user)):
            progress = self._messages.setdefault(request.id, self._progress(request, progress_ts))
            try:
                if await self._go_on(request, progress):
                    self._messages.pop(request.id, None)
            except SlackError as error:
                if error.code not in GONE:
                    raise
                logger.warning("curve not told id=%s error=%s", request.id, error)
                await self._store.curves.finish(request.id, StudyState.FAILED)
            except UserError as error:
                await self._give_up(request, error)
            except ServiceError as error:  # the server is away: the next tick looks again
                logger.warning("curve waits id=%s error=%s", request.id, error)

    def _progress(self, request: CurveRequest, ts: str) -> ProgressMessage:
        return ProgressMessage(
            self._notifier,
            _thread(request),
            study_id=request.id,
            ts=ts,
            since=request.created_at,
            save_ts=self._store.curves.save_progress_ts,
            clock=self._clock,
        )

    async def _go_on(self, request: CurveRequest, progress: ProgressMessage) -> bool:
        """Start what is missing, show how far it is, tell the end; whether it is told."""
        await self._start_missing(request)
        found = await self._store.jobs.of_curve(request.team, request.id)
        points = [self._point(request, place, found) for place in range(len(request.shares))]
        is_done = all(done for _, done in found) and len(found) == len(request.shares)
        await progress.show(
            views.finished(request)
            if is_done
            else views.progress(request, [job for job, _ in found], points),
            now_or_never=is_done,
        )
        if is_done:
            await self._tell(request, await self._outcome(request, points))
        return is_done

    async def _start_missing(self, request: CurveRequest) -> None:
        """Each share once: its delivery key says whether an earlier look has started it."""
        started = {job.plan.portion for job, _ in await self._store.jobs.of_curve(request.team, request.id)}
        actor = Actor(team=request.team, user=request.user, channel=request.channel)
        for share in request.shares:
            if share not in started:
                plan = plan_of(request.dataset_id, request.model, share, curve=request.id, seed=request.seed)
                await self._jobs.start(actor, plan, delivery=f"{request.id}:{share:g}", again=True)

    def _point(
        self, request: CurveRequest, place: int, found: list[tuple[FineTuningJob, bool]]
    ) -> CurvePoint:
        share = request.shares[place]
        job, is_done = next(((job, done) for job, done in found if job.plan.portion == share), (None, False))
        point = CurvePoint(share=share, rows=request.rows[place], op_id=job.op_id if job else "")
        if job is None or not is_done:
            return point
        if job.evaluation is None:
            return CurvePoint(share=share, rows=point.rows, op_id=job.op_id, problem=views.why_no_score(job))
        score = job.evaluation
        return CurvePoint(
            share=share,
            rows=point.rows,
            op_id=job.op_id,
            tested=score.rows,
            correct=score.correct,
            interval=wilson_interval(score.correct, score.rows),
        )

    async def _outcome(self, request: CurveRequest, points: list[CurvePoint]) -> LearningCurve:
        last, before = points[-1], points[-2]
        gain = None
        if last.tested and before.tested:
            gain = gain_of(
                await self._store.results.of(before.op_id), await self._store.results.of(last.op_id)
            )
        dataset = await self._datasets.get(request.dataset_id)
        majority = dataset.report.majority_share if dataset.report else 0.0
        return LearningCurve(points=tuple(points), majority_share=majority, gain=gain)

    async def _tell(self, request: CurveRequest, curve: LearningCurve) -> None:
        thread, key = _thread(request), f"{request.id}:end"
        if not await self._notifier.find(thread, outbox_id=key, since=request.created_at):
            message = views.outcome(request, curve)
            await patiently(partial(self._notifier.post, thread, message, outbox_id=key))
            if sum(point.accuracy is not None for point in curve.points) > 1:
                await self._draw(request, curve)
        await self._store.curves.finish(request.id, StudyState.DONE, curve)
        logger.info("curve told id=%s", request.id)

    async def _draw(self, request: CurveRequest, curve: LearningCurve) -> None:
        folder = self._home / "studies" / request.id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "learning-curve.png"
        arguments = {"curve": curve, "path": str(path), "language": language()}
        try:
            alt_text = await self._sandbox.run("bot.charts.learning_curve:draw", arguments, str)
            title = t("Learning curve of {dataset}", dataset=request.dataset_name)
            upload = partial(self._notifier.upload, _thread(request), path, name=path.name, title=title)
            await patiently(partial(upload, alt_text=alt_text))
        except (ServiceError, OSError) as error:  # the message says the same in words
            logger.warning("no curve picture id=%s error=%s", request.id, error)

    async def _give_up(self, request: CurveRequest, error: UserError) -> None:
        """A training may not be started: those that were are stopped, and the thread hears why."""
        logger.warning("curve given up id=%s error=%s", request.id, error)
        for job, is_done in await self._store.jobs.of_curve(request.team, request.id):
            if not is_done:
                await self._store.jobs.request_cancel(job, user=request.user, now=self._clock())
        await post_once(
            self._notifier,
            _thread(request),
            views.failed(request, error),
            key=f"{request.id}:end",
            since=request.created_at,
        )
        await self._store.curves.finish(request.id, StudyState.FAILED)
        self._messages.pop(request.id, None)


def _thread(request: CurveRequest) -> Thread:
    return Thread(channel=request.channel, ts=request.thread_ts)

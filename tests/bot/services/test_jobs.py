"""Starting jobs: once, as planned; and what a person may ask of one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain import Evaluation, Hyperparameters, JobPhase, JobProgress, JobStatus, Wish
from bot.errors import AlreadyStartedError, InputError, NotFoundError
from bot.services.estimates import Estimates
from bot.services.jobs import Jobs
from storage import Store
from tests.bot.services.job_world import LEASE, World, with_dataset
from tests.fakes import FakeClock, FakeProvider
from tests.values import ACTOR, DATASET, MODEL, PLAN, REPORT


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path) -> World:
    return await with_dataset(World(store, clock, provider, notifier, tmp_path))


@pytest.fixture
def jobs(world: World, store: Store, provider: FakeProvider, clock: FakeClock) -> Jobs:
    return Jobs(
        store=store,
        provider=provider,
        datasets=world,
        estimates=Estimates(provider=provider, clock=clock),
        wake_poller=lambda: None,
        clock=clock,
    )


async def end(store: Store, clock: FakeClock, **changes) -> None:
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=1)
    progress = JobProgress(status=JobStatus.SUCCEEDED, fine_tuned_model=MODEL.name)
    await store.jobs.finish_poll(
        claimed,
        replace(claimed.job, progress=progress, **changes),
        phase=JobPhase.DONE,
        updates=(),
        last_event="",
        model=replace(MODEL, op_id=claimed.job.op_id),
        now=clock(),
        next_poll_at=clock(),
        poll_interval_s=1.0,
    )


async def test_a_start_typed_twice_is_one_job(jobs: Jobs, clock: FakeClock):
    first = await jobs.start(ACTOR, PLAN, delivery="d1")
    clock.advance(119)

    with pytest.raises(AlreadyStartedError) as caught:
        await jobs.start(ACTOR, PLAN, delivery="d2")

    assert caught.value.job == first.op_id
    assert len(await jobs.in_channel("T1", "C1")) == 1


async def test_another_one_can_be_started_on_purpose(jobs: Jobs):
    first = await jobs.start(ACTOR, PLAN, delivery="d1")

    second = await jobs.start_another(ACTOR, first.op_id, delivery="d2")

    assert second.op_id != first.op_id
    assert second.plan == first.plan
    assert await jobs.start_another(ACTOR, first.op_id, delivery="d2") is None


@pytest.mark.parametrize(
    ("actor", "plan", "later_s"),
    [
        (ACTOR, PLAN, 121),
        (replace(ACTOR, user="U2"), PLAN, 1),
        (ACTOR, replace(PLAN, hyperparameters=Hyperparameters(n_epochs=4)), 1),
    ],
)
async def test_another_start_is_another_job(jobs: Jobs, clock: FakeClock, actor, plan, later_s):
    await jobs.start(ACTOR, PLAN, delivery="d1")
    clock.advance(later_s)

    assert await jobs.start(actor, plan, delivery="d2")


async def test_the_same_start_after_the_end_is_another_job(jobs: Jobs, store: Store, clock: FakeClock):
    await jobs.start(ACTOR, PLAN, delivery="d1")
    await end(store, clock)

    assert await jobs.start(ACTOR, PLAN, delivery="d2")


async def test_the_form_shows_what_was_reached_before(jobs: Jobs, store: Store, clock: FakeClock):
    await jobs.start(ACTOR, PLAN, delivery="d1")
    await end(store, clock, evaluation=Evaluation(rows=50, correct=47, majority_correct=30))

    options = await jobs.start_options("T1", "C1", "ds-1")

    assert [(score.base, score.accuracy) for score in options.scores] == [("ngram-hash-1", 0.94)]
    assert [model.name for model in options.models] == [MODEL.name]
    assert options.wandb_project is None


async def test_going_on_with_much_less_data_is_noticed(jobs: Jobs, store: Store, clock: FakeClock):
    await jobs.start(ACTOR, PLAN, delivery="d1")
    await end(store, clock)
    parts = (replace(REPORT.splits[0], rows=20), *REPORT.splits[1:])
    await store.datasets.accept_drop(
        replace(DATASET, id="ds-2", file_id="F2", root="ds-2"), delivery="drop2", now=clock(), lease=LEASE
    )
    await store.datasets.save(
        replace(DATASET, id="ds-2", file_id="F2", root="ds-2", report=replace(REPORT, splits=parts))
    )

    plan = replace(PLAN, dataset_id="ds-2", model=MODEL.name)

    assert await jobs.rows_when_smaller("T1", plan) == (20, 80)


async def test_a_base_needs_no_advice(jobs: Jobs):
    assert await jobs.rows_when_smaller("T1", PLAN) is None


async def test_an_ended_job_is_neither_paused_nor_cancelled(jobs: Jobs, store: Store, clock: FakeClock):
    job = await jobs.start(ACTOR, PLAN, delivery="d1")
    await end(store, clock)

    with pytest.raises(InputError, match="already ended"):
        await jobs.wish(ACTOR, job.op_id, Wish.PAUSE)
    with pytest.raises(InputError, match="already ended"):
        await jobs.cancel(ACTOR, job.op_id)


async def test_events_come_a_page_at_a_time(jobs: Jobs, world: World):
    job = await jobs.start(ACTOR, PLAN, delivery="d1")
    for _ in range(5):
        await world.look()
        world.clock.advance(60)

    _, first = await jobs.events(ACTOR, job.op_id, limit=2)
    _, second = await jobs.events(ACTOR, job.op_id, limit=2, after=first.older)

    assert [event.id for event in (*first.events, *second.events)] == ["e3", "e2", "e1", "e0"]
    assert second.older == ""


async def test_a_job_not_yet_at_the_server_has_no_events(jobs: Jobs):
    job = await jobs.start(ACTOR, PLAN, delivery="d1")

    found, page = await jobs.events(ACTOR, job.op_id, limit=2)

    assert (found, page.events) == (job, ())


async def test_a_job_of_another_name_is_not_found(jobs: Jobs):
    with pytest.raises(NotFoundError, match="no job nothing"):
        await jobs.events(ACTOR, "nothing", limit=2)


async def test_a_price_is_known_before_the_start(provider: FakeProvider, clock: FakeClock):
    provider.bases = ()
    estimates = Estimates(provider=provider, clock=clock)
    plan = replace(PLAN, model="gpt-4.1-mini-2025-04-14", hyperparameters=Hyperparameters(n_epochs=5))

    assert await estimates.price(plan, REPORT) == Decimal("5.00") * 400 * 5 / 1_000_000
    assert await estimates.price(replace(plan, model="unknown"), REPORT) is None

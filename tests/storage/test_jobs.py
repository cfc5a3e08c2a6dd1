from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.domain import Evaluation, JobPhase, JobStatus, Update, UpdateKind
from storage import Store
from tests.fakes import FakeClock
from tests.values import JOB, MODEL

LEASE = timedelta(seconds=60)
CARD = Update(kind=UpdateKind.CARD, key="card")


async def accept(store: Store, clock: FakeClock, delivery: str = "d1", job=JOB) -> bool:
    return await store.jobs.accept_start(job, delivery=delivery, first=[CARD], now=clock())


async def finish(store: Store, clock: FakeClock, claimed, job, **changes) -> bool:
    values = {
        "phase": JobPhase.ACTIVE,
        "updates": (),
        "last_event": "",
        "model": None,
        "now": clock(),
        "next_poll_at": clock() + timedelta(seconds=10),
        "poll_interval_s": 10.0,
    }
    return await store.jobs.finish_poll(claimed, job, **{**values, **changes})


async def test_the_same_delivery_starts_one_job(store: Store, clock: FakeClock):
    assert await accept(store, clock)
    assert not await accept(store, clock, job=replace(JOB, op_id="op-2"))

    assert [job.op_id for job in await store.jobs.in_channel("T1", "C1")] == ["op-1"]


async def test_a_start_and_its_card_are_one_transaction(store: Store, clock: FakeClock):
    await accept(store, clock)

    rows = await store.outbox.claim(now=clock(), lease=LEASE, limit=10)

    assert [row.update.kind for row in rows] == [UpdateKind.CARD]
    assert await store.jobs.get("op-1") == JOB


async def test_a_leased_job_is_not_claimed_again_before_its_time(store: Store, clock: FakeClock):
    await accept(store, clock)

    first = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    second = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    clock.advance(61)
    third = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)

    assert (len(first), len(second), len(third)) == (1, 0, 1)
    assert third[0].fence == first[0].fence + 1
    assert third[0].attempts == 2


async def test_a_lost_claim_stores_nothing(store: Store, clock: FakeClock):
    await accept(store, clock)
    (stale,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    clock.advance(61)
    await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)

    changed = replace(JOB, progress=replace(JOB.progress, status=JobStatus.FAILED))
    kept = await finish(store, clock, stale, changed, updates=[Update(kind=UpdateKind.END, key="end")])

    assert not kept
    assert (await store.jobs.get("op-1")).progress.status is JobStatus.STARTING


async def test_a_result_is_stored_whole(store: Store, clock: FakeClock):
    await accept(store, clock)
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    done = replace(
        JOB,
        progress=replace(JOB.progress, status=JobStatus.SUCCEEDED, losses=((1, 0.5),), trained_tokens=7),
        cost_usd=Decimal("1.25"),
        evaluation=Evaluation(rows=10, correct=9, majority_correct=6),
    )

    assert await finish(store, clock, claimed, done, phase=JobPhase.DONE, model=MODEL)

    assert await store.jobs.get("op-1") == done
    assert await store.models.of_channel("T1", "C1") == MODEL
    clock.advance(3600)
    assert await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5) == []


async def test_a_second_model_does_not_replace_the_channels_own(store: Store, clock: FakeClock):
    await accept(store, clock)
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    await finish(store, clock, claimed, JOB, model=MODEL, next_poll_at=clock())
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    other = replace(MODEL, name="ft:other")
    await finish(store, clock, claimed, JOB, model=other)

    assert await store.models.of_channel("T1", "C1") == MODEL
    await store.models.use_in_channel(other, channel="C1", user="U2", now=clock())
    assert await store.models.of_channel("T1", "C1") == other


async def test_cancelling_makes_the_job_due_and_an_ended_one_refuses(store: Store, clock: FakeClock):
    await accept(store, clock)
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    await finish(store, clock, claimed, JOB)

    assert await store.jobs.request_cancel(JOB, user="U2", now=clock())
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)
    assert claimed.cancel_by == "U2"
    await finish(store, clock, claimed, JOB, phase=JobPhase.DONE)
    assert not await store.jobs.request_cancel(JOB, user="U2", now=clock())


async def test_a_restart_takes_up_leases_at_once_but_lets_a_creation_settle(store: Store, clock: FakeClock):
    await accept(store, clock)
    await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)

    await store.release_leases(clock())

    assert await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5) == []
    clock.advance(3)
    assert len(await store.jobs.claim_due(now=clock(), lease=LEASE, limit=5)) == 1

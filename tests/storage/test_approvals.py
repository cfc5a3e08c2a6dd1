"""A job that costs money: reserved with its start, waiting for one word, settled once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import (
    Admission,
    Approval,
    ClaimedJob,
    FineTuningJob,
    JobPhase,
    JobProgress,
    JobStatus,
    Outcome,
    Spending,
    Update,
    UpdateKind,
)
from storage import Store
from storage.spending import OverBudgetError
from tests.fakes import FakeClock
from tests.values import JOB, NOW

LEASE = timedelta(seconds=60)
FIVE = Decimal(5)


def approval(op_id: str) -> Approval:
    return Approval(
        op_id=op_id,
        team="T1",
        channel="C1",
        asked_by="U1",
        approvers=("U9",),
        amount_usd=FIVE,
        limit_usd=Decimal(1),
        asked_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )


async def start(
    store: Store,
    clock: FakeClock,
    op_id: str = "op-1",
    *,
    amount: Decimal | None = FIVE,
    budget: Decimal | None = None,
    asks: bool = False,
) -> FineTuningJob:
    job = replace(JOB, op_id=op_id)
    admission = Admission(
        amount_usd=amount,
        month="2026-11",
        budget_usd=budget,
        approval=approval(op_id) if asks else None,
    )
    taken = await store.jobs.accept_start(
        job,
        delivery=f"command:{op_id}",
        first=[Update(kind=UpdateKind.CARD, key="card")],
        now=clock(),
        admission=admission,
    )
    assert taken == op_id
    return job


async def claim(store: Store, clock: FakeClock) -> list[ClaimedJob]:
    return await store.jobs.claim_due(now=clock(), lease=LEASE, limit=10)


async def november(store: Store) -> list[Spending]:
    return await store.spending.of_month("T1", "2026-11")


async def test_what_is_reserved_counts_against_the_budget(store: Store, clock: FakeClock):
    await start(store, clock, "op-1", budget=Decimal(12))
    await start(store, clock, "op-2", budget=Decimal(12))

    with pytest.raises(OverBudgetError) as caught:
        await start(store, clock, "op-3", budget=Decimal(12))

    assert caught.value.taken_usd == 10
    assert await store.jobs.get("op-3") is None
    assert await november(store) == [Spending(channel="C1", spent_usd=Decimal(0), reserved_usd=Decimal(10))]


async def test_a_refused_start_may_be_sent_again_later(store: Store, clock: FakeClock):
    with pytest.raises(OverBudgetError):
        await start(store, clock, budget=Decimal(4))

    await start(store, clock, budget=Decimal(6))


async def test_nothing_starts_before_the_approval(store: Store, clock: FakeClock):
    await start(store, clock, asks=True)
    before = await claim(store, clock)

    assert await store.approvals.decide(approval("op-1"), Outcome.APPROVED, user="U9", now=clock())

    job = await store.jobs.get("op-1")
    assert before == []
    assert job is not None
    assert job.progress.status is JobStatus.STARTING
    assert [claimed.job.op_id for claimed in await claim(store, clock)] == ["op-1"]


async def test_only_the_first_decision_counts(store: Store, clock: FakeClock):
    await start(store, clock, asks=True)

    decisions = [
        await store.approvals.decide(approval("op-1"), outcome, user="U9", now=clock())
        for outcome in (Outcome.REJECTED, Outcome.APPROVED)
    ]

    found = await store.approvals.get("op-1")
    assert decisions == [True, False]
    assert found is not None
    assert (found.outcome, found.decided_by) == (Outcome.REJECTED, "U9")


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.EXPIRED])
async def test_a_job_nobody_approved_ends_and_costs_nothing(store: Store, clock: FakeClock, outcome: Outcome):
    await start(store, clock, asks=True)

    await store.approvals.decide(approval("op-1"), outcome, user="", now=clock())

    job = await store.jobs.get("op-1")
    rows = await store.outbox.claim(now=clock(), lease=LEASE, limit=10)
    assert job is not None
    assert job.progress.status is JobStatus.CANCELLED
    assert await november(store) == []
    assert await claim(store, clock) == []
    assert {row.update.key for row in rows} <= {"card", f"approval:{outcome}"}


async def test_requests_are_overdue_after_their_time(store: Store, clock: FakeClock):
    await start(store, clock, asks=True)

    early = await store.approvals.overdue(clock())
    clock.advance(24 * 3600)

    assert early == []
    assert [found.op_id for found in await store.approvals.overdue(clock())] == ["op-1"]


async def test_cancelling_a_waiting_job_withdraws_the_request(store: Store, clock: FakeClock):
    job = await start(store, clock, asks=True)

    assert await store.jobs.request_cancel(job, user="U1", now=clock())

    found = await store.approvals.get("op-1")
    claimed = await claim(store, clock)
    assert found is not None
    assert found.outcome is Outcome.WITHDRAWN
    assert claimed[0].cancel_by == "U1"


@pytest.mark.parametrize(
    ("progress", "cost", "spent"),
    [
        (JobProgress(status=JobStatus.SUCCEEDED), Decimal("4.25"), Decimal("4.25")),
        (JobProgress(status=JobStatus.SUCCEEDED), None, FIVE),
        (JobProgress(status=JobStatus.CANCELLED, step=25, total_steps=100), None, Decimal("1.25")),
        (JobProgress(status=JobStatus.FAILED), None, Decimal(0)),
    ],
)
async def test_the_end_settles_what_was_reserved(
    store: Store, clock: FakeClock, progress: JobProgress, cost: Decimal | None, spent: Decimal
):
    job = await start(store, clock)
    claimed = (await claim(store, clock))[0]

    await store.jobs.finish_poll(
        claimed,
        replace(job, progress=progress, cost_usd=cost),
        phase=JobPhase.DONE,
        updates=(),
        last_event="",
        model=None,
        now=clock(),
        next_poll_at=clock(),
        poll_interval_s=1,
    )

    expected = [Spending(channel="C1", spent_usd=spent, reserved_usd=Decimal(0))] if spent else []
    assert await november(store) == expected

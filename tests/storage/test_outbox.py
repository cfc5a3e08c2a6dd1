from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import JobPhase, Update, UpdateKind
from storage import Store
from tests.fakes import FakeClock
from tests.values import JOB

LEASE = timedelta(seconds=60)
CARD = Update(kind=UpdateKind.CARD, key="card")


def epoch(number: int) -> Update:
    return Update(kind=UpdateKind.EPOCHS, key=f"epoch-{number}", first=number, last=number)


@pytest.fixture
async def started(store: Store, clock: FakeClock) -> Store:
    await store.jobs.accept_start(JOB, delivery="d1", first=[CARD], now=clock())
    return store


async def tell(store: Store, clock: FakeClock, *updates: Update) -> None:
    (claimed,) = await store.jobs.claim_due(now=clock(), lease=LEASE, limit=1)
    await store.jobs.finish_poll(
        claimed,
        JOB,
        phase=JobPhase.ACTIVE,
        updates=updates,
        last_event="",
        model=None,
        now=clock(),
        next_poll_at=clock(),
        poll_interval_s=1,
    )


async def claim(store: Store, clock: FakeClock):
    return await store.outbox.claim(now=clock(), lease=LEASE, limit=10)


async def send(store: Store, clock: FakeClock, row, ts: str = "9.1") -> None:
    await store.outbox.mark_sent(row, ts=ts, now=clock(), pause=timedelta(seconds=3))


async def test_replies_wait_for_the_card_and_for_each_other(started: Store, clock: FakeClock):
    await tell(started, clock, epoch(1), epoch(2))

    (card,) = await claim(started, clock)
    await send(started, clock, card)
    (first,) = await claim(started, clock)
    assert await claim(started, clock) == []
    await send(started, clock, first)
    (second,) = await claim(started, clock)

    assert [row.update.key for row in (card, first, second)] == ["card", "epoch-1", "epoch-2"]


async def test_the_same_update_is_enqueued_once(started: Store, clock: FakeClock):
    await tell(started, clock, epoch(1))
    await tell(started, clock, epoch(1))

    assert await started.outbox.waiting() == 2


async def test_a_sent_card_is_edited_again_after_its_pause(started: Store, clock: FakeClock):
    (card,) = await claim(started, clock)
    await send(started, clock, card)
    await tell(started, clock, CARD)

    assert await claim(started, clock) == []
    clock.advance(3)
    (again,) = await claim(started, clock)
    assert again.update.kind is UpdateKind.CARD
    assert (await started.jobs.get("op-1")).card_ts == "9.1"


async def test_a_card_that_changed_while_it_was_sent_is_sent_once_more(started: Store, clock: FakeClock):
    (card,) = await claim(started, clock)
    await tell(started, clock, CARD)
    await send(started, clock, card)
    clock.advance(3)

    assert [row.update.kind for row in await claim(started, clock)] == [UpdateKind.CARD]


async def test_a_row_found_sending_is_in_doubt(started: Store, clock: FakeClock):
    (first,) = await claim(started, clock)
    clock.advance(61)
    (again,) = await claim(started, clock)

    assert (first.in_doubt, again.in_doubt) == (False, True)
    assert again.first_try_at == clock() - timedelta(seconds=61)


async def test_a_row_that_surely_failed_is_not_in_doubt(started: Store, clock: FakeClock):
    (row,) = await claim(started, clock)
    await started.outbox.postpone(
        row, until=clock() + timedelta(seconds=5), in_doubt=False, problem="ratelimited"
    )

    assert await claim(started, clock) == []
    clock.advance(5)
    (again,) = await claim(started, clock)
    assert not again.in_doubt


async def test_a_buried_row_lets_the_next_one_pass(started: Store, clock: FakeClock):
    (card,) = await claim(started, clock)
    await send(started, clock, card)
    await tell(started, clock, epoch(1), epoch(2))
    (first,) = await claim(started, clock)
    await started.outbox.bury(first, problem="is_archived")

    assert [row.update.key for row in await claim(started, clock)] == ["epoch-2"]


async def test_jobs_do_not_wait_for_each_other(started: Store, clock: FakeClock):
    other = replace(JOB, op_id="op-2")
    await started.jobs.accept_start(other, delivery="d2", first=[CARD], now=clock())

    assert {row.op_id for row in await claim(started, clock)} == {"op-1", "op-2"}

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import (
    Actor,
    Admission,
    Approval,
    ChannelSettings,
    Outcome,
    Person,
    Thread,
    Update,
    UpdateKind,
)
from bot.errors import NotAllowedError, NotFoundError
from bot.ports import Message
from bot.services.approvals import Approvals
from bot.services.people import People
from storage import Store
from tests.fakes import FakeClock, FakeDirectory, RecordingNotifier
from tests.values import JOB, NOW

APPROVAL = Approval(
    op_id="op-1",
    team="T1",
    channel="C1",
    asked_by="U1",
    approvers=("U1", "U9"),
    amount_usd=Decimal(12),
    limit_usd=Decimal(5),
    asked_at=NOW,
    expires_at=NOW + timedelta(hours=24),
)
APPROVER = Actor(team="T1", user="U9", channel="C1")
STARTER = Actor(team="T1", user="U1", channel="C1")
LEASE = timedelta(seconds=60)


@pytest.fixture
def approvals(
    store: Store, notifier: RecordingNotifier, directory: FakeDirectory, clock: FakeClock
) -> Approvals:
    people = People(store=store, directory=directory, default="en", clock=clock)
    return Approvals(store=store, notifier=notifier, people=people, wake_poller=lambda: None, clock=clock)


async def ask(
    store: Store, notifier: RecordingNotifier, clock: FakeClock, approval: Approval = APPROVAL
) -> None:
    """A job that waits, with its request posted."""
    await store.jobs.accept_start(
        JOB,
        delivery="command:1",
        first=[Update(kind=UpdateKind.APPROVAL, key="approval")],
        now=clock(),
        admission=Admission(amount_usd=Decimal(12), month="2026-11", approval=approval),
    )
    row = (await store.outbox.claim(now=clock(), lease=LEASE, limit=1))[0]
    ts = await notifier.post(Thread(channel="C1", ts="100.000100"), Message(text="please approve"))
    await store.outbox.mark_sent(row, ts=ts, now=clock(), pause=timedelta(0))


async def told(store: Store, clock: FakeClock) -> set[str]:
    return {row.update.key for row in await store.outbox.claim(now=clock(), lease=LEASE, limit=10)}


async def test_an_approver_lets_it_start(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)

    assert await approvals.decide(APPROVER, "op-1", Outcome.APPROVED) is None

    assert "Approved by <@U9>" in notifier.posts[0].message.text
    assert not any(block["type"] == "actions" for block in notifier.posts[0].message.blocks)
    assert "approval:approved" in await told(store, clock)


async def test_the_second_click_is_told_what_was_decided(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)
    await approvals.decide(APPROVER, "op-1", Outcome.REJECTED)

    late = await approvals.decide(APPROVER, "op-1", Outcome.APPROVED)

    assert late is not None
    assert late.text == "🚫 Rejected by <@U9>."
    found = await store.approvals.get("op-1")
    assert found is not None
    assert found.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("user", "words"), [("U5", "Only the approvers"), ("U1", "somebody else must approve")]
)
async def test_others_and_who_asked_may_not_decide(
    approvals: Approvals,
    store: Store,
    notifier: RecordingNotifier,
    clock: FakeClock,
    user: str,
    words: str,
):
    await ask(store, notifier, clock)

    with pytest.raises(NotAllowedError, match=words):
        await approvals.decide(replace(APPROVER, user=user), "op-1", Outcome.APPROVED)

    assert await store.approvals.waiting("T1")


async def test_the_right_to_decide_is_looked_up_at_the_click(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)
    now_others = ChannelSettings(approvers=("U1",), approval_above_usd=Decimal(5))
    await store.channels.save(now_others, team="T1", channel="C1", user="U1", changes={}, now=clock())

    with pytest.raises(NotAllowedError):
        await approvals.decide(APPROVER, "op-1", Outcome.APPROVED)
    assert await approvals.decide(STARTER, "op-1", Outcome.APPROVED) is None


async def test_a_request_of_another_team_is_not_there(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)

    with pytest.raises(NotFoundError):
        await approvals.decide(replace(APPROVER, team="T2"), "op-1", Outcome.APPROVED)


async def test_what_nobody_decided_expires_and_says_so(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)

    early = await approvals.expire()
    clock.advance(24 * 3600)

    assert (early, await approvals.expire(), await approvals.expire()) == (0, 1, 0)
    assert "Expired" in notifier.posts[0].message.text
    assert "approval:expired" in await told(store, clock)


async def test_approvers_see_what_waits_for_them(
    approvals: Approvals, store: Store, notifier: RecordingNotifier, clock: FakeClock
):
    await ask(store, notifier, clock)

    found = {user: len(await approvals.for_approver("T1", user)) for user in ("U1", "U5", "U9")}

    assert found == {"U1": 0, "U5": 0, "U9": 1}


async def test_the_decision_is_shown_in_the_language_of_who_asked(
    approvals: Approvals,
    store: Store,
    notifier: RecordingNotifier,
    directory: FakeDirectory,
    clock: FakeClock,
):
    directory.people["U1"] = Person(id="U1", locale="zh-CN")
    await store.people.save("T1", directory.people["U1"], now=clock())
    await ask(store, notifier, clock)

    await approvals.decide(APPROVER, "op-1", Outcome.APPROVED)

    assert "批准" in notifier.posts[0].message.text

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain import Admission, ChannelSettings, Person, WhoMayStart
from bot.errors import NotAllowedError, SlackError
from bot.services.people import People
from bot.services.permits import ChannelPermits, over_budget
from storage import Store
from tests.fakes import FakeClock, FakeDirectory
from tests.values import JOB

DEAR = Decimal(12)
FREE = Decimal(0)
ASKS = ChannelSettings(approval_above_usd=Decimal(5), approvers=("U8", "U9"))


@pytest.fixture
def permits(store: Store, directory: FakeDirectory, clock: FakeClock) -> ChannelPermits:
    people = People(store=store, directory=directory, default="en", clock=clock)
    return ChannelPermits(store=store, people=people, directory=directory, clock=clock)


@pytest.fixture
def decide(store: Store, clock: FakeClock):
    async def save(settings: ChannelSettings) -> None:
        await store.channels.save(settings, team="T1", channel="C1", user="U1", changes={}, now=clock())

    return save


async def test_without_settings_a_member_starts_anything(permits: ChannelPermits):
    admission = await permits.admit(JOB, DEAR)

    assert admission == Admission(amount_usd=DEAR, month="2026-11")


async def test_only_the_people_of_the_list_start(permits: ChannelPermits, decide):
    await decide(ChannelSettings(who_may_start=WhoMayStart.LIST, starters=("U7",)))

    with pytest.raises(NotAllowedError, match="only some people may start"):
        await permits.admit(JOB, FREE)
    assert await permits.admit(replace(JOB, user="U7"), FREE) == Admission()


async def test_only_the_members_of_the_group_start(
    permits: ChannelPermits, directory: FakeDirectory, clock: FakeClock, decide
):
    directory.group["S1"] = ("U7",)
    await decide(ChannelSettings(who_may_start=WhoMayStart.GROUP, starter_group="S1"))

    await permits.admit(replace(JOB, user="U7"), FREE)
    with pytest.raises(NotAllowedError):
        await permits.admit(JOB, FREE)

    assert directory.asked == ["S1"]
    clock.advance(301)
    directory.group["S1"] = ("U1",)
    assert await permits.admit(JOB, FREE) == Admission()


async def test_a_group_that_cannot_be_read_says_which_scope_is_missing(
    permits: ChannelPermits, directory: FakeDirectory, decide
):
    directory.failure = SlackError("no", code="missing_scope")
    await decide(ChannelSettings(who_may_start=WhoMayStart.GROUP, starter_group="S1"))

    with pytest.raises(NotAllowedError) as caught:
        await permits.admit(JOB, FREE)

    assert "usergroups:read" in caught.value.next_step


@pytest.mark.parametrize(
    ("person", "allowing"),
    [
        (Person(id="U1", is_guest=True), ChannelSettings(allow_guests=True)),
        (Person(id="U1", is_external=True), ChannelSettings(allow_external=True)),
    ],
)
async def test_outsiders_start_paid_jobs_only_when_allowed(
    permits: ChannelPermits, directory: FakeDirectory, decide, person: Person, allowing: ChannelSettings
):
    directory.people["U1"] = person

    with pytest.raises(NotAllowedError, match="may not start paid jobs"):
        await permits.admit(JOB, DEAR)
    with pytest.raises(NotAllowedError):
        await permits.admit(JOB, None)
    assert await permits.admit(JOB, FREE) == Admission()

    await decide(allowing)
    assert (await permits.admit(JOB, DEAR)).amount_usd == DEAR


async def test_nobody_unknown_starts_a_paid_job(permits: ChannelPermits, directory: FakeDirectory):
    directory.failure = SlackError("no", code="missing_scope")

    with pytest.raises(NotAllowedError) as caught:
        await permits.admit(JOB, DEAR)

    assert "users:read" in caught.value.next_step


async def test_a_silent_slack_is_told_as_such(permits: ChannelPermits, directory: FakeDirectory):
    directory.failure = SlackError("Slack could not be reached for users.info.")

    with pytest.raises(SlackError, match="could not be reached"):
        await permits.admit(JOB, DEAR)


@pytest.mark.parametrize(
    ("usd", "asks"), [(Decimal("5.01"), True), (Decimal(5), False), (None, True), (FREE, False)]
)
async def test_approval_is_asked_above_the_amount(
    permits: ChannelPermits, decide, clock: FakeClock, usd: Decimal | None, asks: bool
):
    await decide(ASKS)

    approval = (await permits.admit(JOB, usd)).approval

    assert (approval is not None) is asks
    if approval:
        assert (approval.asked_by, approval.approvers, approval.amount_usd) == ("U1", ("U8", "U9"), usd)
        assert (approval.expires_at - clock()).total_seconds() == 24 * 3600


async def test_the_only_approver_need_not_ask_himself(permits: ChannelPermits, decide):
    await decide(replace(ASKS, approvers=("U1",)))

    assert (await permits.admit(JOB, DEAR)).approval is None


async def test_one_of_two_approvers_must_ask_the_other(permits: ChannelPermits, decide):
    await decide(replace(ASKS, approvers=("U1", "U9")))

    assert (await permits.admit(JOB, DEAR)).approval is not None


def test_a_refusal_over_budget_has_its_figures():
    admission = Admission(amount_usd=Decimal("3.20"), month="2026-11", budget_usd=Decimal(20))

    said = str(over_budget(admission, Decimal("18.90")))

    for figure in ("$3.20", "$20.00", "November 2026", "$1.10", "$18.90"):
        assert figure in said

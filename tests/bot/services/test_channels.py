from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain import ChannelSettings, Person, WhoMayStart
from bot.errors import InputErrors, NotAllowedError, NotFoundError, SlackError
from bot.services.channels import Channels, changes
from bot.services.people import People
from storage import Store
from tests.fakes import FakeClock, FakeDirectory
from tests.values import ACTOR

LIMITED = ChannelSettings(budget_usd_month=Decimal(20), approval_above_usd=Decimal(5), approvers=("U9",))
APPROVER = replace(ACTOR, user="U9")


@pytest.fixture
def channels(store: Store, directory: FakeDirectory, clock: FakeClock) -> Channels:
    directory.members["C1"] = ("U1", "U9", "U0")
    people = People(store=store, directory=directory, default="en", clock=clock)
    return Channels(store=store, people=people, directory=directory, clock=clock)


async def test_a_change_is_kept_and_stands_in_the_audit(channels: Channels, store: Store):
    changed = await channels.change(ACTOR, replace(LIMITED, quiet=True), "")

    entry = (await store.audit.page("T1", "C1", limit=1))[0]
    assert set(changed) == {"budget_usd_month", "approval_above_usd", "approvers", "quiet"}
    assert await channels.settings("T1", "C1") == replace(LIMITED, quiet=True)
    assert (entry.action, entry.user) == ("settings", "U1")
    assert entry.details["budget_usd_month"] == "- → 20"
    assert entry.details["quiet"] == "off → on"


async def test_sending_the_form_unchanged_leaves_no_trace(channels: Channels, store: Store):
    assert await channels.change(ACTOR, ChannelSettings(), "") == ()
    assert await store.audit.page("T1", "C1", limit=1) == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ChannelSettings(threshold=1.2), "threshold"),
        (ChannelSettings(who_may_start=WhoMayStart.LIST), "starters"),
        (ChannelSettings(who_may_start=WhoMayStart.GROUP), "starter_group"),
        (ChannelSettings(approval_above_usd=Decimal(5)), "approvers"),
        (ChannelSettings(approval_hours=0), "approval_hours"),
        (ChannelSettings(approval_hours=721), "approval_hours"),
    ],
)
async def test_what_does_not_fit_is_told_at_its_field(
    channels: Channels, wanted: ChannelSettings, field: str
):
    with pytest.raises(InputErrors) as caught:
        await channels.change(ACTOR, wanted, "")

    assert [fault.field for fault in caught.value.faults] == [field]
    assert await channels.settings("T1", "C1") == ChannelSettings()


async def test_limits_are_changed_by_approvers_and_admins_only(channels: Channels, directory: FakeDirectory):
    directory.people["U0"] = Person(id="U0", is_admin=True)
    await channels.change(ACTOR, LIMITED, "")
    raised = replace(LIMITED, budget_usd_month=Decimal(1000), quiet=True)

    with pytest.raises(InputErrors) as caught:
        await channels.change(ACTOR, raised, "")
    await channels.change(ACTOR, replace(LIMITED, quiet=True), "")
    await channels.change(APPROVER, raised, "")
    await channels.change(replace(ACTOR, user="U0"), ChannelSettings(), "")

    assert [fault.field for fault in caught.value.faults] == ["budget_usd_month"]


@pytest.mark.parametrize("flag", ["is_guest", "is_external"])
async def test_outsiders_change_nothing(channels: Channels, directory: FakeDirectory, flag: str):
    directory.people["U1"] = replace(Person(id="U1"), **{flag: True})

    with pytest.raises(NotAllowedError):
        await channels.change(ACTOR, replace(ChannelSettings(), allow_guests=True), "")
    with pytest.raises(NotAllowedError):
        await channels.options(ACTOR)


async def test_who_is_not_in_the_channel_does_not_see_its_form(channels: Channels):
    with pytest.raises(NotAllowedError, match="Only members"):
        await channels.options(replace(ACTOR, user="U5"))


async def test_without_the_optional_scopes_the_form_still_opens(channels: Channels, directory: FakeDirectory):
    directory.failure = SlackError("no", code="missing_scope")

    options = await channels.options(ACTOR)

    assert options.groups is None
    assert options.settings == ChannelSettings()


async def test_a_model_that_has_gone_is_not_chosen(channels: Channels):
    with pytest.raises(NotFoundError):
        await channels.change(ACTOR, ChannelSettings(), "ft:gone")


def test_only_what_differs_is_a_change():
    assert changes(LIMITED, replace(LIMITED, starters=("U1", "U2"))) == {"starters": "- → U1,U2"}

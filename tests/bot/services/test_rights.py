"""Who may delete what somebody else made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Actor
from bot.domain.channels import ChannelSettings
from bot.domain.people import Person
from bot.errors import NotAllowedError, SlackError
from bot.services.people import People
from bot.services.rights import DeleteRights
from storage import Store
from tests.fakes import FakeClock, FakeDirectory
from tests.values import NOW

ACTOR = Actor(team="T1", user="U2", channel="C1")
OWNER = "U1"


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


@pytest.fixture
def rights(store: Store, directory: FakeDirectory, clock: FakeClock) -> DeleteRights:
    return DeleteRights(
        store=store, people=People(store=store, directory=directory, default="en", clock=clock)
    )


async def approvers(store: Store, *users: str) -> None:
    settings = ChannelSettings(approvers=users)
    await store.channels.save(settings, team="T1", channel="C1", user="U0", changes={}, now=NOW)


async def test_anybody_of_the_team_may_where_nobody_approves(rights: DeleteRights):
    await rights.check(ACTOR, owner=OWNER, channel="C1")


@pytest.mark.parametrize("kind", ["is_guest", "is_external"])
async def test_outsiders_may_not_delete_what_others_made(rights: DeleteRights, directory, kind):
    directory.people["U2"] = replace(Person(id="U2"), **{kind: True})

    with pytest.raises(NotAllowedError, match="Only who made it"):
        await rights.check(ACTOR, owner=OWNER, channel="C1")
    await rights.check(ACTOR, owner="U2", channel="C1")


async def test_where_there_are_approvers_they_admins_and_the_maker_may(
    rights: DeleteRights, directory, store: Store
):
    await approvers(store, "U3")

    with pytest.raises(NotAllowedError) as refused:
        await rights.check(ACTOR, owner=OWNER, channel="C1")
    assert refused.value.next_step == "Ask <@U1>, who made it."
    await rights.check(replace(ACTOR, user="U3"), owner=OWNER, channel="C1")
    directory.people["U4"] = Person(id="U4", is_admin=True)
    await rights.check(replace(ACTOR, user="U4"), owner=OWNER, channel="C1")


async def test_an_outage_of_slack_takes_no_right_away(rights: DeleteRights, directory):
    directory.failure = SlackError("users.info failed", code="ratelimited")

    await rights.check(ACTOR, owner=OWNER, channel="C1")

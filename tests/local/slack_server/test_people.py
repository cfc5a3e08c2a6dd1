"""People who come and change, and the user group."""

import pytest
from slack_sdk.errors import SlackApiError


async def test_a_person_can_be_added(bot, person, workspace):
    answer = await person.post("people", id="U0MEI", name="mei", locale="zh-CN", channels=["C0TICKETS"])

    user = (await bot.users_info(user="U0MEI", include_locale=True))["user"]
    assert answer["ok"]
    assert (user["locale"], user["name"], user["is_restricted"]) == ("zh-CN", "mei", False)
    assert "U0MEI" in workspace.channels["C0TICKETS"].members
    assert (await bot.chat_postMessage(channel="U0MEI", text="hi"))["channel"] == "D0MEI"


async def test_a_person_can_become_a_guest_of_another_team(bot, person):
    await person.post("people", id="U0MATE", is_restricted=True, team_id="T0OTHER")

    user = (await bot.users_info(user="U0MATE"))["user"]
    assert (user["is_restricted"], user["team_id"]) == (True, "T0OTHER")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "X1"},
        {"id": "U0TUNESMITH"},
        {"id": "U0MATE", "is_restricted": "yes"},
        {"id": "U0MATE", "name": ""},
    ],
)
async def test_nonsense_about_people_is_refused(person, body):
    assert (await person.post("people", **body))["error"] == "invalid_person"


async def test_the_user_group_and_its_members(bot, workspace):
    workspace.scopes += ("usergroups:read",)

    groups = (await bot.usergroups_list())["usergroups"]

    assert [(group["id"], group["handle"]) for group in groups] == [("S0LEADS", "leads")]
    assert (await bot.usergroups_users_list(usergroup="S0LEADS"))["users"] == ["U0LEAD"]
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await bot.usergroups_users_list(usergroup="S0NOBODY")

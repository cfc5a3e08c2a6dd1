"""Reading channels: history, threads, members, lists, and their pages."""

import pytest
from slack_sdk.errors import SlackApiError


async def error_of(call) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


async def test_history_pages_through_everything_newest_first(bot):
    for number in range(5):
        await bot.chat_postMessage(channel="C0TICKETS", text=str(number))

    texts, cursor = [], None
    for _ in range(3):
        answer = await bot.conversations_history(channel="C0TICKETS", limit=2, cursor=cursor)
        texts += [m["text"] for m in answer["messages"]]
        cursor = answer.get("response_metadata", {}).get("next_cursor")

    assert texts == ["4", "3", "2", "1", "0"]
    assert not answer["has_more"]


async def test_history_leaves_replies_out_unless_broadcast(bot):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    await bot.chat_postMessage(channel="C0TICKETS", text="quiet", thread_ts=parent["ts"])
    await bot.chat_postMessage(channel="C0TICKETS", text="loud", thread_ts=parent["ts"], reply_broadcast=True)

    messages = (await bot.conversations_history(channel="C0TICKETS"))["messages"]

    assert [m["text"] for m in messages] == ["loud", "parent"]
    assert messages[0]["subtype"] == "thread_broadcast"
    assert messages[1]["reply_count"] == 2


async def test_history_between_two_times(bot):
    stamps = [(await bot.chat_postMessage(channel="C0TICKETS", text=str(n)))["ts"] for n in range(4)]

    async def texts(**bounds):
        return [
            m["text"] for m in (await bot.conversations_history(channel="C0TICKETS", **bounds))["messages"]
        ]

    assert await texts(oldest=stamps[1]) == ["3", "2"]
    assert await texts(oldest=stamps[1], inclusive=True) == ["3", "2", "1"]
    assert await texts(latest=stamps[1]) == ["0"]
    assert await texts(latest=stamps[2], inclusive=True, limit=1) == ["2"]


async def test_replies_come_parent_first(bot):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    for number in range(3):
        await bot.chat_postMessage(channel="C0TICKETS", text=str(number), thread_ts=parent["ts"])

    whole = await bot.conversations_replies(channel="C0TICKETS", ts=parent["ts"])
    first = await bot.conversations_replies(channel="C0TICKETS", ts=parent["ts"], limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await bot.conversations_replies(channel="C0TICKETS", ts=parent["ts"], limit=2, cursor=cursor)

    assert [m["text"] for m in whole["messages"]] == ["parent", "0", "1", "2"]
    assert [m["text"] for m in first["messages"]] == ["parent", "0"]
    assert [m["text"] for m in rest["messages"]] == ["parent", "1", "2"]
    assert await error_of(bot.conversations_replies(channel="C0TICKETS", ts="1.000001")) == "thread_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": 1000}, "invalid_limit"),
        ({"limit": -1}, "invalid_limit"),
        ({"cursor": "rubbish"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "tomorrow"}, "invalid_ts_latest"),
    ],
)
async def test_history_refuses_bad_bounds(bot, arguments, error):
    assert await error_of(bot.conversations_history(channel="C0TICKETS", **arguments)) == error


async def test_history_needs_membership(bot, workspace):
    workspace.set_bot_membership(workspace.channels["C0GENERAL"], is_member=False)

    assert await error_of(bot.conversations_history(channel="C0GENERAL")) == "not_in_channel"
    assert await error_of(bot.conversations_history(channel="C0PRIVATE")) == "channel_not_found"


async def test_scope_follows_the_kind_of_channel(bot):
    with pytest.raises(SlackApiError) as caught:
        await bot.conversations_info(channel="D0LEAD")

    assert caught.value.response["needed"] == "im:read"


async def test_info_and_members(bot):
    info = await bot.conversations_info(channel="C0TICKETS", include_num_members=True)
    members = await bot.conversations_members(channel="C0TICKETS", limit=2)

    assert (info["channel"]["name"], info["channel"]["is_member"], info["channel"]["num_members"]) == (
        "tickets",
        True,
        3,
    )
    assert members["members"] == ["U0LEAD", "U0MATE"]
    assert members["response_metadata"]["next_cursor"]


async def test_list_hides_private_channels_without_the_bot(bot, person):
    async def names():
        answer = await bot.conversations_list(types="public_channel,private_channel")
        return [channel["name"] for channel in answer["channels"]]

    before = await names()
    await person.post("invite", user="U0LEAD", channel="C0PRIVATE")

    assert before == ["tickets", "general"]
    assert await names() == ["tickets", "general", "leads"]
    assert await error_of(bot.conversations_list(types="nonsense")) == "invalid_types"


async def test_users_conversations_are_those_of_the_bot(bot, workspace):
    workspace.set_bot_membership(workspace.channels["C0GENERAL"], is_member=False)

    assert [c["id"] for c in (await bot.users_conversations())["channels"]] == ["C0TICKETS"]


async def test_users_info_with_locale(bot):
    plain = await bot.users_info(user="U0MATE")
    full = await bot.users_info(user="U0MATE", include_locale=True)

    assert "locale" not in plain["user"]
    assert full["user"]["locale"] == "de-DE"
    assert await error_of(bot.users_info(user="U0NOBODY")) == "user_not_found"
    assert len((await bot.users_list())["members"]) == 3


async def test_join_open_leave(bot, workspace):
    workspace.scopes += ("channels:join", "im:write", "channels:manage")
    workspace.set_bot_membership(workspace.channels["C0GENERAL"], is_member=False)

    await bot.conversations_join(channel="C0GENERAL")

    assert workspace.channels["C0GENERAL"].bot_is_member
    assert (await bot.conversations_open(users="U0LEAD"))["channel"]["id"] == "D0LEAD"
    await bot.conversations_leave(channel="C0GENERAL")
    assert not workspace.channels["C0GENERAL"].bot_is_member

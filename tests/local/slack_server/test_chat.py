"""The chat methods against a running workspace: what is posted, and every refusal."""

import pytest
from slack_sdk.errors import SlackApiError

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


async def refusal(call) -> dict:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response.data


async def error_of(call) -> str:
    return (await refusal(call))["error"]


async def test_post_answers_with_the_message(bot):
    answer = await bot.chat_postMessage(channel="C0TICKETS", text="hi", blocks=[SECTION])

    assert answer["channel"] == "C0TICKETS"
    assert answer["message"]["ts"] == answer["ts"]
    assert answer["message"]["bot_id"] == "B0TUNESMITH"
    assert answer["message"]["blocks"][0]["block_id"]


async def test_post_reaches_a_channel_by_name_and_a_person_by_id(bot):
    assert (await bot.chat_postMessage(channel="#general", text="hi"))["channel"] == "C0GENERAL"
    assert (await bot.chat_postMessage(channel="U0MATE", text="hi"))["channel"] == "D0MATE"


async def test_post_refuses_channels_the_bot_cannot_write_to(bot, person, workspace):
    workspace.set_bot_membership(workspace.channels["C0GENERAL"], is_member=False)
    await person.post("archive", user="U0LEAD", channel="C0TICKETS")

    assert await error_of(bot.chat_postMessage(channel="C0NOWHERE", text="x")) == "channel_not_found"
    assert await error_of(bot.chat_postMessage(channel="C0PRIVATE", text="x")) == "channel_not_found"
    assert await error_of(bot.chat_postMessage(channel="C0GENERAL", text="x")) == "not_in_channel"
    assert await error_of(bot.chat_postMessage(channel="C0TICKETS", text="x")) == "is_archived"


async def test_invited_bot_may_post(bot, person):
    answer = await person.command("/invite @tunesmith", channel="C0PRIVATE")

    assert answer["ok"]
    assert (await bot.chat_postMessage(channel="C0PRIVATE", text="x"))["ok"]


async def test_removed_bot_may_not_post(bot, person):
    await person.command("/remove @tunesmith")

    assert await error_of(bot.chat_postMessage(channel="C0TICKETS", text="x")) == "not_in_channel"


async def test_empty_message_is_no_text(bot):
    assert await error_of(bot.chat_postMessage(channel="C0TICKETS", text="")) == "no_text"


async def test_long_text_is_cut_when_posted_and_refused_when_updated(bot):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x" * 40_001)

    assert len(posted["message"]["text"]) == 40_000
    assert posted["warning"] == "message_truncated"
    ts = posted["ts"]
    assert (await bot.chat_update(channel="C0TICKETS", ts=ts, text="y" * 4_000))["ok"]
    assert await error_of(bot.chat_update(channel="C0TICKETS", ts=ts, text="y" * 4_001)) == "msg_too_long"


async def test_thread_must_exist_and_not_be_a_reply(bot):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    reply = await bot.chat_postMessage(channel="C0TICKETS", text="reply", thread_ts=parent["ts"])

    def post(thread_ts):
        return bot.chat_postMessage(channel="C0TICKETS", text="x", thread_ts=thread_ts)

    assert reply["message"]["thread_ts"] == parent["ts"]
    assert await error_of(post("nonsense")) == "invalid_thread_ts"
    assert await error_of(post("1700000000.000001")) == "thread_not_found"
    assert await error_of(post(reply["ts"])) == "cannot_reply_to_message"


async def test_own_name_needs_its_scope(bot):
    answer = await refusal(bot.chat_postMessage(channel="C0TICKETS", text="x", username="Other"))

    assert answer["needed"] == "chat:write.customize"


async def test_blocks_that_are_no_json_are_invalid_blocks_format(bot):
    assert (
        await error_of(bot.chat_postMessage(channel="C0TICKETS", text="x", blocks="[{"))
        == "invalid_blocks_format"
    )


async def test_invalid_blocks_name_the_place(bot):
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}

    answer = await refusal(bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=[SECTION, header]))

    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]"
    ]


async def test_markdown_text_stands_alone(bot):
    answer = await bot.chat_postMessage(channel="C0TICKETS", markdown_text="**hi**")

    assert answer["message"]["blocks"][0] | {"block_id": ""} == {
        "type": "markdown",
        "text": "**hi**",
        "block_id": "",
    }
    both = bot.chat_postMessage(channel="C0TICKETS", text="x", markdown_text="y")
    assert await error_of(both) == "markdown_text_conflict"
    long = bot.chat_postMessage(channel="C0TICKETS", markdown_text="y" * 12_001)
    assert await error_of(long) == "msg_too_long"


async def test_attachments_are_limited(bot):
    attachments = [{"text": "x", "fallback": "x"}] * 101

    assert (
        await error_of(bot.chat_postMessage(channel="C0TICKETS", text="x", attachments=attachments))
        == "too_many_attachments"
    )


async def test_metadata_is_kept_and_shown_only_when_asked_for(bot):
    metadata = {"event_type": "job_card", "event_payload": {"job": "ftjob-1"}}
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", metadata=metadata)

    plain = await bot.conversations_history(channel="C0TICKETS")
    full = await bot.conversations_history(channel="C0TICKETS", include_all_metadata=True)

    assert posted["message"]["metadata"] == metadata
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_metadata_of_the_wrong_shape_is_refused(bot):
    async def post(metadata):
        return await error_of(bot.chat_postMessage(channel="C0TICKETS", text="x", metadata=metadata))

    assert await post("{") == "invalid_metadata_format"
    assert await post({"event_type": "x"}) == "invalid_metadata_schema"


async def test_update_replaces_blocks_as_slack_does(bot):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="one", blocks=[SECTION])
    ts = posted["ts"]

    with_blocks = await bot.chat_update(
        channel="C0TICKETS", ts=ts, text="two", blocks=[SECTION, {"type": "divider"}]
    )
    text_only = await bot.chat_update(channel="C0TICKETS", ts=ts, text="three")

    assert len(with_blocks["message"]["blocks"]) == 2
    assert "edited" not in with_blocks["message"]
    assert "blocks" not in text_only["message"]
    assert text_only["message"]["edited"]["user"] == "U0TUNESMITH"


async def test_update_refuses_foreign_missing_and_ephemeral_messages(bot, person):
    theirs = await person.say("mine")
    ephemeral = await bot.chat_postEphemeral(channel="C0TICKETS", user="U0LEAD", text="psst")

    async def update(ts, **more):
        return await error_of(bot.chat_update(channel="C0TICKETS", ts=ts, **({"text": "x"} | more)))

    assert await update(theirs["ts"]) == "cant_update_message"
    assert await update("1700000000.000001") == "message_not_found"
    assert await update(ephemeral["message_ts"]) == "message_not_found"


async def test_update_to_nothing_is_no_text(bot):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x")

    assert await error_of(bot.chat_update(channel="C0TICKETS", ts=posted["ts"])) == "no_text"


async def test_delete_takes_the_message_and_leaves_a_tombstone_above_replies(bot, person):
    lone = await bot.chat_postMessage(channel="C0TICKETS", text="lone")
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    await bot.chat_postMessage(channel="C0TICKETS", text="reply", thread_ts=parent["ts"])

    await bot.chat_delete(channel="C0TICKETS", ts=lone["ts"])
    await bot.chat_delete(channel="C0TICKETS", ts=parent["ts"])

    left = await person.messages()
    assert [(m["text"], m["deleted"]) for m in left] == [
        ("This message was deleted.", True),
        ("reply", False),
    ]
    assert (
        await error_of(bot.chat_update(channel="C0TICKETS", ts=parent["ts"], text="x")) == "message_not_found"
    )


async def test_delete_refuses_a_persons_message(bot, person):
    theirs = await person.say("mine")

    assert await error_of(bot.chat_delete(channel="C0TICKETS", ts=theirs["ts"])) == "cant_delete_message"


async def test_ephemeral_needs_its_reader_in_the_channel(bot):
    assert (
        await error_of(bot.chat_postEphemeral(channel="D0LEAD", user="U0MATE", text="x"))
        == "user_not_in_channel"
    )


async def test_permalinks(bot):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    reply = await bot.chat_postMessage(channel="C0TICKETS", text="reply", thread_ts=parent["ts"])

    link = await bot.chat_getPermalink(channel="C0TICKETS", message_ts=parent["ts"])
    reply_link = await bot.chat_getPermalink(channel="C0TICKETS", message_ts=reply["ts"])

    assert link["permalink"].endswith(f"/archives/C0TICKETS/p{parent['ts'].replace('.', '')}")
    assert f"thread_ts={parent['ts']}" in reply_link["permalink"]
    assert (
        await error_of(bot.chat_getPermalink(channel="C0TICKETS", message_ts="1.000001"))
        == "message_not_found"
    )


async def test_permalink_opens_the_page_at_its_thread(bot, session):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="parent")
    reply = await bot.chat_postMessage(channel="C0TICKETS", text="reply", thread_ts=parent["ts"])
    link = (await bot.chat_getPermalink(channel="C0TICKETS", message_ts=reply["ts"]))["permalink"]

    async with session.get(link, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, f"/#/C0TICKETS/{parent['ts']}")


async def test_reactions(bot, person):
    message = await person.say("hello")
    place = {"channel": "C0TICKETS", "timestamp": message["ts"]}

    await bot.reactions_add(name="eyes", **place)

    assert (await person.messages())[0]["reactions"] == [
        {"name": "eyes", "users": ["U0TUNESMITH"], "count": 1}
    ]
    assert await error_of(bot.reactions_add(name="eyes", **place)) == "already_reacted"
    assert await error_of(bot.reactions_add(name="No Name", **place)) == "invalid_name"
    assert (
        await error_of(bot.reactions_add(name="eyes", channel="C0TICKETS", timestamp="1.000001"))
        == "message_not_found"
    )
    assert (await bot.reactions_get(**place))["message"]["reactions"][0]["name"] == "eyes"
    await bot.reactions_remove(name="eyes", **place)
    assert await error_of(bot.reactions_remove(name="eyes", **place)) == "no_reaction"
    assert (await person.messages())[0]["reactions"] == []

"""Which events the app gets for what people do, and in which order."""

import asyncio

import aiohttp
import pytest

from local.slack_server.app import bind, serve
from local.slack_server.workspace import Workspace


class Recorder:
    """Notes the events that a workspace would send, in place of a transport."""

    is_connected = True

    def __init__(self, workspace: Workspace) -> None:
        self.events = []
        workspace.deliveries.event = lambda body: self.events.append(body["event"])

    def kinds(self) -> list[tuple[str, str | None]]:
        return [(event["type"], event.get("subtype")) for event in self.events]


@pytest.fixture
def sent(workspace) -> Recorder:
    return Recorder(workspace)


async def test_mention_is_one_message_and_one_app_mention(sent, person):
    await person.say("@tunesmith hello")

    assert sent.kinds() == [("message", None), ("app_mention", None)]
    assert sent.events[1]["text"] == "<@U0TUNESMITH> hello"
    assert sent.events[1]["channel"] == "C0TICKETS"


async def test_mention_where_the_bot_is_not_gives_only_a_notice(sent, person):
    await person.say("@tunesmith hello", channel="C0PRIVATE")

    assert sent.events == []
    assert "not in this channel" in (await person.change(lambda c: c["type"] == "notice"))["text"]


async def test_direct_message_is_no_mention(sent, person, workspace):
    workspace.subscriptions |= {"message.im"}

    await person.say("<@U0TUNESMITH> hello", channel="D0LEAD")

    assert sent.kinds() == [("message", None)]
    assert sent.events[0]["channel_type"] == "im"


async def test_unsubscribed_and_unscoped_events_stay(sent, person, workspace):
    workspace.scopes = tuple(s for s in workspace.scopes if s != "channels:history")
    workspace.subscriptions -= {"app_mention"}

    await person.say("@tunesmith hello")

    assert sent.events == []


@pytest.mark.parametrize(
    ("order", "kinds"),
    [
        ("file_shared_first", [("file_shared", None), ("message", "file_share")]),
        ("message_first", [("message", "file_share"), ("file_shared", None)]),
    ],
)
async def test_drop_sends_both_events_in_either_order(sent, person, order, kinds):
    await person.settings(file_events_order=order)

    dropped = await person.drop("a.csv", b"x", text="see")

    assert sent.kinds() == kinds
    by_kind = {event["type"]: event for event in sent.events}
    assert by_kind["file_shared"]["file_id"] == dropped["file"]["id"]
    assert set(by_kind["file_shared"]) == {"type", "channel_id", "file_id", "user_id", "file", "event_ts"}
    assert by_kind["message"]["files"][0]["name"] == "a.csv"
    assert by_kind["message"]["text"] == "see"


async def test_several_files_are_one_message_and_one_event_each(sent, person, session, url):
    form = aiohttp.FormData({"user": "U0LEAD", "channel": "C0TICKETS"})
    for name in ("a.csv", "b.csv"):
        form.add_field("file", b"x", filename=name)
    async with session.post(f"{url}control/files", data=form) as response:
        assert len((await response.json())["files"]) == 2

    assert sent.kinds() == [("file_shared", None), ("file_shared", None), ("message", "file_share")]


async def test_drop_where_the_bot_is_not_sends_nothing(sent, person):
    await person.drop("a.csv", b"x", channel="C0PRIVATE")

    assert sent.events == []


async def test_drop_in_a_thread_names_it(sent, person):
    parent = await person.say("parent")
    await person.drop("a.csv", b"x", thread_ts=parent["ts"])

    assert sent.events[-1]["thread_ts"] == parent["ts"]


async def test_own_posts_come_back_only_as_messages(sent, bot):
    await bot.chat_postMessage(channel="C0TICKETS", text="<@U0TUNESMITH> myself")

    assert sent.kinds() == [("message", None)]
    assert sent.events[0]["bot_id"] == "B0TUNESMITH"


async def test_edits_and_deletions_are_hidden_messages(sent, person):
    said = await person.say("one")
    place = {"user": "U0LEAD", "channel": "C0TICKETS", "ts": said["ts"]}

    await person.post("message_edits", **place, text="two")
    await person.post("message_deletions", **place)

    assert sent.kinds() == [("message", None), ("message", "message_changed"), ("message", "message_deleted")]
    assert sent.events[1]["message"]["text"] == "two"
    assert sent.events[1]["previous_message"]["text"] == "one"
    assert sent.events[2]["deleted_ts"] == said["ts"]


async def test_people_change_only_their_own_messages(person):
    said = await person.say("mine", user="U0LEAD")
    place = {"channel": "C0TICKETS", "ts": said["ts"]}

    assert (await person.post("message_edits", user="U0MATE", text="x", **place))["error"] == "not_yours"
    assert (await person.post("message_deletions", user="U0MATE", **place))["error"] == "not_yours"


async def test_reactions_of_people(sent, person, workspace):
    workspace.subscriptions |= {"reaction_added", "reaction_removed"}
    said = await person.say("hello")
    place = {"user": "U0MATE", "channel": "C0TICKETS", "ts": said["ts"], "name": "tada"}

    await person.post("reactions", **place)
    await person.post("reactions", **place)
    await person.post("reactions", **place, remove=True)

    assert [kind for kind, _ in sent.kinds()] == ["message", "reaction_added", "reaction_removed"]
    assert sent.events[1]["item"] == {"type": "message", "channel": "C0TICKETS", "ts": said["ts"]}


async def test_joining_and_leaving(sent, person, workspace):
    workspace.subscriptions |= {"member_joined_channel", "group_left"}

    await person.command("/invite @tunesmith", channel="C0PRIVATE")
    await person.command("/remove @tunesmith", channel="C0PRIVATE")

    assert [kind for kind, _ in sent.kinds()] == ["member_joined_channel", "group_left"]


async def test_home_opened_carries_the_published_view(sent, person, bot):
    await person.post("home", user="U0LEAD")
    await bot.views_publish(user_id="U0LEAD", view={"type": "home", "blocks": []})
    await person.post("home", user="U0LEAD")
    await person.post("home", user="U0LEAD", tab="messages")

    assert [("view" in event, event["tab"]) for event in sent.events] == [
        (False, "home"),
        (True, "home"),
        (False, "messages"),
    ]
    assert sent.events[0]["channel"] == "D0LEAD"


async def test_deleted_file_is_an_event_and_a_tombstone(sent, person, workspace):
    workspace.subscriptions |= {"file_deleted"}
    dropped = await person.drop("a.csv", b"x")

    await person.post("file_deletions", user="U0LEAD", file=dropped["file"]["id"])

    assert sent.events[-1]["type"] == "file_deleted"


async def test_extra_events_add_subscriptions(manifest):
    workspace = Workspace(manifest=manifest, extra_events=["message.im"])

    assert "message.im" in workspace.subscriptions
    await workspace.close()


async def test_typed_text_is_stored_as_slack_stores_it(person):
    said = await person.say("@lead see #general, 1 < 2 & <@U0MATE> <!channel>")

    assert said["text"] == "<@U0LEAD> see <#C0GENERAL|general>, 1 &lt; 2 &amp; <@U0MATE> &lt;!channel&gt;"


async def test_every_event_reaches_bolt_once(app, connect, person):
    """Bolt runs each in a task of its own, so their order inside the app is not the workspace's to promise."""
    texts = asyncio.Queue()

    @app.event("message")
    async def on_message(event):
        await texts.put(event["text"])

    await connect()
    for number in range(5):
        await person.say(str(number))

    assert sorted([await asyncio.wait_for(texts.get(), 10) for _ in range(5)]) == list("01234")


async def test_close_stops_redelivery_at_once(manifest):
    workspace = Workspace(manifest=manifest)
    async with serve(workspace, bind("127.0.0.1", 0)):
        workspace.deliveries.event({"event": {"type": "message"}, "event_id": "Ev1"})
        await asyncio.sleep(0)

    assert not workspace.deliveries._tasks

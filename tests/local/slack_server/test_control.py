"""The control interface itself: look-ups, the two ways to follow changes, settings, and its refusals."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect as connect_socket

from local.slack_server.changes import ChangeLog
from local.slack_server.records import Records


async def test_workspace_tells_what_there_is(person):
    answer = await person.get("workspace")

    assert answer["team"] == {"id": "T0LOCAL", "name": "Local workspace"}
    assert [user["id"] for user in answer["users"]] == ["U0LEAD", "U0MATE"]
    assert [(c["name"], c["kind"], c["bot_is_member"]) for c in answer["channels"]] == [
        ("tickets", "channel", True),
        ("general", "channel", True),
        ("leads", "private", False),
        ("lead", "im", True),
        ("mate", "im", True),
    ]
    assert answer["app"]["commands"][0] == {
        "command": "/finetune",
        "description": "Jobs",
        "usage_hint": "start | list",
    }
    assert answer["app"]["bot_user_id"] == "U0TUNESMITH"


async def test_messages_are_shaped_as_agreed(person):
    said = await person.say("hello")

    assert said == (await person.messages())[0]
    assert said | {"ts": ""} == {
        "ts": "",
        "thread_ts": None,
        "channel": "C0TICKETS",
        "user": "U0LEAD",
        "bot_id": None,
        "username": "lead",
        "text": "hello",
        "blocks": [],
        "attachments": [],
        "files": [],
        "reactions": [],
        "edited": None,
        "deleted": False,
        "ephemeral_for": None,
        "ephemeral_id": None,
        "metadata": None,
        "reply_broadcast": False,
    }


async def test_changes_wait_for_something_to_happen(person):
    seq = (await person.get("workspace"))["seq"]
    waiting = asyncio.create_task(person.get("changes", after=seq, wait=10))

    said = await person.say("hello")

    answer = await asyncio.wait_for(waiting, 5)
    assert [c["type"] for c in answer["changes"]] == ["message"]
    assert answer["changes"][0]["message"]["ts"] == said["ts"]
    assert answer["changes"][0]["seq"] == answer["seq"] == seq + 1


async def test_changes_without_wait_answer_at_once(person):
    assert (await person.get("changes", after=0))["changes"] == []


async def test_stream_sends_what_was_and_what_comes(person, url):
    await person.say("before")

    async with connect_socket(url.replace("http", "ws") + "control/stream?after=0") as socket:
        first = json.loads(await asyncio.wait_for(socket.recv(), 5))
        await person.say("after")
        second = json.loads(await asyncio.wait_for(socket.recv(), 5))

    assert [c["message"]["text"] for c in (first, second)] == ["before", "after"]


def test_records_keep_the_newest_only():
    records = Records(kept=3)
    for number in range(5):
        records.call("chat.postMessage", {"n": number, "token": "xoxb"}, error=None, ms=1)
        records.delivery("events_api", attempt=0)

    kept = records.after(0)

    assert [call["args_without_tokens"] for call in kept["calls"]] == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert len(kept["deliveries"]) == 3


def test_change_log_forgets_the_oldest_only():
    log = ChangeLog(kept=10)
    for number in range(25):
        log.add("x", number=number)

    kept = [json.loads(change) for change in log.after(0)]

    assert log.seq == 25
    assert kept[-1]["seq"] == 25
    assert len(kept) >= 10
    assert [json.loads(change)["seq"] for change in log.after(23)] == [24, 25]
    assert log.after(25) == []


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("messages", {"user": "U0NOBODY", "channel": "C0TICKETS", "text": "x"}, 404, "user_not_found"),
        ("messages", {"user": "U0TUNESMITH", "channel": "C0TICKETS", "text": "x"}, 404, "user_not_found"),
        ("messages", {"user": "U0LEAD", "channel": "C0NOWHERE", "text": "x"}, 404, "channel_not_found"),
        ("messages", {"user": "U0LEAD", "channel": "D0MATE", "text": "x"}, 404, "channel_not_found"),
        ("messages", {"user": "U0LEAD", "channel": "C0TICKETS", "text": " "}, 400, "no_text"),
        ("messages", {"user": "U0LEAD", "channel": "C0TICKETS"}, 400, "invalid_arguments"),
        (
            "messages",
            {"user": "U0LEAD", "channel": "C0TICKETS", "text": "x", "thread_ts": "1.000001"},
            404,
            "thread_not_found",
        ),
        ("actions", {"user": "U0LEAD", "view_id": "V0"}, 404, "view_not_found"),
        ("file_deletions", {"user": "U0LEAD", "file": "F0"}, 404, "file_not_found"),
        ("settings", {"nonsense": 1}, 400, "unknown_setting"),
        ("settings", {"ack_timeout_s": -1}, 400, "invalid_setting"),
        ("settings", {"rate_limits": "no"}, 400, "invalid_setting"),
        ("settings", {"file_events_order": "sideways"}, 400, "invalid_setting"),
        ("settings", {"fail_next": {"method": "x"}}, 400, "invalid_setting"),
        ("settings", {"next_file_info": {"mode": "odd"}}, 400, "invalid_setting"),
        ("settings", {"disconnect_sockets": "please"}, 400, "invalid_setting"),
    ],
)
async def test_refusals(session, url, path, body, status, error):
    async with session.post(f"{url}control/{path}", json=body) as response:
        answer = await response.json()

    assert (response.status, answer["ok"], answer["error"]) == (status, False, error)
    assert answer["message"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_bodies_that_are_no_objects_are_refused(session, url, body):
    async with session.post(f"{url}control/messages", data=body) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_json")


async def test_too_large_body_is_refused(session, url):
    async with session.post(f"{url}control/messages", data=b"x" * 1_000_001) as response:
        assert response.status == 413


async def test_refused_settings_change_nothing(person, workspace):
    await person.post("settings", ack_timeout_s=1, rate_limits="no")

    assert workspace.settings.ack_timeout_s == 3.0


async def test_form_without_file_is_refused(session, url):
    async with session.post(
        f"{url}control/files", data={"user": "U0LEAD", "channel": "C0TICKETS"}
    ) as response:
        assert (await response.json())["error"] == "no_file"


async def test_archived_channel_takes_nothing(person):
    await person.post("archive", user="U0LEAD", channel="C0TICKETS")

    assert (await person.post("messages", user="U0LEAD", channel="C0TICKETS", text="x"))[
        "error"
    ] == "is_archived"
    await person.post("archive", user="U0LEAD", channel="C0TICKETS", archived=False)
    assert (await person.say("x"))["text"] == "x"

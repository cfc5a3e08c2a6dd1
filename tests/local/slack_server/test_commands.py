"""Slash commands: what the app gets, what people see, and everything that goes wrong."""

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient


@pytest.fixture
async def last(app, connect):
    """The bodies that the app got, newest last."""
    bodies = []

    @app.command("/finetune")
    async def on_finetune(ack, body):
        bodies.append(body)
        await ack()

    @app.command("/escaped")
    async def on_escaped(ack, body):
        bodies.append(body)
        await ack()

    await connect()
    return bodies


async def test_payload_carries_what_slack_sends(last, person):
    await person.command("/finetune start  a & b <c>  ")

    body = last[-1]
    assert body["command"] == "/finetune"
    assert body["text"] == "start  a & b <c>"
    assert (body["user_id"], body["user_name"]) == ("U0LEAD", "lead")
    assert (body["channel_id"], body["channel_name"]) == ("C0TICKETS", "tickets")
    assert body["is_enterprise_install"] == "false"
    assert "thread_ts" not in body
    assert body["trigger_id"]
    assert body["response_url"].startswith("http://127.0.0.1:")


async def test_private_conversations_have_no_name_of_their_own(last, person):
    await person.command("/finetune", channel="C0PRIVATE")
    await person.command("/finetune", channel="D0LEAD")

    assert [body["channel_name"] for body in last] == ["privategroup", "directmessage"]


async def test_escaping_as_the_manifest_asks(last, person):
    await person.command("/escaped ask @mate in #general <now>")

    assert last[-1]["text"] == "ask <@U0MATE|mate> in <#C0GENERAL|general> &lt;now&gt;"


async def test_entities_where_the_settings_ask_for_them(last, person):
    await person.settings(command_entities=True)
    await person.command("/finetune a & <b>")

    assert last[-1]["text"] == "a &amp; &lt;b&gt;"


async def test_no_app_is_dispatch_failed_with_a_notice(person):
    answer = await person.command("/finetune start")

    assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
    notice = await person.change(lambda c: c["type"] == "notice")
    assert notice["text"] == '/finetune failed with the error "dispatch_failed"'
    assert (notice["user"], notice["channel"]) == ("U0LEAD", "C0TICKETS")


async def test_late_ack_is_operation_timeout(app, connect, person):
    @app.command("/finetune")
    async def on_finetune():
        pass

    await connect()
    await person.settings(ack_timeout_s=0.1)

    answer = await person.command("/finetune")

    assert (answer["error"], answer["reason"]) == ("dispatch_failed", "operation_timeout")
    notice = await person.change(lambda c: c["type"] == "notice")
    assert notice["text"] == '/finetune failed with the error "operation_timeout"'


async def test_commands_are_refused_in_threads(last, person):
    parent = await person.say("parent")

    answer = await person.command("/finetune", thread_ts=parent["ts"])

    assert answer["error"] == "not_supported_in_threads"
    notice = await person.change(lambda c: c["type"] == "notice")
    assert notice["text"] == "/finetune is not supported in threads. Sorry!"
    assert last == []


async def test_unknown_command_is_not_sent(last, person):
    assert (await person.command("/nonsense"))["error"] == "not_a_command"
    assert last == []


async def test_ack_in_channel_is_a_message(app, connect, person):
    @app.command("/finetune")
    async def on_finetune(ack):
        await ack(text="for all", response_type="in_channel")

    await connect()
    assert (await person.command("/finetune", channel="C0PRIVATE"))["replied"]

    assert [m["text"] for m in await person.messages("C0PRIVATE")] == ["for all"]


async def test_ack_with_bad_blocks_is_a_notice(app, connect, person):
    @app.command("/finetune")
    async def on_finetune(ack):
        await ack(blocks=[{"type": "nonsense"}])

    await connect()
    answer = await person.command("/finetune")

    assert (answer["error"], answer["reason"]) == ("invalid_command_response", "invalid_blocks")


async def test_invite_and_remove_are_built_in(person, workspace):
    await person.command("/invite @tunesmith", channel="C0PRIVATE")
    assert workspace.channels["C0PRIVATE"].bot_is_member

    await person.command("/remove @tunesmith", channel="C0PRIVATE")

    assert not workspace.channels["C0PRIVATE"].bot_is_member
    assert (await person.command("/invite @nobody"))["error"] == "user_not_found"
    assert (await person.command("/invite @tunesmith", channel="D0LEAD"))["error"] == "not_a_channel"


async def respond(last, person) -> AsyncWebhookClient:
    await person.command("/finetune")
    return AsyncWebhookClient(last[-1]["response_url"])


async def test_response_url_speaks_to_the_person_or_to_all(last, person):
    webhook = await respond(last, person)

    await webhook.send(text="psst")
    await webhook.send(text="hear", response_type="in_channel")

    seen = await person.messages(user="U0LEAD")
    assert [(m["text"], m["ephemeral_for"]) for m in seen] == [("psst", "U0LEAD"), ("hear", None)]


async def test_response_url_replaces_and_deletes_what_it_posted(last, person):
    webhook = await respond(last, person)

    await webhook.send(text="first")
    await webhook.send(text="second", replace_original=True)
    assert [m["text"] for m in await person.messages(user="U0LEAD")] == ["second"]
    await webhook.send(delete_original=True)

    assert await person.messages(user="U0LEAD") == []


async def test_response_url_works_five_times(last, person):
    webhook = await respond(last, person)

    answers = [await webhook.send(text=str(n)) for n in range(6)]

    assert [a.status_code for a in answers] == [200] * 5 + [404]
    assert answers[5].body == "used_url"


async def test_response_url_dies_after_thirty_minutes(last, person, workspace, clock):
    workspace.grants._clock = clock
    webhook = await respond(last, person)
    clock.advance(1800)
    assert (await webhook.send(text="just in time")).status_code == 200
    clock.advance(1)

    late = await webhook.send(text="late")

    assert (late.status_code, late.body) == (404, "expired_url")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{", "invalid_payload"),
        ("[]", "invalid_payload"),
        ("{}", "no_text"),
        ('{"blocks": [{"type": "x"}]}', "invalid_blocks"),
    ],
)
async def test_response_url_refuses_what_slack_refuses(last, person, body, error):
    await person.command("/finetune")
    async with (
        aiohttp.ClientSession() as session,
        session.post(last[-1]["response_url"], data=body) as response,
    ):
        assert (response.status, await response.text()) == (400, error)


async def test_unknown_response_url_is_expired(url, session):
    async with session.post(f"{url}commands/T0LOCAL/1/guess", json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "expired_url")

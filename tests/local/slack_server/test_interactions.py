"""Clicks, choices, shortcuts and external options, in messages, ephemerals, modals and Home."""

import asyncio
from dataclasses import replace

import pytest

OPTIONS = [{"text": {"type": "plain_text", "text": v.upper()}, "value": v} for v in "ab"]


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def row(*elements: dict) -> list[dict]:
    return [{"type": "actions", "block_id": "row", "elements": list(elements)}]


def button(action_id: str = "go", **more) -> dict:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), "value": "7", **more}


def select(action_id: str = "pick") -> dict:
    return {"type": "static_select", "action_id": action_id, "options": OPTIONS}


@pytest.fixture
async def bodies(app, connect):
    """The block_actions that the app got."""
    got = asyncio.Queue()

    @app.action({"type": "block_actions", "action_id": "go"})
    async def on_go(ack, body, respond):
        await ack()
        await got.put((body, respond))

    @app.action({"type": "block_actions", "action_id": "pick"})
    async def on_pick(ack, body, respond):
        await ack()
        await got.put((body, respond))

    await connect()
    return got


async def click(person, place: dict, action_id: str = "go", user: str = "U0LEAD", **value) -> dict:
    return await person.post("actions", user=user, block_id="row", action_id=action_id, **place, **value)


async def test_click_on_a_message(bodies, bot, person):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=row(button(style="primary")))

    answer = await click(person, {"channel": "C0TICKETS", "ts": posted["ts"]}, user="U0MATE")

    body, _ = await bodies.get()
    assert answer["ok"]
    assert body["user"] == {"id": "U0MATE", "username": "mate", "name": "mate", "team_id": "T0LOCAL"}
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0TICKETS",
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": "C0TICKETS", "name": "tickets"}
    assert body["message"]["text"] == "x"
    action = body["actions"][0]
    assert (action["type"], action["action_id"], action["block_id"], action["value"]) == (
        "button",
        "go",
        "row",
        "7",
    )
    assert body["trigger_id"]


async def test_click_in_a_thread_names_it(bodies, bot, person):
    parent = await bot.chat_postMessage(channel="C0TICKETS", text="x")
    reply = await bot.chat_postMessage(
        channel="C0TICKETS", text="y", thread_ts=parent["ts"], blocks=row(button())
    )

    await click(person, {"channel": "C0TICKETS", "ts": reply["ts"]})

    body, _ = await bodies.get()
    assert body["container"]["thread_ts"] == parent["ts"]


async def test_click_can_replace_its_message(bodies, bot, person):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="before", blocks=row(button()))
    await click(person, {"channel": "C0TICKETS", "ts": posted["ts"]})
    _, respond = await bodies.get()

    await respond(text="after", replace_original=True)

    messages = await person.messages()
    assert [(m["text"], m["blocks"], m["ts"]) for m in messages] == [("after", [], posted["ts"])]


async def test_click_on_an_ephemeral_replaces_and_deletes_it(bodies, bot, person):
    await bot.chat_postEphemeral(channel="C0TICKETS", user="U0LEAD", text="psst", blocks=row(button()))
    message = (await person.messages(user="U0LEAD"))[0]
    place = {"channel": "C0TICKETS", "ephemeral_id": message["ephemeral_id"]}

    await click(person, place)
    body, respond = await bodies.get()
    await respond(text="done", replace_original=True)

    assert body["container"]["is_ephemeral"]
    assert "message" not in body
    assert [m["text"] for m in await person.messages(user="U0LEAD")] == ["done"]
    await respond(delete_original=True)
    assert await person.messages(user="U0LEAD") == []
    assert (await click(person, place))["error"] == "message_not_found"


async def test_ephemeral_is_only_for_its_reader(bodies, bot, person):
    await bot.chat_postEphemeral(channel="C0TICKETS", user="U0LEAD", text="psst", blocks=row(button()))
    message = (await person.messages(user="U0LEAD"))[0]

    answer = await click(
        person, {"channel": "C0TICKETS", "ephemeral_id": message["ephemeral_id"]}, user="U0MATE"
    )

    assert answer["error"] == "message_not_found"


async def test_choice_is_kept_in_the_messages_state(bodies, bot, person):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=row(select(), button()))
    place = {"channel": "C0TICKETS", "ts": posted["ts"]}

    await click(person, place, "pick", selected_option={"value": "b"})
    await click(person, place)

    first, _ = await bodies.get()
    second, _ = await bodies.get()
    assert first["actions"][0]["selected_option"] == OPTIONS[1]
    assert second["state"]["values"]["row"]["pick"]["selected_option"] == OPTIONS[1]


async def test_choice_that_is_not_offered_is_refused(bodies, bot, person):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=row(select(), button()))
    place = {"channel": "C0TICKETS", "ts": posted["ts"]}

    assert (await click(person, place, "pick", value="z"))["error"] == "invalid_entry"
    assert (await click(person, place, "unknown"))["error"] == "invalid_entry"
    assert (await click(person, {"channel": "C0TICKETS", "ts": "1.000001"}))["error"] == "message_not_found"


async def test_click_in_modal_and_home(bodies, bot, person, workspace):
    title = plain("T")
    view = {"type": "modal", "title": title, "blocks": row(button())}
    opened = await bot.views_open(trigger_id=workspace.grants.new_trigger("U0LEAD"), view=view)
    home = await bot.views_publish(user_id="U0LEAD", view={"type": "home", "blocks": row(button())})

    for place in (opened, home):
        await click(person, {"view_id": place["view"]["id"]})
        body, _ = await bodies.get()
        assert body["container"] == {"type": "view", "view_id": place["view"]["id"]}
        assert body["view"]["id"] == place["view"]["id"]
        assert "response_url" not in body


async def test_input_sends_actions_only_where_it_says_so(bodies, bot, person):
    element = {"type": "plain_text_input", "action_id": "go"}
    block = {"type": "input", "block_id": "row", "label": plain("L"), "element": element}
    quiet = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=[block])
    loud = await bot.chat_postMessage(
        channel="C0TICKETS", text="x", blocks=[{**block, "dispatch_action": True}]
    )

    silent = await click(person, {"channel": "C0TICKETS", "ts": quiet["ts"]}, value="typed")
    heard = await click(person, {"channel": "C0TICKETS", "ts": loud["ts"]}, value="typed")

    body, _ = await bodies.get()
    assert (silent["error"], heard["ok"]) == ("invalid_entry", True)
    assert body["actions"][0]["value"] == "typed"


async def test_every_kind_of_choice_has_slacks_key(app, connect, bot, person):
    got = asyncio.Queue()

    @app.action({"type": "block_actions", "block_id": "row"})
    async def on_any(ack, body):
        await ack()
        await got.put(body["actions"][0])

    await connect()
    elements = {
        "overflow": ({"options": OPTIONS}, {"value": "a"}, {"selected_option": OPTIONS[0]}),
        "checkboxes": ({"options": OPTIONS}, {"selected_options": ["b"]}, {"selected_options": [OPTIONS[1]]}),
        "radio_buttons": ({"options": OPTIONS}, {"value": "b"}, {"selected_option": OPTIONS[1]}),
        "users_select": ({}, {"selected_user": "U0MATE"}, {"selected_user": "U0MATE"}),
        "channels_select": ({}, {"value": "C0GENERAL"}, {"selected_channel": "C0GENERAL"}),
        "datepicker": ({}, {"selected_date": "2026-11-21"}, {"selected_date": "2026-11-21"}),
        "timepicker": ({}, {"value": "13:37"}, {"selected_time": "13:37"}),
    }
    blocks = row(*({"type": kind, "action_id": kind, **own} for kind, (own, _, _) in elements.items()))
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=blocks)

    for kind, (_, sent, expected) in elements.items():
        await click(person, {"channel": "C0TICKETS", "ts": posted["ts"]}, kind, **sent)
        action = await got.get()
        assert {key: action[key] for key in expected} == expected, kind


async def test_unanswered_click_is_dispatch_failed(bot, person):
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=row(button()))

    assert (await click(person, {"channel": "C0TICKETS", "ts": posted["ts"]}))["error"] == "dispatch_failed"


async def test_shortcuts(app, connect, person):
    got = asyncio.Queue()

    @app.shortcut("ask_message")
    async def on_message_shortcut(ack, body):
        await ack()
        await got.put(body)

    @app.shortcut("start_global")
    async def on_global_shortcut(ack, body):
        await ack()
        await got.put(body)

    await connect()
    said = await person.say("what is this?")
    place = {"channel": "C0TICKETS", "ts": said["ts"]}

    assert (await person.post("shortcuts", user="U0MATE", callback_id="ask_message", **place))["ok"]
    assert (await person.post("shortcuts", user="U0MATE", callback_id="start_global"))["ok"]
    wrong = await person.post("shortcuts", user="U0MATE", callback_id="ask_message")

    message, anywhere = await got.get(), await got.get()
    assert (message["type"], message["message"]["text"]) == ("message_action", "what is this?")
    assert message["response_url"]
    assert anywhere["type"] == "shortcut"
    assert "channel" not in anywhere
    assert wrong["error"] == "shortcut_not_found"


async def test_external_select_asks_the_app(app, connect, bot, person):
    @app.options("model")
    async def on_options(ack, payload):
        await ack(options=[{"text": plain(payload["value"]), "value": payload["value"]}])

    await connect()
    blocks = row({"type": "external_select", "action_id": "model", "min_query_length": 0})
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=blocks)
    place = {"channel": "C0TICKETS", "ts": posted["ts"], "block_id": "row", "action_id": "model"}

    answer = await person.post("options", user="U0LEAD", value="tri", **place)

    assert answer == {"ok": True, "options": [{"text": plain("tri"), "value": "tri"}]}


async def test_interactivity_switched_off_refuses(bot, person, workspace):
    workspace.manifest = replace(workspace.manifest, is_interactive=False)

    answer = await person.post("shortcuts", user="U0LEAD", callback_id="start_global")

    assert answer["error"] == "interactivity_disabled"

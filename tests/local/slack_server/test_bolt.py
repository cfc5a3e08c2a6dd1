"""The main roads with the real slack-bolt over Socket Mode: commands, drops, clicks, modals, Home."""

import asyncio

from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient

BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "7"}
ACTIONS = [{"type": "actions", "block_id": "row", "elements": [BUTTON]}]
MODAL = {
    "type": "modal",
    "callback_id": "start",
    "title": {"type": "plain_text", "text": "Start"},
    "submit": {"type": "plain_text", "text": "Start"},
    "blocks": [
        {
            "type": "input",
            "block_id": "epochs",
            "label": {"type": "plain_text", "text": "Epochs"},
            "element": {"type": "plain_text_input", "action_id": "value", "initial_value": "3"},
        }
    ],
}


async def test_command_is_acked_and_answered_in_channel(app, connect, person):
    @app.command("/finetune")
    async def on_finetune(ack, client, body):
        await ack()
        await client.chat_postMessage(channel=body["channel_id"], text=f"you said {body['text']}")

    await connect()
    answer = await person.command("/finetune start x=1")

    assert answer["ok"]
    assert not answer["replied"]
    assert answer["ack_ms"] < 3000
    change = await person.change(lambda c: c["type"] == "message" and c["message"]["bot_id"])
    assert change["message"]["text"] == "you said start x=1"


async def test_ack_text_becomes_ephemeral(app, connect, person):
    @app.command("/finetune")
    async def on_finetune(ack):
        await ack("help is on its way")

    await connect()
    answer = await person.command("/finetune")

    assert answer["replied"]
    mine = await person.messages(user="U0LEAD")
    assert [m["text"] for m in mine if m["ephemeral_for"]] == ["help is on its way"]
    assert await person.messages(user="U0MATE") == []


async def test_dropped_file_reaches_the_app_and_downloads(app, connect, person, bot, session, workspace):
    seen = asyncio.Queue()

    @app.event("file_shared")
    async def on_file(event, client):
        info = await client.files_info(file=event["file_id"])
        url = info["file"]["url_private_download"]
        headers = {"Authorization": f"Bearer {workspace.tokens.bot_token}"}
        async with session.get(url, headers=headers) as response:
            await seen.put((info["file"], await response.read()))

    @app.event("message")
    async def on_message():
        pass

    await connect()
    dropped = await person.drop("tickets.csv", b"text,label\na,b\n", text="here")

    file, data = await asyncio.wait_for(seen.get(), 5)
    assert data == b"text,label\na,b\n"
    assert file["mimetype"] == "text/csv"
    assert file["shares"]["public"]["C0TICKETS"][0]["ts"] == dropped["ts"]


async def test_click_opens_modal_and_submission_shows_field_error(app, connect, person, bot):
    @app.action("go")
    async def on_go(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("start")
    async def on_start(ack, view):
        value = view["state"]["values"]["epochs"]["value"]["value"]
        if value == "0":
            await ack(response_action="errors", errors={"epochs": "At least one."})
        else:
            await ack()

    await connect()
    posted = await bot.chat_postMessage(channel="C0TICKETS", text="go?", blocks=ACTIONS)
    clicked = await person.post(
        "actions", user="U0LEAD", channel="C0TICKETS", ts=posted["ts"], block_id="row", action_id="go"
    )
    assert clicked["ok"]
    opened = await person.change(lambda c: c["type"] == "view_opened")
    view_id = opened["view"]["id"]

    refused = await person.post(
        "view_submissions", user="U0LEAD", view_id=view_id, values={"epochs": {"value": "0"}}
    )
    accepted = await person.post(
        "view_submissions", user="U0LEAD", view_id=view_id, values={"epochs": {"value": "2"}}
    )

    assert refused == {"ok": True, "response_action": "errors", "errors": {"epochs": "At least one."}}
    assert accepted == {"ok": True, "response_action": None}
    assert (await person.get("views", user="U0LEAD"))["stack"] == []


async def test_home_is_published_when_opened(app, connect, person):
    @app.event("app_home_opened")
    async def on_home(event, client):
        view = {"type": "home", "blocks": [{"type": "divider"}]}
        await client.views_publish(user_id=event["user"], view=view)

    await connect()
    assert (await person.post("home", user="U0MATE"))["view"] is None

    change = await person.change(lambda c: c["type"] == "home")
    assert change["user"] == "U0MATE"
    assert (await person.get("views", user="U0MATE"))["home"]["type"] == "home"


async def test_hello_and_connection_change(connect, person):
    assert not (await person.get("workspace"))["app"]["connected"]

    handler = await connect()

    client: AsyncBaseSocketModeClient = handler.client
    assert await client.is_connected()
    change = await person.change(lambda c: c["type"] == "connection")
    assert change["connected"]

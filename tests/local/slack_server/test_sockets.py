"""Socket Mode frame by frame, with a bare WebSocket client: hello, envelopes, acks, redelivery, disconnects."""

import asyncio
import json

import aiohttp
import pytest
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from local.slack_server import sockets
from local.slack_server.app import bind, serve

from .conftest import Person

CLOSE_FRAME = bytes([0x88, 0x80, 0, 0, 0, 0])  # final, masked with zeros, empty: RFC 6455, 5.5.1


class Socket:
    """One Socket Mode connection; acks only when told to."""

    def __init__(self, socket) -> None:
        self.socket = socket

    async def frame(self) -> dict:
        return json.loads(await asyncio.wait_for(self.socket.recv(), 5))

    async def ack(self, envelope: dict, payload: dict | None = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        await self.socket.send(json.dumps(body))


@pytest.fixture
async def new_socket(bot, workspace):
    sockets = []

    async def open_socket(query: str = "") -> Socket:
        answer = await bot.apps_connections_open(app_token=workspace.tokens.app_token)
        socket = Socket(await connect_socket(answer["url"] + query))
        sockets.append(socket)
        return socket

    yield open_socket
    for socket in sockets:
        await socket.socket.close()


async def test_hello_counts_connections(new_socket):
    first, second = await new_socket(), await new_socket()

    assert (await first.frame())["num_connections"] == 1
    hello = await second.frame()
    assert (hello["type"], hello["num_connections"]) == ("hello", 2)
    assert hello["debug_info"]["approximate_connection_time"] == 18_060


async def test_debug_reconnects_shorten_the_connection(new_socket):
    socket = await new_socket("&debug_reconnects=true")

    assert (await socket.frame())["debug_info"]["approximate_connection_time"] == 360


async def test_address_works_once(bot, workspace):
    answer = await bot.apps_connections_open(app_token=workspace.tokens.app_token)
    async with connect_socket(answer["url"]):
        with pytest.raises(Exception, match="403"):
            await connect_socket(answer["url"])


async def test_eleventh_connection_is_sent_away(new_socket):
    for _ in range(10):
        await (await new_socket()).frame()

    socket = await new_socket()

    assert (await socket.frame())["reason"] == "too_many_websockets"
    with pytest.raises(ConnectionClosed):
        await socket.socket.recv()


async def test_event_carries_retry_fields_and_its_body(new_socket, person):
    socket = await new_socket()
    await socket.frame()

    await person.say("<@U0TUNESMITH> hi & bye")

    envelopes = [await socket.frame(), await socket.frame()]
    for envelope in envelopes:
        await socket.ack(envelope)
    mention = next(e for e in envelopes if e["payload"]["event"]["type"] == "app_mention")
    assert mention["type"] == "events_api"
    assert not mention["accepts_response_payload"]
    assert (mention["retry_attempt"], mention["retry_reason"]) == (0, "")
    assert mention["payload"]["type"] == "event_callback"
    assert mention["payload"]["authorizations"][0]["user_id"] == "U0TUNESMITH"
    assert mention["payload"]["event"]["text"] == "<@U0TUNESMITH> hi &amp; bye"


async def test_each_envelope_goes_to_one_connection(new_socket, person):
    sockets = [await new_socket() for _ in range(3)]
    for socket in sockets:
        await socket.frame()
    received = []
    all_there = asyncio.Event()

    async def read(socket):
        while True:
            envelope = await socket.frame()
            await socket.ack(envelope)
            received.append((socket, envelope["payload"]["event"]["ts"]))
            if len(received) == 30:
                all_there.set()

    readers = [asyncio.create_task(read(socket)) for socket in sockets]
    sent = [(await person.say(f"message {n}"))["ts"] for n in range(30)]
    await asyncio.wait_for(all_there.wait(), 20)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)

    assert sorted(ts for _, ts in received) == sorted(sent)
    assert len({socket for socket, _ in received}) > 1


async def test_unacked_event_comes_again_with_the_same_id(new_socket, person):
    await person.settings(ack_timeout_s=0.05, redeliver_after_s=[0, 0.05, 0.1])
    socket = await new_socket()
    await socket.frame()

    await person.say("hello")
    attempts = [await socket.frame() for _ in range(4)]

    assert [a["retry_attempt"] for a in attempts] == [0, 1, 2, 3]
    assert [a["retry_reason"] for a in attempts] == ["", "timeout", "timeout", "timeout"]
    assert len({a["payload"]["event_id"] for a in attempts}) == 1
    assert len({a["envelope_id"] for a in attempts}) == 4


async def test_acked_event_does_not_come_again(new_socket, person):
    await person.settings(ack_timeout_s=0.2, redeliver_after_s=0)
    socket = await new_socket()
    await socket.frame()

    await person.say("one")
    await socket.ack(await socket.frame())
    await person.say("two")
    envelope = await socket.frame()

    assert envelope["payload"]["event"]["text"] == "two"
    assert envelope["retry_attempt"] == 0
    await socket.ack(envelope)


async def test_planned_redelivery_repeats_an_acked_event(new_socket, person):
    await person.settings(redeliver_next=1)
    socket = await new_socket()
    await socket.frame()

    await person.say("one")
    first = await socket.frame()
    await socket.ack(first)
    again = await socket.frame()
    await socket.ack(again)

    assert again["retry_attempt"] == 1
    assert again["payload"]["event_id"] == first["payload"]["event_id"]


async def test_event_waits_for_a_connection(new_socket, person):
    await person.say("early")
    socket = await new_socket()
    await socket.frame()

    envelope = await socket.frame()

    await socket.ack(envelope)
    assert envelope["payload"]["event"]["text"] == "early"


async def test_command_and_interaction_are_never_redelivered(new_socket, person, bot):
    await person.settings(ack_timeout_s=0.1, redeliver_after_s=0)
    socket = await new_socket()
    await socket.frame()
    elements = [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}]
    posted = await bot.chat_postMessage(
        channel="D0LEAD", text="x", blocks=[{"type": "actions", "block_id": "b", "elements": elements}]
    )

    command = await person.command("/finetune", channel="D0LEAD")
    click = await person.post(
        "actions", user="U0LEAD", channel="D0LEAD", ts=posted["ts"], block_id="b", action_id="a"
    )
    assert (command["error"], click["error"]) == ("dispatch_failed", "dispatch_failed")
    assert [(await socket.frame())["type"] for _ in range(2)] == ["slash_commands", "interactive"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.socket.recv(), 0.3)


async def test_refresh_warns_then_closes(new_socket, person):
    socket = await new_socket()
    await socket.frame()

    await person.settings(disconnect_sockets="warning")
    assert (await socket.frame())["reason"] == "warning"
    assert (await person.get("workspace"))["app"]["connected"]
    await person.settings(disconnect_sockets="refresh_requested")

    assert (await socket.frame())["reason"] == "refresh_requested"
    with pytest.raises(ConnectionClosed):
        await socket.socket.recv()
    assert not (await person.get("workspace"))["app"]["connected"]


async def test_old_connection_is_warned_and_refreshed(new_socket, monkeypatch):
    monkeypatch.setattr(sockets, "DEBUG_CONNECTION_LIFE_S", 0.1)
    monkeypatch.setattr(sockets, "WARNING_BEFORE_S", 0.05)

    socket = await new_socket("&debug_reconnects=true")

    assert [(await socket.frame()).get("reason") for _ in range(3)] == [None, "warning", "refresh_requested"]


async def test_bolt_reconnects_after_refresh(app, connect, person):
    @app.command("/finetune")
    async def on_finetune(ack):
        await ack("still here")

    await connect()
    await person.settings(disconnect_sockets="refresh_requested", ack_timeout_s=0.5)

    # The SDK reconnects for the frame and again for the close that follows, so the first commands may be lost.
    async with asyncio.timeout(10):
        while not (await person.command("/finetune")).get("replied"):
            pass


async def test_socket_mode_switched_off_is_link_disabled(new_socket, workspace):
    workspace.sockets.is_enabled = False

    socket = await new_socket()

    assert (await socket.frame())["reason"] == "link_disabled"


async def test_server_pings(workspace, bot, url):
    pinged = asyncio.Event()
    async with serve(workspace, bind("127.0.0.1", 0), ping_interval_s=0.05):
        answer = await bot.apps_connections_open(app_token=workspace.tokens.app_token)
        async with connect_socket(answer["url"]) as socket:
            process = socket.process_event

            def watch(event):
                if event.opcode is Opcode.PING:
                    pinged.set()
                process(event)

            socket.process_event = watch
            await asyncio.wait_for(pinged.wait(), 5)


async def test_deliveries_are_recorded_with_ack_times(new_socket, person):
    socket = await new_socket()
    await socket.frame()
    await person.say("hello")
    await socket.ack(await socket.frame())

    async with asyncio.timeout(5):
        while (
            not (deliveries := (await person.get("calls"))["deliveries"]) or deliveries[0]["ack_ms"] is None
        ):
            await asyncio.sleep(0)

    assert deliveries[0] | {"ack_ms": 0, "n": 0, "at": 0, "event_id": "", "connection": ""} == {
        "n": 0,
        "at": 0,
        "kind": "events_api",
        "ack_ms": 0,
        "attempt": 0,
        "event_id": "",
        "type": "message",
        "subtype": None,
        "connection": "",
    }


async def test_frames_that_are_no_acks_are_ignored(new_socket, person):
    socket = await new_socket()
    await socket.frame()
    await socket.socket.send("rubbish")
    await socket.socket.send("[1]")
    await socket.socket.send('{"envelope_id": "unknown"}')

    await person.say("hello")

    await socket.ack(await socket.frame())


async def test_server_stops_while_a_connection_that_said_goodbye_has_yet_to_be_written_to(workspace):
    async with aiohttp.ClientSession() as session, serve(workspace, bind("127.0.0.1", 0)) as url:
        address = f"{url.replace('http', 'ws')}control/stream?after=0"
        person = Person(session, url)
        page = await connect_socket(address, max_queue=1, compression=None)
        for _ in range(200):  # more than the system's buffers of a connection take in
            workspace.changes.add("x", text="x" * 100_000)
        await person.get("workspace")
        page.transport.write(CLOSE_FRAME)
        await person.get("workspace")  # whose answer comes after the frame was read
        asyncio.get_running_loop().call_later(0.1, page.transport.abort)

    assert not workspace.is_connected

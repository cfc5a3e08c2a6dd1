"""Signed HTTP delivery: the challenge, the signature, retries, and Bolt behind its Starlette adapter."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.slack_server import app as server
from local.slack_server.http_delivery import HttpDelivery, signature


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so, whatever makes it so."""
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


class Receiver:
    """The app's request URL: verifies the signature, notes each request, answers as told."""

    def __init__(self, signing_secret: str) -> None:
        self.verifier = SignatureVerifier(signing_secret)
        self.requests = []
        self.answers = []

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        assert self.verifier.is_valid_request(body, dict(request.headers))
        if request.headers["content-type"] == "application/json":
            document = json.loads(body)
            if document["type"] == "url_verification":
                return JSONResponse({"challenge": document["challenge"]})
        else:
            document = {
                key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()
            }
        self.requests.append((request.headers, document))
        return self.answers.pop(0) if self.answers else Response()


@contextlib.asynccontextmanager
async def running(app: Starlette):
    """An ASGI app on a free loopback port."""
    listener = server.bind("127.0.0.1", 0)
    config = server.uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    process = server._Server(config)
    task = asyncio.create_task(process.serve(sockets=[listener]))
    await process.listening.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    finally:
        process.stopping.set()
        await task


def deliver_to(workspace, address: str) -> None:
    transport = HttpDelivery(
        address,
        workspace.tokens.signing_secret,
        verification_token=workspace.tokens.verification_token,
        clock=workspace.clock,
        on_change=workspace.connection_changed,
    )
    workspace.deliveries.transport = transport
    transport.start()


async def connected(person) -> None:
    if not (await person.get("workspace"))["app"]["connected"]:
        await person.change(lambda c: c["type"] == "connection" and c["connected"])


@pytest.fixture
async def receiver(workspace, person):
    endpoint = Receiver(workspace.tokens.signing_secret)
    app = Starlette(routes=[Route("/slack/events", endpoint.__call__, methods=["POST"])])
    async with running(app) as address:
        deliver_to(workspace, address)
        await connected(person)
        yield endpoint
        await workspace.deliveries.close()


def test_signature_is_slacks_own():
    # The example of docs.slack.dev/authentication/verifying-requests-from-slack.
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    signed = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode())

    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_event_is_posted_as_json(receiver, person):
    await person.say("hello")
    await until(lambda: bool(receiver.requests))

    headers, body = receiver.requests[0]
    assert body["event"]["text"] == "hello"
    assert "x-slack-retry-num" not in headers


async def test_command_is_posted_as_form_and_answered_in_the_body(receiver, person):
    receiver.answers = [JSONResponse({"text": "as JSON"}), PlainTextResponse("as text")]

    first, second = await person.command("/finetune start"), await person.command("/finetune")

    assert (first["replied"], second["replied"]) == (True, True)
    assert receiver.requests[0][1]["text"] == "start"
    assert [m["text"] for m in await person.messages(user="U0LEAD")] == ["as JSON", "as text"]


async def test_failed_event_comes_again_with_retry_headers(receiver, person):
    await person.settings(redeliver_after_s=0)
    receiver.answers = [Response(status_code=500), Response(status_code=302, headers={"Location": "/"})]

    await person.say("hello")
    await until(lambda: len(receiver.requests) == 3)

    retries = [
        (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"))
        for headers, _ in receiver.requests
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({body["event_id"] for _, body in receiver.requests}) == 1


async def test_app_may_refuse_retries(receiver, person):
    await person.settings(redeliver_after_s=0)
    receiver.answers = [Response(status_code=500, headers={"X-Slack-No-Retry": "1"})]

    await person.say("one")
    await person.say("two")
    await until(lambda: len(receiver.requests) == 2)

    assert [body["event"]["text"] for _, body in receiver.requests] == ["one", "two"]


async def test_command_that_fails_is_told_in_slacks_words(receiver, person):
    receiver.answers = [Response(status_code=500)]

    answer = await person.command("/finetune")

    assert (answer["error"], answer["reason"]) == ("dispatch_failed", "http_service_error")


async def test_url_that_does_not_answer_the_challenge_is_not_used(workspace, person):
    async def wrong(_: Request) -> Response:
        return JSONResponse({"challenge": "something else"})

    app = Starlette(routes=[Route("/slack/events", wrong, methods=["POST"])])
    async with running(app) as address:
        deliver_to(workspace, address)
        answer = await person.command("/finetune")
        await workspace.deliveries.close()

    assert answer["reason"] == "dispatch_failed"
    assert not workspace.is_connected


async def test_bolt_behind_its_starlette_adapter(workspace, person, url):
    client = AsyncWebClient(token=workspace.tokens.bot_token, base_url=f"{url}api/")
    bolt = AsyncApp(client=client, signing_secret=workspace.tokens.signing_secret)
    opened = asyncio.Queue()

    @bolt.command("/finetune")
    async def on_finetune(ack, body):
        await ack(f"heard {body['text']}")

    @bolt.shortcut("start_global")
    async def on_shortcut(ack, body):
        await ack()
        await opened.put(body["trigger_id"])

    @bolt.event("message")
    async def on_message():
        pass

    handler = AsyncSlackRequestHandler(bolt)
    app = Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])
    async with running(app) as address:
        deliver_to(workspace, address)
        await connected(person)
        await person.command("/finetune start")
        await person.post("shortcuts", user="U0LEAD", callback_id="start_global")
        await workspace.deliveries.close()

    assert [m["text"] for m in await person.messages(user="U0LEAD")] == ["heard start"]
    assert await opened.get()

"""Simpler bots to compare with: one that only acks, and the plain threaded Bolt app of the tutorials."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from openai import OpenAI
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient


def _say_ready() -> None:
    print(json.dumps({"event": "ready"}), flush=True)


async def _ack_only() -> None:
    url, token = os.environ["SLACK_API_URL"], os.environ["SLACK_BOT_TOKEN"]
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=url), request_verification_enabled=False)

    @app.command("/classify")
    async def on_classify(ack: AsyncAck) -> None:
        await ack()

    app_token = os.environ["SLACK_APP_TOKEN"]
    handler = AsyncSocketModeHandler(app, app_token, web_client=AsyncWebClient(token=app_token, base_url=url))
    await handler.connect_async()
    _say_ready()
    await asyncio.Event().wait()


def _threads(workers: int) -> None:
    """`workers` threads run listeners; as many read the socket, so that those are never what is short."""
    url, token = os.environ["SLACK_API_URL"], os.environ["SLACK_BOT_TOKEN"]
    app = App(
        client=WebClient(token=token, base_url=url),
        request_verification_enabled=False,
        listener_executor=ThreadPoolExecutor(workers),
    )
    model = OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key="none")

    @app.command("/classify")
    def on_classify(ack: Ack, respond: Respond, command: dict[str, str]) -> None:
        ack()
        text = command["text"]
        answer = model.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
        label = answer.choices[0].message.content
        respond(f"`{label}` for “{text}”", response_type="in_channel")

    app_token = os.environ["SLACK_APP_TOKEN"]
    client = WebClient(token=app_token, base_url=url)
    SocketModeHandler(app, app_token, web_client=client, concurrency=max(10, workers)).connect()
    _say_ready()
    threading.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=0, help="0: only ack, on asyncio")
    chosen = parser.parse_args().workers
    if chosen:
        _threads(chosen)
    else:
        asyncio.run(_ack_only())

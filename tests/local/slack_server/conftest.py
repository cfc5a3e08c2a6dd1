"""A running workspace on a free loopback port, a real Bolt app connected to it, and a person's hands."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from local.slack_server.app import bind, serve
from local.slack_server.manifest import Manifest, parse_manifest
from local.slack_server.workspace import Workspace

MANIFEST = {
    "display_information": {"name": "Tunesmith", "description": "Fine-tunes models."},
    "features": {
        "app_home": {"home_tab_enabled": True},
        "bot_user": {"display_name": "Tunesmith"},
        "slash_commands": [
            {"command": "/finetune", "description": "Jobs", "usage_hint": "start | list"},
            {"command": "/escaped", "description": "Escaped", "should_escape": True},
        ],
        "shortcuts": [
            {"name": "Classify", "type": "message", "callback_id": "ask_message", "description": "Ask"},
            {"name": "Start", "type": "global", "callback_id": "start_global", "description": "Start"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "reactions:write",
                "users:read",
            ],
            "bot_optional": [
                "channels:history",
                "groups:history",
                "groups:read",
                "im:history",
                "reactions:read",
            ],
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "app_mention",
                "file_shared",
                "message.channels",
                "message.groups",
            ]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Person:
    """Speaks the control interface as the page does."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def get(self, path: str, **query: object) -> dict:
        async with self.session.get(
            f"{self.url}control/{path}", params={k: str(v) for k, v in query.items()}
        ) as r:
            return await r.json()

    async def post(self, path: str, **body: object) -> dict:
        async with self.session.post(f"{self.url}control/{path}", json=body) as response:
            return await response.json()

    async def say(
        self, text: str, *, user: str = "U0LEAD", channel: str = "C0TICKETS", **more: object
    ) -> dict:
        return (await self.post("messages", user=user, channel=channel, text=text, **more))["message"]

    async def command(
        self, text: str, *, user: str = "U0LEAD", channel: str = "C0TICKETS", **more: object
    ) -> dict:
        return await self.post("commands", user=user, channel=channel, text=text, **more)

    async def drop(
        self,
        name: str,
        data: bytes,
        *,
        user: str = "U0LEAD",
        channel: str | None = "C0TICKETS",
        **more: str,
    ) -> dict:
        """Drop a file in a channel; without one, choose it for a form."""
        place = {"channel": channel} if channel else {}
        form = aiohttp.FormData({"user": user, **place, **more}, quote_fields=False)
        form.add_field("file", io.BytesIO(data), filename=name)
        async with self.session.post(f"{self.url}control/files", data=form) as response:
            return await response.json()

    async def messages(self, channel: str = "C0TICKETS", **query: object) -> list[dict]:
        return (await self.get("messages", channel=channel, **query))["messages"]

    async def settings(self, **settings: object) -> None:
        answer = await self.post("settings", **settings)
        assert answer["ok"], answer

    async def change(self, wanted: Callable[[dict], bool], *, after: int = 0) -> dict:
        """The first change that is wanted; waits for it by long poll."""
        async with asyncio.timeout(10):
            while True:
                answer = await self.get("changes", after=after, wait=5)
                for change in answer["changes"]:
                    if wanted(change):
                        return change
                after = answer["seq"]


@pytest.fixture
def manifest() -> Manifest:
    return parse_manifest(MANIFEST)


@pytest.fixture(autouse=True)
def quiet_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests send messages without text on purpose; the SDK would warn of each.
    monkeypatch.setenv("SKIP_SLACK_SDK_WARNING", "1")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def workspace(manifest: Manifest) -> Workspace:
    return Workspace(manifest=manifest, sample=Path(__file__))


@pytest.fixture
async def url(workspace: Workspace) -> AsyncIterator[str]:
    async with serve(workspace, bind("127.0.0.1", 0)) as address:
        yield address


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def person(session: aiohttp.ClientSession, url: str) -> Person:
    return Person(session, url)


@pytest.fixture
async def bot(workspace: Workspace, url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.tokens.bot_token, base_url=f"{url}api/", session=session)


@pytest.fixture
def app(workspace: Workspace, bot: AsyncWebClient) -> AsyncApp:
    logger = logging.getLogger("bolt-under-test")
    logger.setLevel(logging.WARNING)
    return AsyncApp(client=bot, logger=logger)


@pytest.fixture
async def connect(workspace: Workspace, url: str, app: AsyncApp) -> AsyncIterator[Callable]:
    """Connects the Bolt app once its listeners are registered; may be called several times."""
    handlers = []

    async def connect_app() -> AsyncSocketModeHandler:
        web_client = AsyncWebClient(token=workspace.tokens.app_token, base_url=f"{url}api/")
        handler = AsyncSocketModeHandler(app, workspace.tokens.app_token, web_client=web_client)
        await handler.connect_async()
        handlers.append(handler)
        return handler

    yield connect_app
    for handler in handlers:
        await handler.close_async()

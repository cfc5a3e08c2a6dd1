"""Looking up messages of ours, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Thread
from bot.notifier import SlackNotifier

SINCE = datetime(2026, 11, 21, tzinfo=UTC)
CHANNEL = Thread(channel="C1", ts="")


class History:
    """conversations.history with these pages."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        return web.json_response(self.pages.pop(0))


def page(*messages: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"ok": True, "messages": list(messages), "response_metadata": {"next_cursor": cursor}}


def with_metadata(outbox_id: str) -> dict[str, Any]:
    payload = {"event_type": "tunesmith_update", "event_payload": {"outbox_id": outbox_id}}
    return {"ts": "1.1", "metadata": payload}


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
async def notifier(history: History) -> AsyncIterator[SlackNotifier]:
    application = web.Application()
    application.router.add_route("*", "/api/conversations.history", history.answer)
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token="xoxb-1", base_url=str(server.make_url("/api/")), session=session)
        yield SlackNotifier(client, session)


@pytest.mark.parametrize(
    "message", [with_metadata("ask-1"), {"ts": "1.1", "blocks": [{"type": "section", "block_id": "ask-1"}]}]
)
async def test_a_message_is_found_by_metadata_or_block(notifier: SlackNotifier, history: History, message):
    history.pages = [page({"ts": "3.1", "text": "hi"}, with_metadata("other"), cursor="next"), page(message)]

    assert await notifier.find(CHANNEL, outbox_id="ask-1", since=SINCE) == "1.1"


async def test_what_is_not_there_is_not_found(notifier: SlackNotifier, history: History):
    history.pages = [page({"ts": "3.1", "text": "ask-1", "blocks": [{"type": "divider"}]})]

    assert await notifier.find(CHANNEL, outbox_id="ask-1", since=SINCE) is None


async def test_without_the_history_scope_nothing_is_found(notifier: SlackNotifier, history: History):
    history.pages = [{"ok": False, "error": "missing_scope", "needed": "channels:history"}]

    assert await notifier.find(CHANNEL, outbox_id="ask-1", since=SINCE) is None

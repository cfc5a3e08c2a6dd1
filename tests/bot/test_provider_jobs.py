"""What a server may send about jobs, over real HTTP: pages of events, calls it lacks, bases it cannot train now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import NotSupportedError, ProviderError
from bot.provider import OpenAIProvider
from tests.values import PLAN

JOB = {"id": "ftjob-1", "object": "fine_tuning.job", "status": "queued", "model": "m", "created_at": 1}


def event(number: int, at: int) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "object": "fine_tuning.job.event",
        "created_at": at,
        "level": "info",
        "message": f"Step {number}/9: training loss=0.1" if number % 2 else "told",
    }


class Server:
    """Keeps events newest first, as OpenAI does; pausing answers `pause_status`."""

    def __init__(self) -> None:
        self.events = [event(4, 20), event(3, 20), event(2, 20), event(1, 10)]
        self.ignores_cursor = False
        self.pause_status = 200
        self.created: dict[str, Any] = {}

    async def list_events(self, request: web.Request) -> web.Response:
        after, limit = request.query.get("after"), int(request.query.get("limit", "20"))
        ids = [row["id"] for row in self.events]
        start = ids.index(after) + 1 if after and not self.ignores_cursor else 0
        rows = self.events[start : start + limit]
        more = start + limit < len(self.events)
        return web.json_response({"object": "list", "data": rows, "has_more": more})

    async def pause(self, request: web.Request) -> web.Response:
        if self.pause_status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.pause_status)
        return web.json_response({**JOB, "status": "paused"})

    async def create(self, request: web.Request) -> web.Response:
        self.created = await request.json()
        return web.json_response(JOB)

    async def models(self, request: web.Request) -> web.Response:
        about = {"available": False, "problem": "install more", "kind": "generator", "default": True}
        rows = [
            {"id": "one", "object": "model", "fine_tuning": {"available": True, "kind": "classifier"}},
            {"id": "two", "object": "model", "fine_tuning": about},
            {"id": "three", "object": "model"},
        ]
        return web.json_response({"object": "list", "data": rows})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def provider(server: Server) -> AsyncIterator[OpenAIProvider]:
    application = web.Application()
    application.router.add_get("/v1/fine_tuning/jobs/ftjob-1/events", server.list_events)
    application.router.add_post("/v1/fine_tuning/jobs/ftjob-1/pause", server.pause)
    application.router.add_post("/v1/fine_tuning/jobs", server.create)
    application.router.add_get("/v1/models", server.models)
    async with TestServer(application) as running:
        opened = OpenAIProvider(base_url=str(running.make_url("/v1")), api_key="k")
        yield opened
        await opened.close()


async def test_events_come_newest_first_a_page_at_a_time(provider: OpenAIProvider):
    first = await provider.event_page("ftjob-1", limit=3)
    second = await provider.event_page("ftjob-1", limit=3, after=first.older)

    assert [event.id for event in first.events] == ["e4", "e3", "e2"]
    assert [event.id for event in second.events] == ["e1"]
    assert second.older == ""


async def test_a_server_that_lists_oldest_first_is_turned_round(provider: OpenAIProvider, server: Server):
    server.events.reverse()

    page = await provider.event_page("ftjob-1", limit=10)

    assert [event.id for event in page.events] == ["e4", "e3", "e2", "e1"]


async def test_a_server_that_ignores_the_cursor_does_not_go_round_for_ever(
    provider: OpenAIProvider, server: Server
):
    server.ignores_cursor = True

    page = await provider.event_page("ftjob-1", limit=3, after="e2")

    assert (page.events, page.older) == ((), "")


async def test_a_job_is_paused(provider: OpenAIProvider):
    assert (await provider.pause("ftjob-1")).status_text == "paused"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_server_without_pause_says_so_plainly(provider: OpenAIProvider, server: Server, status: int):
    server.pause_status = status

    with pytest.raises(NotSupportedError, match="This fine-tuning server can't pause jobs"):
        await provider.pause("ftjob-1")


@pytest.mark.parametrize("status", [400, 409])
async def test_a_refused_pause_is_in_the_servers_words(provider: OpenAIProvider, server: Server, status: int):
    server.pause_status = status

    with pytest.raises(ProviderError, match="no"):
        await provider.pause("ftjob-1")


async def test_a_job_with_a_project_asks_for_weights_and_biases(provider: OpenAIProvider, server: Server):
    plan = replace(PLAN, wandb_project="tickets")

    await provider.create_job(plan, training_file="f", validation_file="", op_id="op-1")

    assert server.created["integrations"] == [{"type": "wandb", "wandb": {"project": "tickets"}}]


async def test_a_base_that_cannot_be_trained_now_says_why(provider: OpenAIProvider):
    found = {base.id: (base.problem, base.is_default) for base in await provider.base_models()}

    assert found == {"one": ("", False), "two": ("install more", False)}

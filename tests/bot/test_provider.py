"""What a server may send back to a question, over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain import ExampleFormat, Hyperparameters
from bot.errors import ProviderError
from bot.provider import OpenAIProvider
from tests.values import MODEL

CHOICE = {
    "message": {"role": "assistant", "content": "delivery"},
    "text": " delivery",
    "class_probabilities": {"delivery": 0.9, "billing": 0.1},
}


class Server:
    """Answers every question with `body` and remembers what was asked."""

    def __init__(self) -> None:
        self.body: Any = {"choices": [CHOICE]}
        self.status = 200
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json()))
        return web.json_response(self.body, status=self.status)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def provider(server: Server) -> AsyncIterator[OpenAIProvider]:
    application = web.Application()
    application.router.add_post("/v1/{rest:.*}", server.answer)
    async with TestServer(application) as running:
        opened = OpenAIProvider(base_url=str(running.make_url("/v1")), api_key="k")
        yield opened
        await opened.close()


async def test_a_chat_model_is_asked_the_way_it_was_trained(provider: OpenAIProvider, server: Server):
    answer = await provider.answer(replace(MODEL, system="Name the queue."), "where is it?")

    ((path, asked),) = server.asked
    assert path == "/v1/chat/completions"
    assert [message["content"] for message in asked["messages"]] == ["Name the queue.", "where is it?"]
    assert (asked["model"], asked["temperature"], asked["logprobs"]) == (MODEL.name, 0, True)
    assert answer.text == "delivery"
    assert answer.probabilities == (("delivery", 0.9), ("billing", 0.1))


async def test_a_completion_model_gets_its_separator_and_stop(provider: OpenAIProvider, server: Server):
    model = replace(MODEL, format=ExampleFormat.COMPLETION, separator="\n\n###\n\n", stop=" END")

    answer = await provider.answer(model, "where is it?")

    ((path, asked),) = server.asked
    assert path == "/v1/completions"
    assert (asked["prompt"], asked["stop"]) == ("where is it?\n\n###\n\n", [" END"])
    assert answer.text == "delivery"


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": None}, {"choices": [None]}, ["choices"], "ok"]
)
async def test_an_answer_without_a_choice_is_a_provider_error(
    provider: OpenAIProvider, server: Server, body: Any
):
    server.body = body

    with pytest.raises(ProviderError):
        await provider.answer(MODEL, "where is it?")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 422, 501])
async def test_a_gateway_that_does_not_know_estimates_leaves_them_to_the_price_table(
    provider: OpenAIProvider, server: Server, status: int
):
    server.status, server.body = status, {"error": {"message": "unknown path"}}

    found = await provider.estimate(
        "gpt-x", examples=10, tokens=100, labels=2, hyperparameters=Hyperparameters()
    )

    assert found is None


async def test_a_refused_key_is_told_when_an_estimate_is_asked_for(provider: OpenAIProvider, server: Server):
    server.status, server.body = 401, {"error": {"message": "wrong key"}}

    with pytest.raises(ProviderError, match="wrong key"):
        await provider.estimate("gpt-x", examples=10, tokens=100, labels=2, hyperparameters=Hyperparameters())

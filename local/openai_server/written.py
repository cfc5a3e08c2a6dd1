"""Answers of models that write: choices gathered from their pieces, as OpenAI's objects and as its chunks."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.openai_server.answers import Sampling
from local.openai_server.generators import Generator

Turns = Sequence[tuple[str, str]]


@dataclass(kw_only=True)
class Written:
    """One choice as it stands; `tokens` have OpenAI's shape of a chat token's logprobs."""

    text: str = ""
    tokens: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def take(self, said: dict[str, Any]) -> None:
        """Add what the process said."""
        if "prompt_tokens" in said:
            self.prompt_tokens = said["prompt_tokens"]
        elif "done" in said:
            self.finish_reason, self.completion_tokens = said["done"], said["tokens"]
        else:
            self.text += said["text"]
            self.tokens += said["tokens"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a model that writes. `top` counts alternatives a token; None asks for no probabilities."""

    turns: Turns
    sampling: Sampling
    max_tokens: int | None
    top: int | None

    def requests(self) -> list[dict[str, Any]]:
        """One a choice, as the model's process reads them; each choice has a seed of its own."""
        first = secrets.randbelow(2**31) if self.sampling.seed is None else self.sampling.seed
        return [
            {
                "turns": [list(turn) for turn in self.turns],
                "max_tokens": self.max_tokens,
                "temperature": self.sampling.temperature,
                "top_p": self.sampling.top_p,
                "seed": (first + index) % 2**31,
                "stop": list(self.sampling.stop),
                "top": self.top,
            }
            for index in range(self.sampling.n)
        ]


async def write_all(generator: Generator, wanted: Wanted) -> list[Written]:
    """All choices, written side by side; at temperature 0 they are alike and written once. Raises ApiError."""
    requests = wanted.requests()
    if wanted.sampling.temperature == 0:
        return [await _write(generator, requests[0])] * len(requests)
    return list(await asyncio.gather(*(_write(generator, request) for request in requests)))


async def _write(generator: Generator, request: dict[str, Any]) -> Written:
    written = Written()
    async for said in generator.ask(request):
        written.take(said)
    return written


async def write_pieces(generator: Generator, wanted: Wanted) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """What the process says about each choice as it comes, with the choice's index. Raises ApiError."""
    queue: asyncio.Queue[tuple[int, dict[str, Any]] | None] = asyncio.Queue()

    async def follow(index: int, request: dict[str, Any]) -> None:
        async for said in generator.ask(request):
            queue.put_nowait((index, said))

    tasks = [asyncio.create_task(follow(index, one)) for index, one in enumerate(wanted.requests())]
    ended = asyncio.gather(*tasks)
    ended.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (found := await queue.get()) is not None:
            yield found
        await ended
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

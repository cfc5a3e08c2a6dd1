"""People typing /classify in the local workspace, all at once, over its control interface."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

USER = "U0LEAD"
CHANNEL = "C0TICKETS"
ANSWER_S = 20.0

_QUESTION = re.compile(r"“(question \d+):")


@dataclass(kw_only=True)
class Load:
    """What a burst or a while of asking brought. Times are seconds since its start, but for `acks_ms`."""

    asked: int = 0
    refused: int = 0
    """Commands that the workspace reported as failed: no ack within 3 seconds."""
    answered_at: list[float] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    """From typing to the answer."""
    acks_ms: list[float] = field(default_factory=list)
    """From the workspace's record of its deliveries."""

    @property
    def lost(self) -> int:
        """Commands without an answer."""
        return self.asked - len(self.answered_at)


class Crowd:
    """Opened with `crowd(control)`."""

    def __init__(self, session: aiohttp.ClientSession, control: str) -> None:
        self._session = session
        self._control = control
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[float]] = {}

    async def burst(self, people: int, *, wants_answers: bool = True) -> Load:
        """Everybody types at the same moment, once."""
        load, after, began = Load(), await self._last_record(), time.perf_counter()
        await asyncio.gather(*(self._ask(load, began, wants_answers) for _ in range(people)))
        load.acks_ms = await self._acks_after(after)
        return load

    async def keep_asking(self, people: int, seconds: float, *, wants_answers: bool = True) -> Load:
        """Everybody asks again as soon as they have their answer, for so long."""
        load, after, began = Load(), await self._last_record(), time.perf_counter()

        async def one_person() -> None:
            while time.perf_counter() - began < seconds:
                await self._ask(load, began, wants_answers)

        await asyncio.gather(*(one_person() for _ in range(people)))
        load.acks_ms = await self._acks_after(after)
        return load

    async def _ask(self, load: Load, began: float, wants_answer: bool) -> None:
        key = f"question {next(self._numbers)}"
        answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[key] = answer
        load.asked += 1
        typed = time.perf_counter()
        command = {"user": USER, "channel": CHANNEL, "text": f"/classify {key}: where is my parcel"}
        try:
            async with self._session.post(f"{self._control}/commands", json=command) as reply:
                is_taken = bool((await reply.json())["ok"])
            load.refused += not is_taken
            if wants_answer:
                at = await asyncio.wait_for(answer, ANSWER_S)
            elif is_taken:
                at = time.perf_counter()
            else:
                return
        except TimeoutError:
            return
        finally:
            del self._waiting[key]
        load.answered_at.append(at - began)
        load.waited_s.append(at - typed)

    async def listen(self, after: int) -> None:
        """Follow the workspace's changes and hand each answer to who waits for it."""
        async with self._session.ws_connect(f"{self._control}/stream?after={after}") as stream:
            async for frame in stream:
                change = orjson.loads(frame.data)
                if change["type"] != "message":
                    continue
                found = _QUESTION.search(change["message"]["text"])
                waiting = self._waiting.get(found[1]) if found else None
                if waiting and not waiting.done():
                    waiting.set_result(time.perf_counter())

    async def _last_record(self) -> int:
        records = await self.get("calls")
        return max((entry["n"] for kind in ("calls", "deliveries") for entry in records[kind]), default=0)

    async def _acks_after(self, number: int) -> list[float]:
        records = await self.get(f"calls?after={number}")
        found = [entry for entry in records["deliveries"] if entry["type"] == "/classify"]
        return [entry["ack_ms"] for entry in found if entry["ack_ms"] is not None]

    async def get(self, path: str) -> dict[str, Any]:
        """GET from the control interface."""
        async with self._session.get(f"{self._control}/{path}") as answer:
            found: dict[str, Any] = orjson.loads(await answer.read())
        return found


@asynccontextmanager
async def crowd(control: str) -> AsyncIterator[Crowd]:
    """A crowd in front of the workspace, already listening for answers."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        people = Crowd(session, control)
        listening = asyncio.create_task(people.listen((await people.get("workspace"))["seq"]))
        try:
            yield people
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

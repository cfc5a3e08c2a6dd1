"""The paced tasks behind every ack: bounded, referenced, drained on stop.

Bolt keeps no reference to what a listener starts, and a burst of tasks started at once delays the acks of the next
requests past Slack's 3 seconds. So work is queued here, and started a few at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context

from bot.errors import BotError, BusyError
from bot.texts import t

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

MAX_RUNNING = 400
MAX_WAITING = 5_000
START_INTERVAL_S = 0.002
"""At most 500 pieces of work are started a second; measured in benchmarks/load to keep acks below 0.3 s."""
MOST_BEHIND_S = 0.016
"""A busy loop comes round late: what should have been started by then is made up for, up to this much."""


class Pace:
    """Spreads starts evenly, one each `interval_s`, and makes up for lateness up to `most_behind_s`."""

    def __init__(self, interval_s: float, most_behind_s: float) -> None:
        self._interval_s = interval_s
        self._most_behind_s = most_behind_s
        self._due = 0.0

    def is_ahead_after(self, now: float) -> bool:
        """Count a start at `now`; whether the next one should wait."""
        self._due = max(self._due + self._interval_s, now - self._most_behind_s)
        return self._due > now


class Dispatcher:
    """Runs work in the background; `start` first, `await drain(seconds)` last."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, Work, Context]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._closed = False

    def start(self) -> None:
        """Begin to start work."""
        self._pump = asyncio.create_task(self._run(), name="dispatcher")

    def submit(self, name: str, work: Work) -> None:
        """Queue work, done in the language now spoken; its errors are logged under `name`.

        Raises BusyError when the queue is full or closing.
        """
        if self._closed or len(self._waiting) >= MAX_WAITING:
            raise BusyError(t("There is a lot going on right now. Please try again in a minute."))
        self._waiting.append((name, work, copy_context()))
        self._wake.set()

    @property
    def load(self) -> int:
        """Pieces of work waiting or running."""
        return len(self._waiting) + len(self._running)

    async def drain(self, timeout_s: float) -> bool:
        """Take nothing new, finish what is there; False when the time was not enough (the rest is cancelled)."""
        self._closed = True
        finished = True
        try:
            await asyncio.wait_for(self._until_idle(), timeout_s)
        except TimeoutError:
            finished = False
        tasks = [*self._running, *([self._pump] if self._pump else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return finished

    async def _until_idle(self) -> None:
        while self.load:
            self._idle.clear()
            await self._idle.wait()

    async def _run(self) -> None:
        pace = Pace(START_INTERVAL_S, MOST_BEHIND_S)
        while True:
            while self._waiting and len(self._running) < MAX_RUNNING:
                name, work, context = self._waiting.popleft()
                task = asyncio.create_task(_guarded(name, work), name=name, context=context)
                self._running.add(task)
                task.add_done_callback(self._finished)
                if pace.is_ahead_after(time.monotonic()):
                    await asyncio.sleep(START_INTERVAL_S)
            self._wake.clear()
            if not self._waiting or len(self._running) >= MAX_RUNNING:
                await self._wake.wait()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        self._idle.set()


async def _guarded(name: str, work: Work) -> None:
    try:
        await work()
    except BotError as error:
        logger.warning("background work failed name=%s error=%s", name, error)

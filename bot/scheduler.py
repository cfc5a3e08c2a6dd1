"""The clockwork: APScheduler's interval ticks, and nothing that must last (that is all in storage).

Kept to this module, so that another scheduler is one file away. The memory store only: a persistent one loses jobs
it can't unpickle and wedges when a write fails (APScheduler #1132, #341).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = logging.getLogger(__name__)

Tick = Callable[[], Awaitable[object]]


class Scheduler:
    """Calls ticks at fixed intervals on the running event loop; an overrunning tick is skipped, not queued."""

    def __init__(self) -> None:
        # misfire_grace_time=None: the default of 1 s silently drops every tick of a loop that was busy.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._last_tick = time.monotonic()

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Call `tick` every so many seconds; its errors are logged and the next tick comes all the same."""

        async def guarded() -> None:
            self._last_tick = time.monotonic()
            await tick()

        self._scheduler.add_job(guarded, "interval", seconds=seconds, id=name)

    def start(self) -> None:
        """Begin to tick."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def seconds_since_tick(self) -> float:
        """Age of the last tick; a large one means that the loop or the scheduler is stuck."""
        return time.monotonic() - self._last_tick

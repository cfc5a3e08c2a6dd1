"""The numbered list of everything that changed, which the page and the demo follow by long poll or stream."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson

KEPT = 5000


class ChangeLog:
    """Changes since the start, the newest `kept` of them, each encoded to JSON once."""

    def __init__(self, clock: Callable[[], float] = time.time, *, kept: int = KEPT) -> None:
        self._clock = clock
        self._kept = kept
        self._first = 1
        self._encoded: list[bytes] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self.is_closed = False

    @property
    def seq(self) -> int:
        """The number of the newest change; 0 before the first."""
        return self._first + len(self._encoded) - 1

    def add(self, kind: str, **facts: Any) -> None:
        """Append one change and wake whoever waits for it."""
        change = {"seq": self.seq + 1, "at": round(self._clock(), 3), "type": kind, **facts}
        self._encoded.append(orjson.dumps(change))
        if len(self._encoded) > 2 * self._kept:
            dropped = len(self._encoded) - self._kept
            del self._encoded[:dropped]
            self._first += dropped
        self._wake()

    def after(self, seq: int) -> list[bytes]:
        """The encoded changes newer than `seq`, oldest first; those dropped since are left out."""
        return self._encoded[max(0, seq + 1 - self._first) :]

    async def wait(self, after: int, timeout_s: float) -> None:
        """Return once there is a change newer than `after`, at the timeout, or when the log closes."""
        if self.seq > after or self.is_closed or timeout_s <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(woken)
        try:
            await asyncio.wait((woken,), timeout=timeout_s)
        finally:
            self._waiting.discard(woken)

    def close(self) -> None:
        """Let every waiter go, now and from now on, so that a stop isn't held up."""
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

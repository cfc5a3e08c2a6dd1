"""A bell that any thread may ring and one task on the event loop waits for."""

import asyncio
import contextlib


class Bell:
    """Wakes a background task; ringing before anyone listens is kept."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        """Wake the listener; safe from any thread."""
        if self._loop is None:
            self._event.set()
        else:
            self._loop.call_soon_threadsafe(self._event.set)

    async def heard(self, timeout_s: float) -> None:
        """Return once it rings, or when the time is over."""
        self._loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()

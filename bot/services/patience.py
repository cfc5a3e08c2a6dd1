"""Waits as long as Slack asks and tries again: only where Slack says that it did not take what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import SlackError

T = TypeVar("T")
Pause = Callable[[float], Awaitable[None]]

TRIES = 6
LONGEST_S = 30.0


async def patiently(call: Callable[[], Awaitable[T]], *, pause: Pause = asyncio.sleep) -> T:
    """What the call gives; "slow down" is waited out a few times. Raises every other SlackError at once."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except SlackError as error:
            if error.retry_after_s is None or error.retry_after_s > LONGEST_S:
                raise
            await pause(error.retry_after_s)
    return await call()

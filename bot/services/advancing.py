"""Brings stored work forward step by step: each open item by one task at a time, broken off on stop, gone on with at start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from bot.errors import BotError
from bot.texts import speak

logger = logging.getLogger(__name__)

PAUSE_S = 1.0
"""Between a step that failed and its next try."""


class Item(Protocol):
    """Anything stored under an id that somebody asked for."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def team(self) -> str:
        """Whose it is."""

    @property
    def user(self) -> str:
        """Who asked for it, and whose language it speaks."""


T = TypeVar("T", bound=Item)


class Advancing(Generic[T]):
    """Runs `advance` for every item that `find_open` names; an item that is under way is left alone."""

    def __init__(
        self,
        name: str,
        find_open: Callable[[], Awaitable[Sequence[T]]],
        advance: Callable[[T], Awaitable[None]],
        language: Callable[[str, str], Awaitable[str]],
    ) -> None:
        self.name = name
        self._language = language
        self._find_open = find_open
        self._advance = advance
        self._running: dict[str, asyncio.Task[None]] = {}

    async def tick(self) -> None:
        """Begin with what is open and not under way."""
        for item in await self._find_open():
            if item.id not in self._running:
                task = asyncio.create_task(self._guarded(item), name=f"{self.name}-{item.id}")
                self._running[item.id] = task
                task.add_done_callback(lambda _, done=item.id: self._running.pop(done, None))  # type: ignore[misc]

    async def drain(self) -> None:
        """Break off what is under way; the rows know how far it was."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, item: T) -> None:
        """A step that failed is taken again at a later tick."""
        speak(await self._language(item.team, item.user))
        try:
            await self._advance(item)
        except BotError as error:
            logger.warning("%s put off id=%s error=%s", self.name, item.id, error)
            await asyncio.sleep(PAUSE_S)

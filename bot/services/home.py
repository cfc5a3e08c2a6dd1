"""What a person's App Home shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.ports import Block
from bot.views import home as views
from storage import Store


class Home:
    """The story of the home tab."""

    def __init__(self, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def view(self, team: str, user: str) -> Block:
        """The home tab of one person."""
        return views.home(
            await self._store.jobs.of_user(team, user),
            await self._store.datasets.of_user(team, user),
            await self._store.models.of_team(team),
            now=self._clock(),
        )

"""Channel settings: what they are now, and changing them. The form's reading is done in handlers/settings.py."""

from __future__ import annotations

from bot.domain import ChannelSettings
from storage import Store


class Channels:
    """The settings of channels."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def settings(self, team: str, channel: str) -> ChannelSettings:
        """The channel's settings; the defaults when it never changed any."""
        return await self._store.channels.get(team, channel)

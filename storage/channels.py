"""Channel settings: one row for each channel that ever changed any."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain import ChannelSettings
from storage import audit
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database


class ChannelRows:
    """The settings of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, team: str, channel: str) -> ChannelSettings:
        """The channel's settings; the defaults when it never changed any."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT value FROM channel_settings WHERE team = ? AND channel = ?", (team, channel)
            ).fetchone()
        )
        return from_json(row["value"], ChannelSettings) if row else ChannelSettings()

    async def save(
        self,
        settings: ChannelSettings,
        *,
        team: str,
        channel: str,
        user: str,
        changes: dict[str, str],
        now: datetime,
    ) -> None:
        """Store the settings, and in the audit what was changed: {field: "old → new"}."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO channel_settings (team, channel, value, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (team, channel) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by,"
                " changed_at = excluded.changed_at",
                (team, channel, to_json(settings), user, to_seconds(now)),
            )
            audit.record(
                connection,
                now=now,
                team=team,
                channel=channel,
                user=user,
                action="settings",
                subject=channel,
                details=changes,
            )

        await self._database.write(work)

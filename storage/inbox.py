"""What arrived from Slack, once: a key per delivery, so that a redelivery changes nothing."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from storage.codec import to_seconds
from storage.database import Database

KEEP = timedelta(days=3)
"""Slack redelivers for about an hour at most; three days also covers a workspace that was down over a weekend."""


def accept(connection: sqlite3.Connection, key: str, now: datetime) -> bool:
    """Whether this key is new; part of the caller's transaction."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO inbox (key, received_at) VALUES (?, ?)", (key, to_seconds(now))
    )
    return cursor.rowcount == 1


class Inbox:
    """Deliveries already taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, key: str, now: datetime) -> bool:
        """Whether this delivery is new; from now on it is not."""
        return await self._database.write(lambda connection: accept(connection, key, now))

    async def forget_old(self, now: datetime) -> int:
        """Drop keys past their time; returns how many."""
        limit = to_seconds(now - KEEP)
        return await self._database.write(
            lambda connection: (
                connection.execute("DELETE FROM inbox WHERE received_at < ?", (limit,)).rowcount
            )
        )

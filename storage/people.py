"""People as Slack described them last, and who was welcomed."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain import Person
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


class PeopleRows:
    """The people who ever did something here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, team: str, user: str) -> tuple[Person, datetime] | None:
        """The person and when Slack described them, or None when it never did."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT value, seen_at FROM people WHERE team = ? AND user = ?", (team, user)
            ).fetchone()
        )
        return (from_json(row["value"], Person), to_datetime(row["seen_at"])) if row else None

    async def save(self, team: str, person: Person, *, now: datetime) -> None:
        """Remember what Slack says of somebody."""
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO people (team, user, value, seen_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (team, user) DO UPDATE SET value = excluded.value, seen_at = excluded.seen_at",
                (team, person.id, to_json(person), to_seconds(now)),
            )
        )

    async def welcome(self, team: str, user: str, *, now: datetime) -> bool:
        """Note that somebody is welcomed; False when they were before."""

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute(
                "INSERT OR IGNORE INTO people (team, user, value, seen_at) VALUES (?, ?, ?, 0)",
                (team, user, to_json(Person(id=user))),
            )
            cursor = connection.execute(
                "UPDATE people SET welcomed_at = ? WHERE team = ? AND user = ? AND welcomed_at IS NULL",
                (to_seconds(now), team, user),
            )
            return cursor.rowcount == 1

        return await self._database.write(work)

"""Rounds of training again: kept from the press of the button until the channel has been told how it ended."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain import Round
from storage import audit, inbox
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database


class RoundRows:
    """The team's rounds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, wanted: Round, *, delivery: str) -> Round:
        """Store a round; the one under way when this model has one, or when this delivery was already taken."""

        def work(connection: sqlite3.Connection) -> Round:
            taken = not inbox.accept(connection, delivery, wanted.created_at)
            row = connection.execute(
                "SELECT value FROM rounds WHERE team = ? AND model = ?"
                " AND (state IN ('building', 'training', 'comparing') OR ?) ORDER BY created_at DESC LIMIT 1",
                (wanted.team, wanted.model, taken),
            ).fetchone()
            if row is not None:
                return from_json(row["value"], Round)
            connection.execute(
                "INSERT INTO rounds (id, team, model, dataset_id, state, value, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    wanted.id,
                    wanted.team,
                    wanted.model,
                    wanted.dataset_id,
                    wanted.state,
                    to_json(wanted),
                    to_seconds(wanted.created_at),
                ),
            )
            audit.record(
                connection,
                now=wanted.created_at,
                team=wanted.team,
                user=wanted.user,
                action="train again",
                subject=wanted.model,
                details={"dataset": wanted.dataset_id, "channel": wanted.channel},
            )
            return wanted

        return await self._database.write(work)

    async def save(self, now_known: Round) -> None:
        """Store how far a round is."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE rounds SET state = ?, told = ?, value = ? WHERE id = ?",
                (now_known.state, now_known.told, to_json(now_known), now_known.id),
            )
        )

    async def open(self) -> list[Round]:
        """Rounds whose end was not told yet, oldest first."""
        return await self._select("WHERE told = 0 ORDER BY created_at", ())

    async def get(self, round_id: str) -> Round | None:
        """The round of that id, or None."""
        found = await self._select("WHERE id = ?", (round_id,))
        return found[0] if found else None

    async def of_dataset(self, dataset_id: str) -> Round | None:
        """The round that made this dataset version, or None."""
        found = await self._select("WHERE dataset_id = ?", (dataset_id,))
        return found[0] if found else None

    async def since(self, team: str, moment: datetime) -> list[Round]:
        """The team's rounds since then, oldest first."""
        return await self._select(
            "WHERE team = ? AND created_at >= ? ORDER BY created_at", (team, to_seconds(moment))
        )

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Round]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT value FROM rounds {where}", parameters).fetchall()
        )
        return [from_json(row["value"], Round) for row in rows]

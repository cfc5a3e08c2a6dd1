"""Files to classify: kept from the press of the button until the result is in the thread."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from bot.domain import Batch
from storage import audit, inbox
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database


class BatchRows:
    """The team's files to classify."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, batch: Batch, *, delivery: str) -> bool:
        """Store a file to classify; False when this delivery was already taken."""

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, batch.created_at):
                return False
            connection.execute(
                "INSERT INTO batches (id, team, channel, user, dataset_id, state, value, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    batch.id,
                    batch.team,
                    batch.channel,
                    batch.user,
                    batch.dataset_id,
                    batch.state,
                    to_json(batch),
                    to_seconds(batch.created_at),
                ),
            )
            audit.record(
                connection,
                now=batch.created_at,
                team=batch.team,
                user=batch.user,
                action="classify file",
                subject=batch.id,
                details={"dataset": batch.dataset_id, "model": batch.model, "channel": batch.channel},
            )
            return True

        return await self._database.write(work)

    async def save(self, batch: Batch) -> None:
        """Store how far a file is; who wants it stopped is kept apart and never overwritten."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE batches SET state = ?, told = ?, value = ? WHERE id = ?",
                (batch.state, batch.told, to_json(batch), batch.id),
            )
        )

    async def request_cancel(self, batch: Batch, *, user: str, now: datetime) -> bool:
        """Note that somebody wants it stopped. False when it has ended."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE batches SET cancel_by = ? WHERE id = ? AND state IN ('waiting', 'running')",
                (user, batch.id),
            )
            if cursor.rowcount:
                audit.record(
                    connection,
                    now=now,
                    team=batch.team,
                    user=user,
                    action="cancel",
                    subject=batch.id,
                    details={"channel": batch.channel},
                )
            return cursor.rowcount == 1

        return await self._database.write(work)

    async def get(self, batch_id: str) -> Batch | None:
        """The file of that id, or None."""
        found = await self._select("WHERE id = ?", (batch_id,))
        return found[0] if found else None

    async def open(self) -> list[Batch]:
        """Files whose end was not told yet, oldest first."""
        return await self._select("WHERE told = 0 ORDER BY created_at", ())

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Batch]:
        rows = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT value, cancel_by FROM batches {where}", parameters
            ).fetchall()
        )
        return [replace(from_json(row["value"], Batch), cancel_by=row["cancel_by"]) for row in rows]

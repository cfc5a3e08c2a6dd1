"""Comparisons and learning curves: asked for before the ack, worked on until they are told, taken up after a kill."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Generic, TypeVar

from bot.domain import StudyState
from storage import audit, inbox
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database

Request = TypeVar("Request")
"""The request: has id, team, channel and user."""
Outcome = TypeVar("Outcome")
"""What came out."""


class StudyRows(Generic[Request, Outcome]):
    """The rows of one kind of study, in `table`."""

    def __init__(
        self, database: Database, table: str, action: str, request: type[Request], outcome: type[Outcome]
    ) -> None:
        self._database = database
        self._table = table
        self._action = action
        self._request = request
        self._outcome = outcome

    async def accept(
        self,
        request: Request,
        *,
        study_id: str,
        team: str,
        channel: str,
        user: str,
        delivery: str,
        now: datetime,
    ) -> bool:
        """Store a request with an audit row in one transaction; False when this delivery was taken."""

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, now):
                return False
            connection.execute(
                f"INSERT INTO {self._table} (id, team, channel, request, state, created_at)"
                " VALUES (?, ?, ?, ?, 'running', ?)",
                (study_id, team, channel, to_json(request), to_seconds(now)),
            )
            audit.record(
                connection,
                now=now,
                team=team,
                user=user,
                action=self._action,
                subject=study_id,
                details={"channel": channel},
            )
            return True

        return await self._database.write(work)

    async def unfinished(self) -> list[tuple[Request, str]]:
        """(request, the ts of its progress message or "") of what is still to be done, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT request, progress_ts FROM {self._table} WHERE state = 'running' ORDER BY created_at"
            ).fetchall()
        )
        return [(from_json(row["request"], self._request), row["progress_ts"]) for row in rows]

    async def is_open(self, study_id: str) -> bool:
        """Whether it is still to be done."""
        return await self._database.read(
            lambda connection: (
                connection.execute(
                    f"SELECT 1 FROM {self._table} WHERE id = ? AND state = 'running'", (study_id,)
                ).fetchone()
                is not None
            )
        )

    async def get(self, team: str, study_id: str) -> tuple[Request, Outcome | None] | None:
        """(request, outcome where there is one yet), or None."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT request, outcome FROM {self._table} WHERE team = ? AND id = ?", (team, study_id)
            ).fetchall()
        )
        if not rows:
            return None
        outcome = None if rows[0]["outcome"] is None else from_json(rows[0]["outcome"], self._outcome)
        return from_json(rows[0]["request"], self._request), outcome

    async def save_progress_ts(self, study_id: str, ts: str) -> None:
        """Remember the message that shows how far it is."""
        await self._database.write(
            lambda connection: connection.execute(
                f"UPDATE {self._table} SET progress_ts = ? WHERE id = ?", (ts, study_id)
            )
        )

    async def finish(self, study_id: str, state: StudyState, outcome: Outcome | None = None) -> None:
        """It is told, one way or the other."""
        text = None if outcome is None else to_json(outcome)
        await self._database.write(
            lambda connection: connection.execute(
                f"UPDATE {self._table} SET state = ?, outcome = ? WHERE id = ?", (state, text, study_id)
            )
        )

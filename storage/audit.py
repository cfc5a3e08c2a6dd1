"""Who did what: rows that are only ever added."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain import AuditEntry
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


def record(
    connection: sqlite3.Connection,
    *,
    now: datetime,
    team: str,
    user: str,
    action: str,
    subject: str,
    channel: str = "",
    details: dict[str, str] | None = None,
) -> None:
    """Add one row, part of the caller's transaction. `details` must hold no training text and no secret.

    The channel is the one given, the one in the details, or that of the job, dataset or model that is the subject.
    """
    details = details or {}
    place = channel or details.get("channel", "") or _channel_of(connection, team, subject)
    connection.execute(
        "INSERT INTO audit (at, team, channel, user, action, subject, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (to_seconds(now), team, place, user, action, subject, to_json(details)),
    )


def _channel_of(connection: sqlite3.Connection, team: str, subject: str) -> str:
    row = connection.execute(
        "SELECT channel FROM jobs WHERE op_id = :subject"
        " UNION ALL SELECT channel FROM datasets WHERE id = :subject"
        " UNION ALL SELECT channel FROM models WHERE team = :team AND name = :subject LIMIT 1",
        {"subject": subject, "team": team},
    ).fetchone()
    return str(row["channel"]) if row else ""


class AuditRows:
    """What was done, by everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, *, team: str, user: str, action: str, subject: str, now: datetime, channel: str = ""
    ) -> None:
        """Add one row, for what has no row of its own to change in the same transaction."""
        await self._database.write(
            lambda connection: record(
                connection,
                now=now,
                team=team,
                user=user,
                action=action,
                subject=subject,
                channel=channel,
            )
        )

    async def page(
        self, team: str, channel: str, *, limit: int, before: int = 0, after: int = 0
    ) -> list[AuditEntry]:
        """The newest rows, newest first: of one channel, or of all for "". `before` and `after` are ids: only older rows,
        or only newer ones (then those nearest to it)."""
        direction = "ASC" if after else "DESC"
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT * FROM audit WHERE team = ? AND (? = '' OR channel = ?) AND (? = 0 OR id < ?) AND id > ?"
                f" ORDER BY id {direction} LIMIT ?",
                (team, channel, channel, before, before, after, limit),
            ).fetchall()
        )
        return sorted((_entry(row) for row in rows), key=lambda entry: -entry.id)


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=to_datetime(row["at"]),
        channel=row["channel"],
        user=row["user"],
        action=row["action"],
        subject=row["subject"],
        details=from_json(row["details"], dict[str, str]),
    )

"""Who did what: rows that are only ever added."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from storage.codec import to_json, to_seconds


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

    The channel is the one given, the one in the details, or that of the job which is the subject.
    """
    details = details or {}
    place = channel or details.get("channel", "") or _channel_of_job(connection, subject)
    connection.execute(
        "INSERT INTO audit (at, team, channel, user, action, subject, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (to_seconds(now), team, place, user, action, subject, to_json(details)),
    )


def _channel_of_job(connection: sqlite3.Connection, op_id: str) -> str:
    row = connection.execute("SELECT channel FROM jobs WHERE op_id = ?", (op_id,)).fetchone()
    return str(row["channel"]) if row else ""

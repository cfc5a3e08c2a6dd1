"""Idempotency keys: which object a repeated creation has made already."""

import sqlite3
from dataclasses import dataclass

KEPT_S = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What an earlier request with the same key made, and of which body."""

    object_id: str
    fingerprint: str


def find(connection: sqlite3.Connection, owner: str, route: str, key: str, now: float) -> Remembered | None:
    """The earlier request of this owner with this key within the last day."""
    sql = """SELECT object_id, fingerprint FROM idempotency
             WHERE owner = ? AND route = ? AND key = ? AND created_at > ?"""
    row = connection.execute(sql, (owner, route, key, now - KEPT_S)).fetchone()
    return None if row is None else Remembered(object_id=row["object_id"], fingerprint=row["fingerprint"])


def remember(tx: sqlite3.Connection, owner: str, route: str, key: str, made: Remembered, now: float) -> None:
    """Keep the key beside the object it made, in the same unit of work; older keys are dropped."""
    tx.execute("DELETE FROM idempotency WHERE created_at <= ?", (now - KEPT_S,))
    sql = "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)"
    tx.execute(sql, (owner, route, key, made.fingerprint, made.object_id, int(now)))

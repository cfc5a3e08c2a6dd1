"""The outbox: what a thread is still to be told, in order, until Slack has it.

A row is new, then sending, then sent; a crash in between leaves it "sending", and the next try looks it up first.
The card's row is one per job: a newer state replaces the older unsent one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain import OutboxRow, Thread, Update, UpdateKind
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


def enqueue(
    connection: sqlite3.Connection, *, op_id: str, thread: Thread, updates: Iterable[Update], now: datetime
) -> None:
    """Add updates of a job, part of the caller's transaction; an update already enqueued is left alone."""
    for update in updates:
        key = f"{op_id}:{update.key}"
        connection.execute(
            "INSERT INTO outbox (id, op_id, kind, key, seq, channel, thread_ts, message, state, not_before, created_at)"
            " VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM outbox WHERE op_id = ?), ?, ?, ?, 'new', ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET state = 'new', message = excluded.message"
            " WHERE kind = 'card' AND state = 'sent'",
            (
                key,
                op_id,
                update.kind,
                key,
                op_id,
                thread.channel,
                thread.ts,
                to_json(update),
                to_seconds(now),
                to_seconds(now),
            ),
        )
        if update.kind is UpdateKind.CARD:
            # A card being sent right now shows the older state: mark it so that it is sent once more.
            connection.execute(
                "UPDATE outbox SET problem = 'stale' WHERE key = ? AND state = 'sending'", (key,)
            )


class Outbox:
    """Updates waiting to be posted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, now: datetime, lease: timedelta, limit: int) -> list[OutboxRow]:
        """The next row of each job that may be sent now, leased. Replies of one job keep their order.

        The card is edited in place, so it does not wait for replies, nor they for it, once it has been posted.
        """

        def work(connection: sqlite3.Connection) -> list[OutboxRow]:
            candidates = connection.execute(
                "SELECT * FROM outbox AS row WHERE state IN ('new', 'sending') AND not_before <= ? AND lease_until <= ?"
                " AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.op_id = row.op_id"
                "   AND earlier.seq < row.seq AND earlier.state IN ('new', 'sending')"
                "   AND (earlier.kind != 'card' OR earlier.ts = '') AND row.kind != 'card')"
                " ORDER BY kind = 'end' DESC, kind = 'card', not_before LIMIT ?",
                (to_seconds(now), to_seconds(now), limit),
            ).fetchall()
            claimed = [_outbox_row(row) for row in candidates]
            for row in claimed:
                connection.execute(
                    "UPDATE outbox SET state = 'sending', lease_until = ?, attempts = attempts + 1, problem = '',"
                    " first_try_at = COALESCE(first_try_at, ?) WHERE id = ?",
                    (to_seconds(now + lease), to_seconds(now), row.id),
                )
            return claimed

        return await self._database.write(work)

    async def mark_sent(self, row: OutboxRow, *, ts: str, now: datetime, pause: timedelta) -> None:
        """Slack has it under `ts`. A card may be sent again after `pause` at the earliest."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET state = CASE WHEN problem = 'stale' THEN 'new' ELSE 'sent' END, problem = '', ts = ?,"
                " lease_until = 0, first_try_at = NULL, attempts = 0, not_before = ? WHERE id = ?",
                (ts, to_seconds(now + pause), row.id),
            )
            if row.update.kind is UpdateKind.CARD:
                connection.execute("UPDATE jobs SET card_ts = ? WHERE op_id = ?", (ts, row.op_id))

        await self._database.write(work)

    async def postpone(self, row: OutboxRow, *, until: datetime, in_doubt: bool, problem: str) -> None:
        """Try again later. Not in doubt means that Slack surely did not take it: no look-up then."""
        state = "sending" if in_doubt else "new"
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE outbox SET state = ?, lease_until = 0, not_before = ?, problem = ? WHERE id = ?",
                (state, to_seconds(until), problem, row.id),
            )
        )

    async def post_card_anew(self, row: OutboxRow, *, times: int) -> None:
        """The card's message is gone: post a fresh one, at most `times` a job; after that the job has no card."""

        def work(connection: sqlite3.Connection) -> None:
            cursor = connection.execute(
                "UPDATE jobs SET card_ts = '', cards = cards + 1 WHERE op_id = ? AND cards < ?",
                (row.op_id, times),
            )
            state = "new" if cursor.rowcount else "dead"
            connection.execute(
                "UPDATE outbox SET state = ?, ts = '', lease_until = 0, attempts = 0, first_try_at = NULL, not_before = 0,"
                " problem = 'card gone' WHERE id = ?",
                (state, row.id),
            )

        await self._database.write(work)

    async def lose_thread(self, row: OutboxRow, *, problem: str, notice: Update, now: datetime) -> None:
        """Slack will take nothing more for this job's thread: only its end is told, directly to who started it.

        `notice` tells them so at once, unless the end itself is waiting or was told before.
        """

        def work(connection: sqlite3.Connection) -> None:
            if connection.execute(
                "SELECT 1 FROM outbox WHERE op_id = ? AND kind = 'end' AND state = 'sent'", (row.op_id,)
            ).fetchone():
                connection.execute(
                    "UPDATE outbox SET state = 'dead', problem = ? WHERE id = ?", (problem, row.id)
                )
                return
            connection.execute("UPDATE jobs SET lost = ? WHERE op_id = ? AND lost = ''", (problem, row.op_id))
            connection.execute(
                "UPDATE outbox SET state = 'dead', lease_until = 0, problem = ? WHERE op_id = ? AND kind NOT IN ('end', 'lost')"
                " AND state IN ('new', 'sending')",
                (problem, row.op_id),
            )
            waiting = connection.execute(
                "UPDATE outbox SET state = 'new', lease_until = 0, attempts = 0, first_try_at = NULL WHERE op_id = ?"
                " AND kind = 'end' AND state IN ('new', 'sending')",
                (row.op_id,),
            )
            if not waiting.rowcount:
                enqueue(connection, op_id=row.op_id, thread=row.thread, updates=[notice], now=now)

        await self._database.write(work)

    async def bury(self, row: OutboxRow, *, problem: str) -> None:
        """Give up on a row that Slack will never take (channel gone, message deleted); kept for the record."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE outbox SET state = 'dead', lease_until = 0, problem = ? WHERE id = ?",
                (problem, row.id),
            )
        )

    async def waiting(self) -> int:
        """How many rows are not yet with Slack."""
        return await self._database.read(
            lambda connection: int(
                connection.execute(
                    "SELECT COUNT(*) FROM outbox WHERE state IN ('new', 'sending')"
                ).fetchone()[0]
            )
        )


def _outbox_row(row: sqlite3.Row) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        op_id=row["op_id"],
        update=from_json(row["message"], Update),
        thread=Thread(channel=row["channel"], ts=row["thread_ts"]),
        in_doubt=row["state"] == "sending",
        first_try_at=None if row["first_try_at"] is None else to_datetime(row["first_try_at"]),
        attempts=row["attempts"],
    )

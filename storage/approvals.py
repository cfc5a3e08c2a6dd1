"""Jobs that wait for somebody's approval: asked with the job's own transaction, decided once."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from decimal import Decimal

from bot.domain import Approval, JobPhase, JobStatus, Outcome, Thread, Update, UpdateKind
from storage import audit, outbox, spending
from storage.codec import from_json, to_datetime, to_json, to_micro_usd, to_seconds, to_usd
from storage.database import Database

ASKED = "approval"
"""The key of the update that asks; the row of the outbox knows the message's ts."""
_WORDS = {Outcome.APPROVED: "approve", Outcome.REJECTED: "reject", Outcome.EXPIRED: "expire"}


def ask(connection: sqlite3.Connection, approval: Approval) -> None:
    """Store a request, part of the transaction that takes the job."""
    connection.execute(
        "INSERT INTO approvals (op_id, team, channel, asked_by, approvers, amount_microusd, limit_microusd, asked_at,"
        " expires_at, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            approval.op_id,
            approval.team,
            approval.channel,
            approval.asked_by,
            to_json(approval.approvers),
            to_micro_usd(approval.amount_usd),
            to_micro_usd(approval.limit_usd),
            to_seconds(approval.asked_at),
            to_seconds(approval.expires_at),
            Outcome.WAITING,
        ),
    )


def withdraw(connection: sqlite3.Connection, op_id: str, *, user: str, now: datetime) -> None:
    """The job is cancelled while it waits: nobody need decide any more, and the poller ends it."""
    if _decide(connection, op_id, Outcome.WITHDRAWN, user, now):
        connection.execute(
            "UPDATE jobs SET state = ? WHERE op_id = ? AND state = ?",
            (JobPhase.ACTIVE, op_id, JobPhase.WAITING),
        )


class ApprovalRows:
    """The requests of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, op_id: str) -> Approval | None:
        """The request about that job, or None."""
        found = await self._select("WHERE op_id = ?", (op_id,))
        return found[0] if found else None

    async def waiting(self, team: str) -> list[Approval]:
        """The team's requests nobody has decided, oldest first."""
        return await self._select("WHERE team = ? AND outcome = 'waiting' ORDER BY asked_at", (team,))

    async def overdue(self, now: datetime) -> list[Approval]:
        """Requests nobody decided in time."""
        return await self._select("WHERE outcome = 'waiting' AND expires_at <= ?", (to_seconds(now),))

    async def decide(self, approval: Approval, outcome: Outcome, *, user: str, now: datetime) -> bool:
        """Note what was decided, let the job go on or end, and tell its thread, all at once. False when it was before."""

        def work(connection: sqlite3.Connection) -> bool:
            if not _decide(connection, approval.op_id, outcome, user, now):
                return False
            status, phase = JobStatus.STARTING, JobPhase.ACTIVE
            if outcome is not Outcome.APPROVED:
                status, phase = JobStatus.CANCELLED, JobPhase.DONE
                spending.release(connection, approval.op_id)
            row = connection.execute(
                "UPDATE jobs SET state = ?, progress = json_set(progress, '$.status', ?), next_poll_at = ?"
                " WHERE op_id = ? AND state = ? RETURNING channel, thread_ts",
                (phase, status, to_seconds(now), approval.op_id, JobPhase.WAITING),
            ).fetchone()
            place = Thread(channel=row["channel"], ts=row["thread_ts"])
            _tell(connection, approval, outcome, user, place, now)
            return True

        return await self._database.write(work)

    async def message_ts(self, op_id: str) -> str:
        """The ts of the message that asks, "" while it is not posted."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT ts FROM outbox WHERE key = ?", (f"{op_id}:{ASKED}",)
            ).fetchone()
        )
        return str(row["ts"]) if row else ""

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Approval]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT * FROM approvals {where}", parameters).fetchall()
        )
        return [_approval(row) for row in rows]


def _decide(connection: sqlite3.Connection, op_id: str, outcome: Outcome, user: str, now: datetime) -> bool:
    cursor = connection.execute(
        "UPDATE approvals SET outcome = ?, decided_by = ?, decided_at = ? WHERE op_id = ? AND outcome = 'waiting'",
        (outcome, user, to_seconds(now), op_id),
    )
    return cursor.rowcount == 1


def _tell(
    connection: sqlite3.Connection,
    approval: Approval,
    outcome: Outcome,
    user: str,
    place: Thread,
    now: datetime,
) -> None:
    updates = [Update(kind=UpdateKind.APPROVAL, key=f"{ASKED}:{outcome}")]
    if connection.execute("SELECT 1 FROM outbox WHERE key = ?", (f"{approval.op_id}:card",)).fetchone():
        updates.insert(0, Update(kind=UpdateKind.CARD, key="card"))
    outbox.enqueue(connection, op_id=approval.op_id, thread=place, updates=updates, now=now)
    audit.record(
        connection,
        now=now,
        team=approval.team,
        channel=approval.channel,
        user=user,
        action=_WORDS[outcome],
        subject=approval.op_id,
    )


def _approval(row: sqlite3.Row) -> Approval:
    return Approval(
        op_id=row["op_id"],
        team=row["team"],
        channel=row["channel"],
        asked_by=row["asked_by"],
        approvers=from_json(row["approvers"], tuple[str, ...]),
        amount_usd=to_usd(row["amount_microusd"]),
        limit_usd=to_usd(row["limit_microusd"]) or Decimal(0),
        asked_at=to_datetime(row["asked_at"]),
        expires_at=to_datetime(row["expires_at"]),
        outcome=Outcome(row["outcome"]),
        decided_by=row["decided_by"],
    )

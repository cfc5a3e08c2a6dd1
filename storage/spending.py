"""What months cost: an amount is reserved with the job that will cost it, and settled when that has ended."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

from bot.domain import Admission, FineTuningJob, JobStatus, Spending
from storage.codec import to_micro_usd, to_usd
from storage.database import Database

_COUNTED = "COALESCE(spent_microusd, reserved_microusd)"


class OverBudgetError(Exception):
    """The month has no room for this job: `taken_usd` of its budget is spent or reserved. Nothing was stored."""

    def __init__(self, taken_usd: Decimal) -> None:
        super().__init__(f"over budget: {taken_usd} taken")
        self.taken_usd = taken_usd


def reserve(connection: sqlite3.Connection, job: FineTuningJob, admission: Admission) -> None:
    """Set the job's amount aside, part of the caller's transaction. Raises OverBudgetError.

    An amount nobody knows is kept as nothing until the job has ended, and a free job leaves no row.
    """
    if not admission.month:
        return
    amount = to_micro_usd(admission.amount_usd or Decimal(0)) or 0
    taken = connection.execute(
        f"SELECT COALESCE(SUM({_COUNTED}), 0) FROM spending WHERE team = ? AND channel = ? AND month = ?",
        (job.team, job.channel, admission.month),
    ).fetchone()[0]
    budget = to_micro_usd(admission.budget_usd)
    if budget is not None and taken + amount > budget:
        raise OverBudgetError(to_usd(taken) or Decimal(0))
    connection.execute(
        "INSERT INTO spending (op_id, team, channel, month, reserved_microusd) VALUES (?, ?, ?, ?, ?)",
        (job.op_id, job.team, job.channel, admission.month, amount),
    )


def settle(connection: sqlite3.Connection, job: FineTuningJob) -> None:
    """Replace the reserved amount by what an ended job cost, part of the caller's transaction.

    Where the server did not count the tokens, a success costs what was reserved, and a job that was stopped or failed
    its share of the steps.
    """
    progress = job.progress
    share = progress.step / progress.total_steps if progress.total_steps else 0.0
    if progress.status is JobStatus.SUCCEEDED:
        share = 1.0
    connection.execute(
        "UPDATE spending SET spent_microusd = COALESCE(?, CAST(reserved_microusd * ? AS INTEGER)) WHERE op_id = ?",
        (to_micro_usd(job.cost_usd), min(1.0, share), job.op_id),
    )


def release(connection: sqlite3.Connection, op_id: str) -> None:
    """Give the amount back: the job never began."""
    connection.execute("UPDATE spending SET spent_microusd = 0 WHERE op_id = ?", (op_id,))


class SpendingRows:
    """What every channel spent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_month(self, team: str, month: str) -> list[Spending]:
        """The channels with any cost in that month ("2026-11"), the dearest first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT channel, COALESCE(SUM(spent_microusd), 0) AS spent,"
                " COALESCE(SUM(CASE WHEN spent_microusd IS NULL THEN reserved_microusd END), 0) AS reserved"
                f" FROM spending WHERE team = ? AND month = ? GROUP BY channel HAVING SUM({_COUNTED}) > 0"
                f" ORDER BY SUM({_COUNTED}) DESC",
                (team, month),
            ).fetchall()
        )
        return [
            Spending(
                channel=row["channel"],
                spent_usd=to_usd(row["spent"]) or Decimal(0),
                reserved_usd=to_usd(row["reserved"]) or Decimal(0),
            )
            for row in rows
        ]

"""Fine-tuning jobs: accepted once, leased to one poller at a time, written together with what the thread is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain import (
    Admission,
    ClaimedJob,
    Evaluation,
    FineTunedModel,
    FineTuningJob,
    JobPhase,
    JobPlan,
    JobProgress,
    Thread,
    Update,
    UpdateKind,
    Wish,
)
from storage import approvals, audit, inbox, models, outbox, spending
from storage.codec import from_json, to_datetime, to_json, to_micro_usd, to_seconds, to_usd
from storage.database import Database

FREE = Admission()
TOLD_DIRECTLY = (UpdateKind.END,)
"""What the starter still hears when the thread can't be told any more."""


class JobRows:
    """The jobs of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept_start(
        self,
        job: FineTuningJob,
        *,
        delivery: str,
        first: Iterable[Update],
        now: datetime,
        twin_within: timedelta = timedelta(0),
        admission: Admission = FREE,
    ) -> str:
        """Store a job and the first update of its thread in one transaction; the op_id of the job that start has.

        That is another one's when the same person started the same plan within `twin_within` and it has not ended; then
        nothing is stored. "" when this delivery was already taken. The amount of `admission` is reserved, and its
        approval asked for, in the same transaction. Raises OverBudgetError when the month has no room for it.
        """

        def work(connection: sqlite3.Connection) -> str:
            if not inbox.accept(connection, delivery, now):
                return ""
            if twin := _twin(connection, job, to_seconds(now - twin_within)):
                return twin
            connection.execute(
                "INSERT INTO jobs (op_id, team, channel, user, thread_ts, card_ts, dataset_id, dataset_name, base_model,"
                " plan, train_tokens, created_at, progress, state, next_poll_at)"
                " VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.op_id,
                    job.team,
                    job.channel,
                    job.user,
                    job.thread_ts,
                    job.dataset_id,
                    job.dataset_name,
                    job.base_model,
                    to_json(job.plan),
                    job.train_tokens,
                    to_seconds(now),
                    to_json(job.progress),
                    JobPhase.WAITING if admission.approval else JobPhase.ACTIVE,
                    to_seconds(now),
                ),
            )
            spending.reserve(connection, job, admission)
            if admission.approval:
                approvals.ask(connection, admission.approval)
            outbox.enqueue(connection, op_id=job.op_id, thread=_thread(job), updates=first, now=now)
            audit.record(
                connection,
                now=now,
                team=job.team,
                user=job.user,
                action="start",
                subject=job.op_id,
                details={"dataset": job.dataset_id, "model": job.base_model, "channel": job.channel},
            )
            return job.op_id

        return await self._database.write(work)

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[ClaimedJob]:
        """Jobs whose time has come and that nobody else holds, oldest first; each claim raises the fence."""
        rows = await self._database.write(
            lambda connection: connection.execute(
                "UPDATE jobs SET lease_until = ?, fence = fence + 1, attempts = attempts + (remote_id = '')"
                " WHERE op_id IN (SELECT op_id FROM jobs WHERE state != 'done' AND state != 'waiting' AND next_poll_at <= ?"
                " AND lease_until <= ?"
                " ORDER BY next_poll_at LIMIT ?) RETURNING *",
                (to_seconds(now + lease), to_seconds(now), to_seconds(now), limit),
            ).fetchall()
        )
        return [_claimed(row) for row in rows]

    async def extend(self, claimed: ClaimedJob, *, now: datetime, lease: timedelta) -> bool:
        """Hold a claim longer; False when somebody else has it now."""
        return await self._update(claimed, "lease_until = ?", (to_seconds(now + lease),))

    async def save_files(self, claimed: ClaimedJob, *, training_file: str, validation_file: str) -> bool:
        """Remember uploaded files, so that a restart does not upload them again."""
        return await self._update(
            claimed, "training_file = ?, validation_file = ?", (training_file, validation_file)
        )

    async def save_remote(self, claimed: ClaimedJob, remote_id: str, *, next_poll_at: datetime) -> bool:
        """Remember the server's id and let the claim go."""
        return await self._update(
            claimed,
            "remote_id = ?, next_poll_at = ?, lease_until = 0, fails = 0",
            (remote_id, to_seconds(next_poll_at)),
        )

    async def finish_poll(
        self,
        claimed: ClaimedJob,
        job: FineTuningJob,
        *,
        phase: JobPhase,
        updates: Iterable[Update],
        last_event: str,
        model: FineTunedModel | None,
        now: datetime,
        next_poll_at: datetime,
        poll_interval_s: float,
        granted: Wish = Wish.NONE,
    ) -> bool:
        """Store the new state and what to tell in one transaction; False (and nothing stored) when the claim is lost.

        `granted` is the wish that the server was told of; one made since then stays.
        """

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE jobs SET progress = ?, cost_microusd = ?, evaluation = ?, state = ?, last_event = ?,"
                " next_poll_at = ?, poll_interval_s = ?, lease_until = 0, fails = 0,"
                " wish = CASE WHEN wish = ? THEN '' ELSE wish END WHERE op_id = ? AND fence = ?",
                (
                    to_json(job.progress),
                    to_micro_usd(job.cost_usd),
                    None if job.evaluation is None else to_json(job.evaluation),
                    phase,
                    last_event,
                    to_seconds(next_poll_at),
                    poll_interval_s,
                    granted,
                    job.op_id,
                    claimed.fence,
                ),
            )
            if cursor.rowcount == 0:
                return False
            if phase is JobPhase.DONE:
                spending.settle(connection, job)
            if model is not None:
                models.add(connection, model)
            told = [
                update for update in updates if not _is_lost(connection, job) or update.kind in TOLD_DIRECTLY
            ]
            outbox.enqueue(connection, op_id=job.op_id, thread=_thread(job), updates=told, now=now)
            return True

        return await self._database.write(work)

    async def postpone(self, claimed: ClaimedJob, *, next_poll_at: datetime) -> bool:
        """The look failed: count it and look again later."""
        return await self._update(
            claimed, "fails = fails + 1, lease_until = 0, next_poll_at = ?", (to_seconds(next_poll_at),)
        )

    async def request_cancel(self, job: FineTuningJob, *, user: str, now: datetime) -> bool:
        """Note that somebody wants it cancelled, and let the poller look at once. False when it has ended."""

        def work(connection: sqlite3.Connection) -> bool:
            approvals.withdraw(connection, job.op_id, user=user, now=now)
            cursor = connection.execute(
                "UPDATE jobs SET cancel_by = ?, next_poll_at = ? WHERE op_id = ? AND state = 'active'",
                (user, to_seconds(now), job.op_id),
            )
            if cursor.rowcount:
                audit.record(
                    connection, now=now, team=job.team, user=user, action="cancel", subject=job.op_id
                )
            return cursor.rowcount == 1

        return await self._database.write(work)

    async def request(self, job: FineTuningJob, wish: Wish, *, user: str, now: datetime) -> bool:
        """Note that somebody wants it paused or resumed, and let the poller look at once. False when it has ended."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE jobs SET wish = ?, wish_by = ?, next_poll_at = ? WHERE op_id = ? AND state = 'active'",
                (wish, user, to_seconds(now), job.op_id),
            )
            if cursor.rowcount:
                audit.record(
                    connection, now=now, team=job.team, user=user, action=wish.value, subject=job.op_id
                )
            return cursor.rowcount == 1

        return await self._database.write(work)

    async def count_active(self) -> int:
        """How many jobs have not ended."""
        return await self._database.read(
            lambda connection: int(
                connection.execute("SELECT COUNT(*) FROM jobs WHERE state != 'done'").fetchone()[0]
            )
        )

    async def scored(self, team: str, dataset_id: str) -> list[FineTuningJob]:
        """Jobs of this dataset whose model was tried on the test part, newest first."""
        return await self._select(
            "WHERE team = ? AND dataset_id = ? AND evaluation IS NOT NULL ORDER BY created_at DESC LIMIT 20",
            (team, dataset_id),
        )

    async def get(self, op_id: str) -> FineTuningJob | None:
        """The job with that id of ours, or None."""
        found = await self._select("WHERE op_id = ?", (op_id,))
        return found[0] if found else None

    async def find(self, team: str, name: str) -> FineTuningJob | None:
        """The job with that id, ours or the server's, or None."""
        found = await self._select("WHERE team = ? AND (op_id = ? OR remote_id = ?)", (team, name, name))
        return found[0] if found else None

    async def in_channel(self, team: str, channel: str, *, limit: int = 10) -> list[FineTuningJob]:
        """The channel's jobs, newest first."""
        return await self._select(
            "WHERE team = ? AND channel = ? ORDER BY created_at DESC, rowid DESC LIMIT ?",
            (team, channel, limit),
        )

    async def of_dataset(self, team: str, dataset_id: str) -> list[FineTuningJob]:
        """The jobs that trained, or train, on a dataset, oldest first."""
        return await self._select(
            "WHERE team = ? AND dataset_id = ? ORDER BY created_at, rowid", (team, dataset_id)
        )

    async def of_curve(self, team: str, curve: str) -> list[tuple[FineTuningJob, bool]]:
        """(training of a learning curve, whether it and its evaluation are done), in the order they were started."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT * FROM jobs WHERE team = ? AND json_extract(plan, '$.curve') = ? ORDER BY rowid",
                (team, curve),
            ).fetchall()
        )
        return [(_job(row), row["state"] == JobPhase.DONE) for row in rows]

    async def of_user(self, team: str, user: str, *, limit: int = 10) -> list[FineTuningJob]:
        """The person's jobs, running ones first, then the newest."""
        return await self._select(
            "WHERE team = ? AND user = ? ORDER BY state = 'done', created_at DESC, rowid DESC LIMIT ?",
            (team, user, limit),
        )

    async def _update(self, claimed: ClaimedJob, assignments: str, values: tuple[object, ...]) -> bool:
        parameters = (*values, claimed.job.op_id, claimed.fence)
        return await self._database.write(
            lambda connection: (
                connection.execute(
                    f"UPDATE jobs SET {assignments} WHERE op_id = ? AND fence = ?", parameters
                ).rowcount
                == 1
            )
        )

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[FineTuningJob]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT * FROM jobs {where}", parameters).fetchall()
        )
        return [_job(row) for row in rows]


def _twin(connection: sqlite3.Connection, job: FineTuningJob, since: float) -> str:
    """The op_id of the same person's job with the same plan, accepted since then and not ended; else ""."""
    row = connection.execute(
        "SELECT op_id FROM jobs WHERE dataset_id = ? AND created_at > ? AND team = ? AND user = ? AND channel = ?"
        " AND plan = ? AND state != 'done' ORDER BY created_at DESC LIMIT 1",
        (job.dataset_id, since, job.team, job.user, job.channel, to_json(job.plan)),
    ).fetchone()
    return "" if row is None else str(row["op_id"])


def _is_lost(connection: sqlite3.Connection, job: FineTuningJob) -> bool:
    """Read inside the transaction: the thread may have been lost since the claim."""
    return bool(connection.execute("SELECT lost FROM jobs WHERE op_id = ?", (job.op_id,)).fetchone()["lost"])


def _thread(job: FineTuningJob) -> Thread:
    return Thread(channel=job.channel, ts=job.thread_ts)


def _job(row: sqlite3.Row) -> FineTuningJob:
    return FineTuningJob(
        op_id=row["op_id"],
        team=row["team"],
        channel=row["channel"],
        user=row["user"],
        thread_ts=row["thread_ts"],
        card_ts=row["card_ts"],
        dataset_id=row["dataset_id"],
        dataset_name=row["dataset_name"],
        base_model=row["base_model"],
        plan=from_json(row["plan"], JobPlan),
        train_tokens=row["train_tokens"],
        created_at=to_datetime(row["created_at"]),
        remote_id=row["remote_id"],
        progress=from_json(row["progress"], JobProgress),
        cost_usd=to_usd(row["cost_microusd"]),
        evaluation=None if row["evaluation"] is None else from_json(row["evaluation"], Evaluation),
        lost=row["lost"],
    )


def _claimed(row: sqlite3.Row) -> ClaimedJob:
    return ClaimedJob(
        job=_job(row),
        phase=JobPhase(row["state"]),
        fence=row["fence"],
        attempts=row["attempts"],
        fails=row["fails"],
        training_file=row["training_file"],
        validation_file=row["validation_file"],
        last_event=row["last_event"],
        cancel_by=row["cancel_by"],
        wish=Wish(row["wish"]),
        wish_by=row["wish_by"],
        poll_interval_s=row["poll_interval_s"],
    )

"""Fine-tuning jobs: accepted once, leased to one poller at a time, written together with what the thread is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain import (
    ClaimedJob,
    Evaluation,
    FineTunedModel,
    FineTuningJob,
    JobPhase,
    JobPlan,
    JobProgress,
    Thread,
    Update,
)
from storage import audit, inbox, models, outbox
from storage.codec import from_json, to_datetime, to_json, to_micro_usd, to_seconds, to_usd
from storage.database import Database


class JobRows:
    """The jobs of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept_start(
        self, job: FineTuningJob, *, delivery: str, first: Iterable[Update], now: datetime
    ) -> bool:
        """Store a job and the first update of its thread in one transaction. False when this delivery was taken."""

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, now):
                return False
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
                    JobPhase.ACTIVE,
                    to_seconds(now),
                ),
            )
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
            return True

        return await self._database.write(work)

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[ClaimedJob]:
        """Jobs whose time has come and that nobody else holds, oldest first; each claim raises the fence."""
        rows = await self._database.write(
            lambda connection: connection.execute(
                "UPDATE jobs SET lease_until = ?, fence = fence + 1, attempts = attempts + (remote_id = '')"
                " WHERE op_id IN (SELECT op_id FROM jobs WHERE state != 'done' AND next_poll_at <= ? AND lease_until <= ?"
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
    ) -> bool:
        """Store the new state and what to tell in one transaction; False (and nothing stored) when the claim is lost."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE jobs SET progress = ?, cost_microusd = ?, evaluation = ?, state = ?, last_event = ?,"
                " next_poll_at = ?, poll_interval_s = ?, lease_until = 0, fails = 0 WHERE op_id = ? AND fence = ?",
                (
                    to_json(job.progress),
                    to_micro_usd(job.cost_usd),
                    None if job.evaluation is None else to_json(job.evaluation),
                    phase,
                    last_event,
                    to_seconds(next_poll_at),
                    poll_interval_s,
                    job.op_id,
                    claimed.fence,
                ),
            )
            if cursor.rowcount == 0:
                return False
            if model is not None:
                models.add(connection, model)
            outbox.enqueue(connection, op_id=job.op_id, thread=_thread(job), updates=updates, now=now)
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
        poll_interval_s=row["poll_interval_s"],
    )

"""Datasets: one row per file dropped in a channel, from the drop to the report."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import Dataset, DatasetReport, DatasetStatus
from storage import inbox
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


class DatasetRows:
    """The datasets of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept_drop(self, dataset: Dataset, *, delivery: str, now: datetime, lease: timedelta) -> bool:
        """Store a dropped file, leased to the caller. False when this delivery or this drop is already known.

        Both file events of one drop carry the same file and channel: the second finds the row and changes nothing.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, now):
                return False
            cursor = connection.execute(
                "INSERT OR IGNORE INTO datasets (id, team, channel, user, file_id, name, thread_ts, report_ts, status,"
                " problem, created_at, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, '', ?, ?)",
                (
                    dataset.id,
                    dataset.team,
                    dataset.channel,
                    dataset.user,
                    dataset.file_id,
                    dataset.name,
                    dataset.thread_ts,
                    DatasetStatus.READING,
                    to_seconds(now),
                    to_seconds(now + lease),
                ),
            )
            return cursor.rowcount == 1

        return await self._database.write(work)

    async def claim_unread(self, *, now: datetime, lease: timedelta, limit: int) -> list[tuple[Dataset, int]]:
        """Datasets that were not read or not reported to the end, leased anew, each with the number of tries so far."""

        def work(connection: sqlite3.Connection) -> list[tuple[Dataset, int]]:
            rows = connection.execute(
                "UPDATE datasets SET lease_until = ?, attempts = attempts + 1 WHERE id IN ("
                " SELECT id FROM datasets WHERE report_ts = '' AND status != 'unusable'"
                " AND lease_until <= ? ORDER BY created_at LIMIT ?)"
                " RETURNING *",
                (to_seconds(now + lease), to_seconds(now), limit),
            ).fetchall()
            return [(_dataset(row), row["attempts"]) for row in rows]

        return await self._database.write(work)

    async def save(self, dataset: Dataset) -> None:
        """Store what is now known of a dataset."""
        report = None if dataset.report is None else to_json(dataset.report)
        values = (
            dataset.name,
            dataset.thread_ts,
            dataset.report_ts,
            dataset.status,
            dataset.problem,
            report,
            dataset.id,
        )
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE datasets SET name = ?, thread_ts = ?, report_ts = ?, status = ?, problem = ?, report = ?"
                " WHERE id = ?",
                values,
            )
        )

    async def get(self, dataset_id: str) -> Dataset | None:
        """The dataset of that id, or None."""
        rows = await self._select("WHERE id = ?", (dataset_id,))
        return rows[0] if rows else None

    async def in_channel(self, team: str, channel: str, *, limit: int = 20) -> list[Dataset]:
        """The channel's readable datasets, newest first."""
        return await self._select(
            "WHERE team = ? AND channel = ? AND status = 'ready' ORDER BY created_at DESC, rowid DESC LIMIT ?",
            (team, channel, limit),
        )

    async def of_user(self, team: str, user: str, *, limit: int = 20) -> list[Dataset]:
        """The person's readable datasets in any channel, newest first."""
        return await self._select(
            "WHERE team = ? AND user = ? AND status = 'ready' ORDER BY created_at DESC, rowid DESC LIMIT ?",
            (team, user, limit),
        )

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Dataset]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT * FROM datasets {where}", parameters).fetchall()
        )
        return [_dataset(row) for row in rows]


def _dataset(row: sqlite3.Row) -> Dataset:
    dataset = Dataset(
        id=row["id"],
        team=row["team"],
        channel=row["channel"],
        user=row["user"],
        file_id=row["file_id"],
        name=row["name"],
        thread_ts=row["thread_ts"],
        report_ts=row["report_ts"],
        status=DatasetStatus(row["status"]),
        created_at=to_datetime(row["created_at"]),
        problem=row["problem"],
    )
    return replace(dataset, report=from_json(row["report"], DatasetReport)) if row["report"] else dataset

"""Datasets: one row per file dropped in a channel, from the drop to the report, and one per later version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import Choices, Dataset, DatasetReport, DatasetStatus, VersionPlan
from storage import audit, inbox
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


class DatasetRows:
    """The datasets of every channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept_drop(self, dataset: Dataset, *, delivery: str, now: datetime, lease: timedelta) -> bool:
        """Store a dropped file, leased to the caller. False when this delivery or this drop is already known.

        Both file events of one drop carry the same file and channel: the second finds the row, and tells it the
        message where the first did not know it.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, now):
                return False
            is_new = _insert(connection, dataset, version=1, plan=None, lease_until=to_seconds(now + lease))
            if not is_new and dataset.drop_ts:
                connection.execute(
                    "UPDATE datasets SET drop_ts = ?, thread_ts = ? WHERE team = ? AND channel = ? AND file_id = ?"
                    " AND parent = '' AND drop_ts = '' AND report_ts = ''",
                    (dataset.drop_ts, dataset.thread_ts, dataset.team, dataset.channel, dataset.file_id),
                )
            return is_new

        return await self._database.write(work)

    async def accept_version(
        self, dataset: Dataset, plan: VersionPlan, *, delivery: str, now: datetime, lease: timedelta
    ) -> Dataset | None:
        """Store a version that is to be made, leased to the caller, numbered after its family's latest.

        None when this delivery or a version of that id is already known.
        """

        def work(connection: sqlite3.Connection) -> Dataset | None:
            if not inbox.accept(connection, delivery, now):
                return None
            latest = connection.execute(
                "SELECT MAX(version) FROM datasets WHERE root = ?", (dataset.root,)
            ).fetchone()
            version = (latest[0] or 1) + 1
            made = _insert(
                connection, dataset, version=version, plan=plan, lease_until=to_seconds(now + lease)
            )
            return replace(dataset, version=version) if made else None

        return await self._database.write(work)

    async def plan_of(self, dataset_id: str) -> VersionPlan | None:
        """How a version is to be made; None for a dropped file."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT plan FROM datasets WHERE id = ? AND plan IS NOT NULL", (dataset_id,)
            ).fetchall()
        )
        return from_json(rows[0]["plan"], VersionPlan) if rows else None

    async def join(self, dataset: Dataset, together: Callable[[Sequence[str]], bool]) -> Dataset:
        """The dataset that this file belongs to: that of another file of the same message, or its own.

        `together` says of file names whether they make up one dataset. One that somebody already decided on, or
        trained, takes no more files. All in one transaction, so that of two files exactly one leads.
        """

        def work(connection: sqlite3.Connection) -> Dataset:
            own = connection.execute(
                "SELECT * FROM datasets WHERE id = (SELECT CASE joined_to WHEN '' THEN id ELSE joined_to END"
                " FROM datasets WHERE id = ?)",
                (dataset.id,),
            ).fetchone()
            if own["files"] > 1:
                return _dataset(own)
            siblings = connection.execute(
                "SELECT * FROM datasets WHERE team = ? AND channel = ? AND drop_ts = ? AND drop_ts != '' AND parent = ''"
                " AND id != ? AND file_name != '' ORDER BY rowid",
                (dataset.team, dataset.channel, dataset.drop_ts, dataset.id),
            ).fetchall()
            for leader in siblings:
                files = [
                    row["file_name"] for row in siblings if leader["id"] in (row["id"], row["joined_to"])
                ]
                if _takes_more(connection, leader) and together([*files, dataset.file_name]):
                    _take_in(connection, leader["id"], dataset.id)
                    return _dataset(leader)
            return dataset

        return await self._database.write(work)

    async def files_of(self, dataset_id: str) -> list[Dataset]:
        """The files of a dataset, its own first, in the order in which they came."""
        return await self._select("WHERE id = ? OR joined_to = ? ORDER BY rowid", (dataset_id, dataset_id))

    async def unnamed_siblings(self, dataset: Dataset) -> int:
        """How many files of the same message have not been looked up yet."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT COUNT(*) FROM datasets WHERE team = ? AND channel = ? AND drop_ts = ? AND drop_ts != ''"
                " AND id != ? AND file_name = '' AND status = 'reading'",
                (dataset.team, dataset.channel, dataset.drop_ts, dataset.id),
            ).fetchall()
        )
        return int(rows[0][0])

    async def claim_unread(self, *, now: datetime, lease: timedelta, limit: int) -> list[tuple[Dataset, int]]:
        """Datasets that were not read or not reported to the end, leased anew, each with the number of tries so far."""

        def work(connection: sqlite3.Connection) -> list[tuple[Dataset, int]]:
            rows = connection.execute(
                "UPDATE datasets SET lease_until = ?, attempts = attempts + 1 WHERE id IN ("
                " SELECT id FROM datasets WHERE (status = 'reading' OR (status = 'ready' AND report_ts = '')"
                " OR (status != 'joined' AND files_read < files)) AND lease_until <= ? ORDER BY created_at LIMIT ?)"
                " RETURNING *",
                (to_seconds(now + lease), to_seconds(now), limit),
            ).fetchall()
            return [(_dataset(row), row["attempts"]) for row in rows]

        return await self._database.write(work)

    async def save(self, dataset: Dataset) -> None:
        """Store what is now known of a dataset."""
        report = None if dataset.report is None else to_json(dataset.report)
        values = {
            "name": dataset.name,
            "thread_ts": dataset.thread_ts,
            "drop_ts": dataset.drop_ts,
            "file_name": dataset.file_name,
            "report_ts": dataset.report_ts,
            "status": dataset.status,
            "problem": dataset.problem,
            "report": report,
            "files_read": dataset.files_read,
            "history": to_json(dataset.history),
        }
        marks = ", ".join(f"{name} = ?" for name in values)
        await self._database.write(
            lambda connection: connection.execute(
                f"UPDATE datasets SET {marks} WHERE id = ? AND status != 'joined'",
                (*values.values(), dataset.id),
            )
        )

    async def delete(self, dataset: Dataset, *, user: str, now: datetime) -> None:
        """Take a dataset off every list; its row stays, for the lineage of the models trained on it."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE datasets SET status = 'unusable', problem = ? WHERE id = ?",
                (dataset.problem, dataset.id),
            )
            audit.record(
                connection,
                now=now,
                team=dataset.team,
                user=user,
                action="delete",
                subject=dataset.id,
                details={"channel": dataset.channel, "name": dataset.name},
            )

        await self._database.write(work)

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

    async def family(self, root: str) -> list[Dataset]:
        """All versions that come from one drop, the first one first."""
        return await self._select("WHERE root = ? ORDER BY version", (root,))

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Dataset]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT * FROM datasets {where}", parameters).fetchall()
        )
        return [_dataset(row) for row in rows]


def _insert(
    connection: sqlite3.Connection,
    dataset: Dataset,
    *,
    version: int,
    plan: VersionPlan | None,
    lease_until: float,
) -> bool:
    """Add the row; False when the id, or the file in its channel, is there already."""
    values = {
        "id": dataset.id,
        "team": dataset.team,
        "channel": dataset.channel,
        "user": dataset.user,
        "file_id": dataset.file_id,
        "name": dataset.name,
        "thread_ts": dataset.thread_ts,
        "report_ts": "",
        "status": dataset.status,
        "problem": "",
        "created_at": to_seconds(dataset.created_at),
        "lease_until": lease_until,
        "drop_ts": dataset.drop_ts,
        "file_name": dataset.file_name,
        "version": version,
        "parent": dataset.parent,
        "root": dataset.root,
        "made_by": dataset.made_by,
        "change": dataset.change,
        "plan": None if plan is None else to_json(plan),
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"INSERT OR IGNORE INTO datasets ({names}) VALUES ({marks})", tuple(values.values())
    )
    return cursor.rowcount == 1


def _takes_more(connection: sqlite3.Connection, leader: sqlite3.Row) -> bool:
    if leader["joined_to"] or leader["history"] != "[]":
        return False
    jobs = connection.execute("SELECT 1 FROM jobs WHERE dataset_id = ? LIMIT 1", (leader["id"],))
    return jobs.fetchone() is None


def _take_in(connection: sqlite3.Connection, leader: str, member: str) -> None:
    """Only `files` of the leader is touched: whoever reads it right now sees that one more is to be read."""
    connection.execute("UPDATE datasets SET status = 'joined', joined_to = ? WHERE id = ?", (leader, member))
    connection.execute("UPDATE datasets SET files = files + 1, attempts = 0 WHERE id = ?", (leader,))


def _dataset(row: sqlite3.Row) -> Dataset:
    return Dataset(
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
        report=from_json(row["report"], DatasetReport) if row["report"] else None,
        drop_ts=row["drop_ts"],
        file_name=row["file_name"],
        files=row["files"],
        files_read=row["files_read"],
        joined_to=row["joined_to"],
        version=row["version"],
        parent=row["parent"],
        root=row["root"],
        made_by=row["made_by"],
        change=row["change"],
        history=from_json(row["history"], tuple[Choices, ...]),
    )

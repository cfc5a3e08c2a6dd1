"""The rows: everything Tunesmith must not forget, in one SQLite file.

`Store` gathers the tables by story. Its methods are units of work: each is one transaction, whatever it touches.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain import Comparison, ComparisonOutcome, CurveRequest, LearningCurve
from storage.approvals import ApprovalRows
from storage.asks import Asks
from storage.audit import AuditRows
from storage.batches import BatchRows
from storage.channels import ChannelRows
from storage.codec import to_seconds
from storage.database import Database
from storage.datasets import DatasetRows
from storage.feedback import FeedbackRows
from storage.home import HomeRows
from storage.inbox import Inbox
from storage.jobs import JobRows
from storage.labels import LabelRows
from storage.models import ModelRows
from storage.outbox import Outbox
from storage.people import PeopleRows
from storage.results import ResultRows
from storage.rounds import RoundRows
from storage.spending import SpendingRows
from storage.studies import StudyRows

QUIET = timedelta(seconds=3)
"""How long a request of a killed process may still be at work in the server."""


class Store:
    """One team's rows; `await open()` first, `await close()` last."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.inbox = Inbox(self._database)
        self.datasets = DatasetRows(self._database)
        self.home = HomeRows(self._database)
        self.jobs = JobRows(self._database)
        self.models = ModelRows(self._database)
        self.approvals = ApprovalRows(self._database)
        self.asks = Asks(self._database)
        self.audit = AuditRows(self._database)
        self.channels = ChannelRows(self._database)
        self.feedback = FeedbackRows(self._database)
        self.rounds = RoundRows(self._database)
        self.batches = BatchRows(self._database)
        self.results = ResultRows(self._database)
        self.comparisons = StudyRows(self._database, "comparisons", "compare", Comparison, ComparisonOutcome)
        self.curves = StudyRows(self._database, "curves", "learning-curve", CurveRequest, LearningCurve)
        self.labels = LabelRows(self._database)
        self.outbox = Outbox(self._database)
        self.people = PeopleRows(self._database)
        self.spending = SpendingRows(self._database)

    async def open(self) -> None:
        """Create or migrate the file. Raises sqlite3.Error when it cannot be used."""
        await self._database.open()

    async def release_leases(self, now: datetime) -> None:
        """Let go of every claim; only for a process that knows to be alone (it holds the home's lock).

        A job whose creation may be under way at the server waits for QUIET first, so that looking it up finds it.
        """
        moment, quiet = to_seconds(now), to_seconds(now + QUIET)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE jobs SET lease_until = 0, next_poll_at = CASE WHEN remote_id = '' AND attempts > 0"
                " THEN MAX(next_poll_at, ?) ELSE MIN(next_poll_at, ?) END WHERE state != 'done'",
                (quiet, moment),
            )
            connection.execute("UPDATE datasets SET lease_until = 0")
            connection.execute("UPDATE outbox SET lease_until = 0 WHERE state = 'sending'")

        await self._database.write(work)

    async def close(self) -> None:
        """Finish pending writes and close."""
        await self._database.close()


__all__ = ["Store"]

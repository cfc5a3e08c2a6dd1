"""The rows: everything Tunesmith must not forget, in one SQLite file.

`Store` gathers the tables by story. Its methods are units of work: each is one transaction, whatever it touches.
"""

from __future__ import annotations

from pathlib import Path

from storage.asks import Asks
from storage.database import Database
from storage.datasets import DatasetRows
from storage.inbox import Inbox
from storage.jobs import JobRows
from storage.models import ModelRows
from storage.outbox import Outbox


class Store:
    """One team's rows; `await open()` first, `await close()` last."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.inbox = Inbox(self._database)
        self.datasets = DatasetRows(self._database)
        self.jobs = JobRows(self._database)
        self.models = ModelRows(self._database)
        self.asks = Asks(self._database)
        self.outbox = Outbox(self._database)

    async def open(self) -> None:
        """Create or migrate the file. Raises sqlite3.Error when it cannot be used."""
        await self._database.open()

    async def close(self) -> None:
        """Finish pending writes and close."""
        await self._database.close()


__all__ = ["Store"]

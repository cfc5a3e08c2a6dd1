"""One SQLite file: a writer thread that owns one connection and commits in groups, and read-only connections.

Everything that changes rows goes through `write`; units of work that arrive together share one COMMIT, each in a
savepoint of its own, so that a failing one undoes only itself. A `write` returns only after its COMMIT.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database as SqliteUtils

from storage.migrations import MIGRATIONS

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

GROUP_SIZE = 256
"""Units of work that may share one COMMIT."""
LOCK_TIMEOUT_S = 10
READERS = 2


class StorageClosedError(RuntimeError):
    """Raised when work arrives after `close`."""


class Database:
    """The rows of one team's Tunesmith; `await open()` first, `await close()` last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="storage-read")
        self._local = threading.local()
        self._read_connections: list[sqlite3.Connection] = []

    async def open(self) -> None:
        """Create or migrate the file and start the writer thread. Raises sqlite3.Error when that cannot be done."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run_writer, args=(ready,), name="storage-write", daemon=True
        )
        self._thread.start()
        await asyncio.wrap_future(ready)

    async def close(self) -> None:
        """Finish what is queued and close every connection."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._queue.put(None)
        await asyncio.to_thread(thread.join)
        self._readers.shutdown(wait=True)
        for connection in self._read_connections:
            connection.close()

    async def write(self, work: Work[T]) -> T:
        """Run `work` inside a transaction and return its value once that is committed."""
        if self._thread is None:
            raise StorageClosedError("the database is closed")
        outcome: Future[T] = Future()
        self._queue.put((work, outcome))
        return await asyncio.wrap_future(outcome)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a read-only connection in another thread."""
        if self._thread is None:
            raise StorageClosedError("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode=ro",
                uri=True,
                timeout=LOCK_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = 1")
            self._local.connection = connection
            self._read_connections.append(connection)
        return work(connection)

    def _run_writer(self, ready: Future[None]) -> None:
        try:
            connection = _open_writer(self._path)
        except (sqlite3.Error, OSError) as error:
            ready.set_exception(error)
            return
        ready.set_result(None)
        while (first := self._queue.get()) is not None:
            group = [first]
            stop = self._collect(group)
            _commit_group(connection, group)
            if stop:
                break
        connection.close()

    def _collect(self, group: list[tuple[Work[Any], Future[Any]]]) -> bool:
        """Add what is already waiting; True when the closing mark was among it."""
        while len(group) < GROUP_SIZE:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return False
            if item is None:
                return True
            group.append(item)
        return False


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = 1")
    database = SqliteUtils(connection, execute_plugins=False)
    # sqlite-utils opens a deferred transaction: two processes starting at once would both read "no tables".
    connection.execute("BEGIN IMMEDIATE")
    try:
        MIGRATIONS.apply(database)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return connection


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switching the journal can fail with "database is locked" while others open the file, whatever the timeout."""
    for attempt in range(50):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 49:
                raise
            time.sleep(0.05)


def _commit_group(connection: sqlite3.Connection, group: list[tuple[Work[Any], Future[Any]]]) -> None:
    # Whoever gave up waiting was told that nothing happened, so nothing must.
    group = [(work, outcome) for work, outcome in group if outcome.set_running_or_notify_cancel()]
    if not group:
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        for _, outcome in group:
            outcome.set_exception(error)
        return
    results = [_run_in_savepoint(connection, work) for work, _ in group]
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        results = [(None, error)] * len(group)
    for (_, outcome), (value, failure) in zip(group, results, strict=True):
        if failure is None:
            outcome.set_result(value)
        else:
            outcome.set_exception(failure)


def _run_in_savepoint(connection: sqlite3.Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT unit")
    try:
        value = work(connection)
    except BaseException as error:
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")
        return None, error
    connection.execute("RELEASE unit")
    return value, None

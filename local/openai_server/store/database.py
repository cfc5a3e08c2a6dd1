"""The SQLite file: its connections, its tables, and units of work that either happen or don't."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MIGRATIONS = (
    """
    CREATE TABLE keys (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER);
    CREATE TABLE files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, filename TEXT NOT NULL,
        purpose TEXT NOT NULL, size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, lines INTEGER,
        created_at INTEGER NOT NULL, expires_at INTEGER);
    CREATE INDEX files_owner ON files (owner, seq);
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, filename TEXT NOT NULL, purpose TEXT NOT NULL,
        mime_type TEXT NOT NULL, size_bytes INTEGER NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL, file_expires_after_s INTEGER, file_id TEXT);
    CREATE TABLE upload_parts (
        id TEXT PRIMARY KEY, upload_id TEXT NOT NULL, size_bytes INTEGER NOT NULL, created_at INTEGER NOT NULL);
    CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, status TEXT NOT NULL,
        created_at INTEGER NOT NULL, queued_at REAL, finished_at INTEGER, engine_reference TEXT,
        metadata TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL);
    CREATE INDEX jobs_owner ON jobs (owner, seq);
    CREATE INDEX jobs_status ON jobs (status, queued_at);
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL, key TEXT NOT NULL,
        created_at INTEGER NOT NULL, level TEXT NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL,
        data TEXT NOT NULL, UNIQUE (job_id, key));
    CREATE TABLE checkpoints (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL, step INTEGER NOT NULL,
        model_id TEXT NOT NULL, created_at INTEGER NOT NULL, metrics TEXT NOT NULL, UNIQUE (job_id, step));
    CREATE TABLE models (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, base TEXT NOT NULL,
        job_id TEXT NOT NULL, kind TEXT NOT NULL, labels INTEGER NOT NULL, directory TEXT NOT NULL,
        created_at INTEGER NOT NULL);
    CREATE INDEX models_owner ON models (owner, seq);
    CREATE TABLE idempotency (
        owner TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
        object_id TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (owner, route, key));
    CREATE TABLE batches (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, status TEXT NOT NULL,
        created_at INTEGER NOT NULL, document TEXT NOT NULL);
    CREATE INDEX batches_owner ON batches (owner, seq);
    CREATE TABLE webhook_endpoints (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, name TEXT NOT NULL,
        url TEXT NOT NULL, event_types TEXT NOT NULL, secret TEXT NOT NULL, old_secret TEXT,
        old_secret_until INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY, endpoint_id TEXT NOT NULL, event_id TEXT NOT NULL, body TEXT NOT NULL,
        attempts INTEGER NOT NULL, next_at REAL, delivered_at INTEGER, last_error TEXT);
    CREATE INDEX deliveries_due ON deliveries (next_at);
    """,
)
"""Append only: the position in this tuple plus one is the file's `user_version` afterwards."""


class Database:
    """One writing connection and one reading connection, each behind a lock, usable from any thread."""

    def __init__(self, path: Path) -> None:
        self._writer = _connect(path)
        self._write_lock = threading.RLock()
        self._migrate()
        self._reader = _connect(path)
        self._read_lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A unit of work: committed and on disk when the block ends, rolled back where it raises."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The reading connection; it never waits for a writer's disk."""
        with self._read_lock:
            yield self._reader

    def rows(self, sql: str, arguments: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of one query."""
        with self._read_lock:
            return list(self._reader.execute(sql, arguments))

    def row(self, sql: str, arguments: Sequence[object] = ()) -> sqlite3.Row | None:
        """The first row of one query, or None."""
        rows = self.rows(sql, arguments)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close both connections."""
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._writer.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection

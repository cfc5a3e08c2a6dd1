"""Rows of batches: what was asked and how far it is."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from local.openai_server.store.pages import Page, PageRequest, read_page


class BatchStatus(StrEnum):
    """OpenAI's statuses of a batch."""

    VALIDATING = "validating"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Whether nothing can change any more."""
        return self in (BatchStatus.FAILED, BatchStatus.COMPLETED, BatchStatus.EXPIRED, BatchStatus.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class BatchFinding:
    """Something in the input file that keeps a batch from running; `line` counts from 1."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch. `times` holds epoch seconds by OpenAI's field names, such as `completed_at`; tokens are o200k_base."""

    id: str
    owner: str
    status: BatchStatus
    created_at: int
    endpoint: str
    input_file_id: str
    expires_at: int
    output_lifetime_s: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[BatchFinding, ...] = ()
    output_file_id: str | None = None
    error_file_id: str | None = None
    total: int = 0
    completed: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    model: str | None = None


def save(tx: sqlite3.Connection, batch: Batch) -> None:
    """Add a row or write it back as a whole."""
    document = msgspec.json.encode(batch).decode()
    sql = """INSERT INTO batches (id, owner, status, created_at, document) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, document = excluded.document"""
    tx.execute(sql, (batch.id, batch.owner, batch.status, batch.created_at, document))


def find(connection: sqlite3.Connection, owner: str, batch_id: str) -> Batch | None:
    """The owner's batch of that id."""
    row = connection.execute("SELECT * FROM batches WHERE owner = ? AND id = ?", (owner, batch_id)).fetchone()
    return None if row is None else from_row(row)


def get(connection: sqlite3.Connection, batch_id: str) -> Batch:
    """A batch known to exist, whoever owns it."""
    return from_row(connection.execute("SELECT * FROM batches WHERE id = ?", (batch_id,)).fetchone())


def unfinished(connection: sqlite3.Connection) -> list[Batch]:
    """All batches with work left, oldest first."""
    marks = ", ".join(f"'{status}'" for status in BatchStatus if not status.is_finished)
    return [
        from_row(row)
        for row in connection.execute(f"SELECT * FROM batches WHERE status IN ({marks}) ORDER BY seq")
    ]


def page(connection: sqlite3.Connection, owner: str, request: PageRequest) -> Page:
    """One page of the owner's batches."""
    return read_page(connection, "batches", "owner = ?", [owner], request)


def from_row(row: sqlite3.Row) -> Batch:
    """A row as a Batch."""
    return msgspec.json.decode(row["document"], type=Batch)

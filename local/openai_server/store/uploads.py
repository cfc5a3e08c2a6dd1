"""Rows of uploads in parts: what was announced, which parts have come, what became of it."""

import sqlite3
from dataclasses import asdict, dataclass
from enum import StrEnum

from local.openai_server.ids import new_id
from local.openai_server.store.files import Purpose


class UploadStatus(StrEnum):
    """OpenAI's statuses of an upload."""

    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An upload's row. Times are epoch seconds; `size_bytes` is what was announced."""

    id: str
    owner: str
    filename: str
    purpose: Purpose
    mime_type: str
    size_bytes: int
    status: UploadStatus
    created_at: int
    expires_at: int
    file_expires_after_s: int | None
    file_id: str | None = None


def save(tx: sqlite3.Connection, upload: Upload) -> None:
    """Add a row or write it back as a whole."""
    values = asdict(upload)
    sql = f"INSERT OR REPLACE INTO uploads ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
    tx.execute(sql, list(values.values()))


def find(connection: sqlite3.Connection, owner: str, upload_id: str, now: float) -> Upload | None:
    """The owner's upload; a pending one past its time is shown as expired."""
    row = connection.execute(
        "SELECT * FROM uploads WHERE owner = ? AND id = ?", (owner, upload_id)
    ).fetchone()
    if row is None:
        return None
    status = UploadStatus(row["status"])
    if status is UploadStatus.PENDING and row["expires_at"] <= now:
        status = UploadStatus.EXPIRED
    return Upload(**{**dict(row), "purpose": Purpose(row["purpose"]), "status": status})


def add_part(tx: sqlite3.Connection, upload_id: str, part_id: str, size_bytes: int, now: int) -> None:
    """Add a part whose bytes are on disk."""
    tx.execute("INSERT INTO upload_parts VALUES (?, ?, ?, ?)", (part_id, upload_id, size_bytes, now))


def part_sizes(connection: sqlite3.Connection, upload_id: str) -> dict[str, int]:
    """Bytes of each part of an upload, by the part's id."""
    rows = connection.execute("SELECT id, size_bytes FROM upload_parts WHERE upload_id = ?", (upload_id,))
    return {row["id"]: row["size_bytes"] for row in rows}


def drop_parts(tx: sqlite3.Connection, upload_id: str) -> None:
    """Forget the parts of an upload that has come to its end."""
    tx.execute("DELETE FROM upload_parts WHERE upload_id = ?", (upload_id,))


def overdue(connection: sqlite3.Connection, now: float) -> list[str]:
    """Ids of pending uploads past their time."""
    sql = "SELECT id FROM uploads WHERE status = 'pending' AND expires_at <= ?"
    return [row["id"] for row in connection.execute(sql, (now,))]


def expire(tx: sqlite3.Connection, upload_id: str) -> None:
    """Mark an upload as past its time."""
    tx.execute("UPDATE uploads SET status = ? WHERE id = ?", (UploadStatus.EXPIRED, upload_id))
    drop_parts(tx, upload_id)


def new_part_id() -> str:
    """The id of a part."""
    return new_id("part_")

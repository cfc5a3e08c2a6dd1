"""Rows of uploaded and produced files; the bytes lie in HOME/files under the row's id."""

import sqlite3
from dataclasses import asdict, dataclass
from enum import StrEnum

from local.openai_server.store.pages import Page, PageRequest, read_page


class Purpose(StrEnum):
    """What a file is for; the first two may be uploaded, the others are made here."""

    FINE_TUNE = "fine-tune"
    BATCH = "batch"
    FINE_TUNE_RESULTS = "fine-tune-results"
    BATCH_OUTPUT = "batch_output"


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file's row. Times are epoch seconds; `lines` counts JSONL lines where that was looked at."""

    id: str
    owner: str
    filename: str
    purpose: Purpose
    size_bytes: int
    sha256: str
    lines: int | None
    created_at: int
    expires_at: int | None


def insert(tx: sqlite3.Connection, file: StoredFile) -> None:
    """Add a row."""
    values = asdict(file)
    tx.execute(
        f"INSERT INTO files ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )


def find(connection: sqlite3.Connection, owner: str, file_id: str, now: float) -> StoredFile | None:
    """The owner's file of that id, unless it has expired."""
    sql = "SELECT * FROM files WHERE owner = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)"
    row = connection.execute(sql, (owner, file_id, now)).fetchone()
    return None if row is None else from_row(row)


def page(
    connection: sqlite3.Connection, owner: str, purpose: str | None, now: float, request: PageRequest
) -> Page:
    """One page of the owner's files."""
    where, arguments = "owner = ? AND (expires_at IS NULL OR expires_at > ?)", [owner, now]
    if purpose is not None:
        where, arguments = where + " AND purpose = ?", [*arguments, purpose]
    return read_page(connection, "files", where, arguments, request)


def delete(tx: sqlite3.Connection, owner: str, file_id: str) -> bool:
    """Remove a row; False where the owner has no such file."""
    return tx.execute("DELETE FROM files WHERE owner = ? AND id = ?", (owner, file_id)).rowcount > 0


def delete_expired(tx: sqlite3.Connection, now: float) -> list[str]:
    """Remove all rows past their time and give their ids, so that the bytes can go too."""
    rows = tx.execute("DELETE FROM files WHERE expires_at <= ? RETURNING id", (now,))
    return [str(row["id"]) for row in rows]


def from_row(row: sqlite3.Row) -> StoredFile:
    """A row as a StoredFile."""
    values = {key: row[key] for key in row.keys() if key != "seq"}  # noqa: SIM118 - a Row iterates over values
    return StoredFile(**{**values, "purpose": Purpose(values["purpose"])})

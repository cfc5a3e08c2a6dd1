"""Rows of fine-tuned models and of checkpoints, which are models too."""

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import msgspec

from local.openai_server.ids import new_id
from local.openai_server.store.pages import Page, PageRequest, read_page

KEPT_CHECKPOINTS = 3


@dataclass(frozen=True, kw_only=True)
class FineTunedModel:
    """A model that can be called; `directory` is relative to the server's home, `created_at` epoch seconds."""

    id: str
    owner: str
    base: str
    job_id: str
    kind: str
    labels: int
    directory: str
    created_at: int


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The weights at the end of one epoch, callable as the model `model_id`."""

    id: str
    job_id: str
    step: int
    model_id: str
    created_at: int
    metrics: Mapping[str, float]


def insert(tx: sqlite3.Connection, model: FineTunedModel) -> None:
    """Add a model; nothing happens where it is there already."""
    values = asdict(model)
    sql = f"INSERT OR IGNORE INTO models ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
    tx.execute(sql, list(values.values()))


def find(connection: sqlite3.Connection, owner: str, model_id: str) -> FineTunedModel | None:
    """The owner's model of that id."""
    row = connection.execute("SELECT * FROM models WHERE owner = ? AND id = ?", (owner, model_id)).fetchone()
    return None if row is None else from_row(row)


def owned(connection: sqlite3.Connection, owner: str) -> list[FineTunedModel]:
    """All models of an owner, oldest first."""
    rows = connection.execute("SELECT * FROM models WHERE owner = ? ORDER BY seq", (owner,))
    return [from_row(row) for row in rows]


def delete(tx: sqlite3.Connection, owner: str, model_id: str) -> bool:
    """Remove a model; False where the owner has no such model."""
    return tx.execute("DELETE FROM models WHERE owner = ? AND id = ?", (owner, model_id)).rowcount > 0


def insert_checkpoint(
    tx: sqlite3.Connection, job_id: str, step: int, model_id: str, now: int, metrics: Mapping[str, float]
) -> bool:
    """Add a checkpoint; False where the job has one at that step already."""
    sql = """INSERT OR IGNORE INTO checkpoints (id, job_id, step, model_id, created_at, metrics)
             VALUES (?, ?, ?, ?, ?, ?)"""
    values = (new_id("ftckpt_"), job_id, step, model_id, now, msgspec.json.encode(metrics).decode())
    return tx.execute(sql, values).rowcount > 0


def drop_old_checkpoints(tx: sqlite3.Connection, job_id: str) -> None:
    """Forget all but the last three checkpoints of a job, as models too; the trainer removes their folders."""
    sql = "SELECT id, model_id FROM checkpoints WHERE job_id = ? ORDER BY step DESC LIMIT -1 OFFSET ?"
    for row in tx.execute(sql, (job_id, KEPT_CHECKPOINTS)).fetchall():
        tx.execute("DELETE FROM models WHERE id = ?", (row["model_id"],))
        tx.execute("DELETE FROM checkpoints WHERE id = ?", (row["id"],))


def checkpoint_page(connection: sqlite3.Connection, job_id: str, request: PageRequest) -> Page:
    """One page of a job's checkpoints."""
    return read_page(connection, "checkpoints", "job_id = ?", [job_id], request)


def checkpoint_from_row(row: sqlite3.Row) -> Checkpoint:
    """A row as a Checkpoint."""
    values = {key: row[key] for key in row.keys() if key != "seq"}  # noqa: SIM118 - a Row iterates over values
    return Checkpoint(**{**values, "metrics": msgspec.json.decode(values["metrics"])})


def from_row(row: sqlite3.Row) -> FineTunedModel:
    """A row as a FineTunedModel."""
    return FineTunedModel(**{key: row[key] for key in row.keys() if key != "seq"})  # noqa: SIM118

"""Rows of fine-tuning jobs: what was asked (never changes) and what has come of it (changes as one value)."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from local.openai_server.store.pages import Page, PageRequest, read_page

Auto = int | float | str
"""A hyperparameter: a number, or "auto" until training has resolved it."""


class JobStatus(StrEnum):
    """OpenAI's statuses; `paused` is in its reference but not in the SDK's own list."""

    VALIDATING_FILES = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Whether nothing can change any more."""
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """The three hyperparameters of OpenAI's supervised method."""

    n_epochs: Auto = "auto"
    batch_size: Auto = "auto"
    learning_rate_multiplier: Auto = "auto"


@dataclass(frozen=True, kw_only=True)
class JobError:
    """Why a job failed; all strings are shown to the caller."""

    code: str
    message: str
    param: str | None = None


@dataclass(frozen=True, kw_only=True)
class WandbRun:
    """A Weights & Biases run that was asked for; its id is chosen here, so that it can be reported at once."""

    run_id: str
    project: str
    name: str | None = None
    entity: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What was asked; `parent_model` is set where training continues from a fine-tuned model."""

    model: str
    base_model: str
    output_model: str
    training_file: str
    seed: int
    parent_model: str | None = None
    validation_file: str | None = None
    suffix: str | None = None
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    classification: dict[str, object] | None = None
    exact_match: bool = False
    base_kind: str = "classifier"
    base_folder: str | None = None
    tuning: str = "lora"
    wandb: tuple[WandbRun, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobState:
    """What has come of it so far. `estimated_finish` is epoch seconds; `queue_told` the last position in an event."""

    hyperparameters: Hyperparameters | None = None
    total_steps: int | None = None
    trained_tokens: int | None = None
    estimated_finish: int | None = None
    fine_tuned_model: str | None = None
    result_files: tuple[str, ...] = ()
    error: JobError | None = None
    evaluation: dict[str, object] | None = None
    queue_told: int | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job's row. Times are epoch seconds; `engine_reference` is set while a process may be alive for it."""

    id: str
    owner: str
    status: JobStatus
    created_at: int
    spec: JobSpec
    state: JobState = field(default_factory=JobState)
    metadata: Mapping[str, str] = field(default_factory=dict)
    queued_at: float | None = None
    finished_at: int | None = None
    engine_reference: str | None = None


def insert(tx: sqlite3.Connection, job: Job) -> None:
    """Add a row."""
    values = _columns(job)
    tx.execute(
        f"INSERT INTO jobs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )


def save(tx: sqlite3.Connection, job: Job) -> None:
    """Write a job back as a whole; the caller has read it in the same unit of work."""
    values = _columns(job)
    assignments = ", ".join(f"{column} = ?" for column in values)
    tx.execute(f"UPDATE jobs SET {assignments} WHERE id = ?", [*values.values(), job.id])


def find(connection: sqlite3.Connection, owner: str, job_id: str) -> Job | None:
    """The owner's job of that id."""
    row = connection.execute("SELECT * FROM jobs WHERE owner = ? AND id = ?", (owner, job_id)).fetchone()
    return None if row is None else from_row(row)


def get(connection: sqlite3.Connection, job_id: str) -> Job:
    """A job known to exist, whoever owns it."""
    return from_row(connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone())


def in_status(connection: sqlite3.Connection, *statuses: JobStatus) -> list[Job]:
    """All jobs in these statuses, in the order in which they joined the queue."""
    marks = ", ".join("?" * len(statuses))
    sql = f"SELECT * FROM jobs WHERE status IN ({marks}) ORDER BY queued_at, seq"
    return [from_row(row) for row in connection.execute(sql, statuses)]


def with_process(connection: sqlite3.Connection) -> list[Job]:
    """All jobs for which a process may be alive, whatever their status."""
    return [
        from_row(row) for row in connection.execute("SELECT * FROM jobs WHERE engine_reference IS NOT NULL")
    ]


def queue_position(connection: sqlite3.Connection, job: Job) -> int | None:
    """1 for the queued job that starts next; None for a job that isn't queued."""
    if job.status is not JobStatus.QUEUED:
        return None
    sql = """SELECT count(*) FROM jobs WHERE status = 'queued' AND
             (queued_at, seq) <= (SELECT queued_at, seq FROM jobs WHERE id = ?)"""
    return int(connection.execute(sql, (job.id,)).fetchone()[0])


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many jobs there are in each status."""
    return {
        row["status"]: row["n"]
        for row in connection.execute("SELECT status, count(*) n FROM jobs GROUP BY status")
    }


def page(
    connection: sqlite3.Connection, owner: str, metadata: Mapping[str, str] | None, request: PageRequest
) -> Page:
    """One page of the owner's jobs; `metadata` pairs must all match, and None asks for jobs without any."""
    where, arguments = "owner = ?", [owner]
    if metadata is None:
        where += " AND metadata = '{}'"
    for key, value in (metadata or {}).items():
        where += " AND EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value = ?)"
        arguments += [key, value]
    return read_page(connection, "jobs", where, arguments, request)


def from_row(row: sqlite3.Row) -> Job:
    """A row as a Job."""
    return Job(
        id=row["id"],
        owner=row["owner"],
        status=JobStatus(row["status"]),
        created_at=row["created_at"],
        spec=msgspec.json.decode(row["spec"], type=JobSpec),
        state=msgspec.json.decode(row["state"], type=JobState),
        metadata=msgspec.json.decode(row["metadata"]),
        queued_at=row["queued_at"],
        finished_at=row["finished_at"],
        engine_reference=row["engine_reference"],
    )


def _columns(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "owner": job.owner,
        "status": job.status,
        "created_at": job.created_at,
        "queued_at": job.queued_at,
        "finished_at": job.finished_at,
        "engine_reference": job.engine_reference,
        "metadata": msgspec.json.encode(job.metadata).decode(),
        "spec": msgspec.json.encode(job.spec).decode(),
        "state": msgspec.json.encode(job.state).decode(),
    }

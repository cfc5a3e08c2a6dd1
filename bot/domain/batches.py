"""A file whose every row is to be labelled by a model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BatchState(StrEnum):
    """How far a file is. WAITING: its rows are still to be written down for the server."""

    WAITING = "waiting"
    RUNNING = "running"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self in (BatchState.DONE, BatchState.FAILED, BatchState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A dropped file on its way to labels. `remote_ids` are the server's batches; empty where rows are asked one by one.

    `card_ts` is the message that shows how far it is; `mix` are (label, rows), the commonest first.
    """

    id: str
    team: str
    channel: str
    user: str
    thread_ts: str
    dataset_id: str
    name: str
    model: str
    state: BatchState
    created_at: datetime
    card_ts: str = ""
    text: str = ""
    rows: int = 0
    done: int = 0
    failed: int = 0
    remote_ids: tuple[str, ...] = ()
    cancel_by: str = ""
    mix: tuple[tuple[str, int], ...] = ()
    unsure: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    problem: str = ""
    told: bool = False


@dataclass(frozen=True, kw_only=True)
class RemoteBatch:
    """A batch as the server sees it."""

    id: str
    is_finished: bool
    is_completed: bool
    total: int
    completed: int
    failed: int
    output_file: str = ""
    error_file: str = ""
    error: str = ""

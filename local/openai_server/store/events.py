"""Rows of job events; a key per job makes each event happen once, however often its cause is read."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from local.openai_server.ids import new_id
from local.openai_server.store.pages import Page, PageRequest, read_page


class Level(StrEnum):
    """OpenAI's three levels."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event to add; `key` names its cause within the job, `at` is epoch seconds, `metrics` makes it of that type."""

    key: str
    at: float
    message: str
    level: Level = Level.INFO
    metrics: dict[str, float] | None = None


def append(tx: sqlite3.Connection, job_id: str, event: NewEvent) -> bool:
    """Add an event; False where one of that key is there already."""
    sql = """INSERT OR IGNORE INTO events (id, job_id, key, created_at, level, type, message, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
    type_, data = ("message", {}) if event.metrics is None else ("metrics", event.metrics)
    values = (new_id("ftevent-"), job_id, event.key, int(event.at), event.level, type_, event.message)
    return tx.execute(sql, (*values, msgspec.json.encode(data).decode())).rowcount > 0


def page(connection: sqlite3.Connection, job_id: str, request: PageRequest) -> Page:
    """One page of a job's events."""
    return read_page(connection, "events", "job_id = ?", [job_id], request)

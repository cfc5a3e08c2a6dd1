"""Rows of webhook endpoints and of the deliveries owed to them."""

import sqlite3
from dataclasses import asdict, dataclass

import msgspec

from local.openai_server.ids import new_id
from local.openai_server.store.pages import Page, PageRequest, read_page

EVENT_TYPES = (
    "fine_tuning.job.succeeded",
    "fine_tuning.job.failed",
    "fine_tuning.job.cancelled",
    "batch.completed",
    "batch.failed",
    "batch.expired",
    "batch.cancelled",
)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where events of some types go. Times are epoch seconds; the old secret signs too until its time is over."""

    id: str
    owner: str
    name: str
    url: str
    event_types: tuple[str, ...]
    secret: str
    old_secret: str | None
    old_secret_until: int | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event owed to one endpoint; `next_at` is epoch seconds of the next attempt."""

    id: str
    endpoint_id: str
    event_id: str
    body: str
    attempts: int
    next_at: float


def save(tx: sqlite3.Connection, endpoint: Endpoint) -> None:
    """Add an endpoint or write it back as a whole."""
    values = {**asdict(endpoint), "event_types": msgspec.json.encode(endpoint.event_types).decode()}
    updates = ", ".join(f"{column} = excluded.{column}" for column in values if column != "id")
    sql = f"""INSERT INTO webhook_endpoints ({", ".join(values)}) VALUES ({", ".join("?" * len(values))})
              ON CONFLICT (id) DO UPDATE SET {updates}"""
    tx.execute(sql, list(values.values()))


def find(connection: sqlite3.Connection, owner: str, endpoint_id: str) -> Endpoint | None:
    """The owner's endpoint of that id."""
    sql = "SELECT * FROM webhook_endpoints WHERE owner = ? AND id = ?"
    row = connection.execute(sql, (owner, endpoint_id)).fetchone()
    return None if row is None else from_row(row)


def get(connection: sqlite3.Connection, endpoint_id: str) -> Endpoint | None:
    """An endpoint whoever owns it, or None where it has been deleted."""
    row = connection.execute("SELECT * FROM webhook_endpoints WHERE id = ?", (endpoint_id,)).fetchone()
    return None if row is None else from_row(row)


def page(connection: sqlite3.Connection, owner: str, request: PageRequest) -> Page:
    """One page of the owner's endpoints."""
    return read_page(connection, "webhook_endpoints", "owner = ?", [owner], request)


def delete(tx: sqlite3.Connection, owner: str, endpoint_id: str) -> bool:
    """Remove an endpoint and what is still owed to it; False where the owner has no such endpoint."""
    gone = (
        tx.execute("DELETE FROM webhook_endpoints WHERE owner = ? AND id = ?", (owner, endpoint_id)).rowcount
        > 0
    )
    if gone:
        tx.execute("DELETE FROM deliveries WHERE endpoint_id = ?", (endpoint_id,))
    return gone


def announce(tx: sqlite3.Connection, owner: str, type_: str, object_id: str, now: float) -> None:
    """Owe an event to each endpoint of the owner that wants its type; part of the caller's unit of work."""
    sql = """SELECT * FROM webhook_endpoints WHERE owner = ? AND
             EXISTS (SELECT 1 FROM json_each(event_types) WHERE value = ?)"""
    event_id = new_id("evt_")
    for row in tx.execute(sql, (owner, type_)).fetchall():
        owe(tx, row["id"], event_id, type_, object_id, now)


def owe(
    tx: sqlite3.Connection, endpoint_id: str, event_id: str, type_: str, object_id: str, now: float
) -> None:
    """Add one delivery, due at once."""
    sql = "INSERT INTO deliveries (id, endpoint_id, event_id, body, attempts, next_at) VALUES (?, ?, ?, ?, 0, ?)"
    body = event_body(event_id, type_, object_id, now)
    tx.execute(sql, (new_id("whdel_"), endpoint_id, event_id, body, now))


def event_body(event_id: str, type_: str, object_id: str, now: float) -> str:
    """OpenAI's webhook event, as it is signed and sent."""
    event = {
        "id": event_id,
        "object": "event",
        "created_at": int(now),
        "type": type_,
        "data": {"id": object_id},
    }
    return msgspec.json.encode(event).decode()


def due(connection: sqlite3.Connection, now: float) -> list[Delivery]:
    """Deliveries to attempt now, the longest due first."""
    sql = """SELECT id, endpoint_id, event_id, body, attempts, next_at FROM deliveries
             WHERE next_at <= ? ORDER BY next_at LIMIT 100"""
    return [Delivery(**dict(row)) for row in connection.execute(sql, (now,))]


def settle(
    tx: sqlite3.Connection,
    delivery_id: str,
    *,
    delivered_at: int | None,
    next_at: float | None,
    error: str | None,
) -> None:
    """Write down an attempt: delivered, to be repeated at `next_at`, or given up (neither)."""
    sql = "UPDATE deliveries SET attempts = attempts + 1, delivered_at = ?, next_at = ?, last_error = ? WHERE id = ?"
    tx.execute(sql, (delivered_at, next_at, error, delivery_id))


def from_row(row: sqlite3.Row) -> Endpoint:
    """A row as an Endpoint."""
    values = {key: row[key] for key in row.keys() if key != "seq"}  # noqa: SIM118 - a Row iterates over values
    return Endpoint(**{**values, "event_types": tuple(msgspec.json.decode(values["event_types"]))})

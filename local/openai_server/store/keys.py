"""Bearer keys: made, listed, revoked; kept as SHA-256 only, each the owner of its own things."""

import hashlib
import sqlite3
from dataclasses import dataclass

from local.openai_server.ids import new_id

DEFAULT_OWNER = "default"
"""The owner behind TUNESMITH_API_KEY (or the key made at first start), whatever that key's value is."""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as it may be shown: never its secret. Times are epoch seconds."""

    id: str
    name: str
    hint: str
    created_at: int
    revoked_at: int | None


class KeyNameTaken(ValueError):
    """An unrevoked key of that name exists."""


def new_secret() -> str:
    """A fresh bearer key."""
    return new_id("sk-ts-", 40)


def secret_hash(secret: str) -> str:
    """What is stored of a key; enough to recognise it, not to use it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def create_key(tx: sqlite3.Connection, name: str, now: int) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once.

    Files, jobs and models belong to the key's name: a key made under the name of a revoked one takes its things
    over, which is how a key is rotated. Raises KeyNameTaken while that name has a live key.
    """
    taken = tx.execute("SELECT 1 FROM keys WHERE name = ? AND revoked_at IS NULL", (name,)).fetchone()
    if taken or name == DEFAULT_OWNER:
        raise KeyNameTaken(name)
    secret = new_secret()
    key = ApiKey(id=new_id("key_", 16), name=name, hint=f"…{secret[-4:]}", created_at=now, revoked_at=None)
    tx.execute(
        "INSERT INTO keys (id, owner, name, hash, hint, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (key.id, name, name, secret_hash(secret), key.hint, now),
    )
    return key, secret


def list_keys(connection: sqlite3.Connection) -> list[ApiKey]:
    """Every key ever made, oldest first, the revoked ones too."""
    rows = connection.execute(
        "SELECT id, name, hint, created_at, revoked_at FROM keys ORDER BY created_at, rowid"
    )
    return [ApiKey(**dict(row)) for row in rows]


def revoke_key(tx: sqlite3.Connection, key: str, now: int) -> bool:
    """Revoke by id or name; False where no live key answers to it. Takes effect with the next request."""
    sql = "UPDATE keys SET revoked_at = ? WHERE (id = ? OR name = ?) AND revoked_at IS NULL"
    return tx.execute(sql, (now, key, key)).rowcount > 0


def owner_of(connection: sqlite3.Connection, secret: str) -> str | None:
    """The owner behind a bearer key, or None for an unknown or revoked one."""
    sql = "SELECT owner FROM keys WHERE hash = ? AND revoked_at IS NULL"
    row = connection.execute(sql, (secret_hash(secret),)).fetchone()
    return None if row is None else str(row["owner"])

"""Runs a migration's statements inside the transaction that is already open."""

from __future__ import annotations

from sqlite_utils import Database


def run(database: Database, script: str) -> None:
    """Run statements one by one: `executescript` would commit the surrounding transaction."""
    for statement in script.split(";"):
        if statement.strip():
            database.conn.execute(statement)

"""Test predictions, comparisons of models, learning curves."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m003_results(database: Database) -> None:
    """Predictions, comparisons, curves."""
    run(
        database,
        """
        CREATE TABLE predictions (
            subject TEXT NOT NULL, line INTEGER NOT NULL, label TEXT NOT NULL, predicted TEXT NOT NULL,
            probabilities TEXT NOT NULL, latency_ms REAL NOT NULL, approximate INTEGER NOT NULL,
            PRIMARY KEY (subject, line)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE comparisons (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
            outcome TEXT, progress_ts TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX comparisons_open ON comparisons (created_at) WHERE state = 'running';

        CREATE TABLE curves (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
            outcome TEXT, progress_ts TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX curves_open ON curves (created_at) WHERE state = 'running';
        """,
    )

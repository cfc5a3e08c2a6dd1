"""Feedback on answers, rounds of training again, files to classify, and models that were renamed or deleted."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m004_feedback(database: Database) -> None:
    """How a question was asked, what people said of its answer, and what is made of that."""
    run(
        database,
        """
        ALTER TABLE asks ADD COLUMN wants TEXT NOT NULL DEFAULT '';
        ALTER TABLE asks ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE asks ADD COLUMN top INTEGER NOT NULL DEFAULT 4;

        CREATE TABLE feedback (
            ask_id TEXT NOT NULL, user TEXT NOT NULL, team TEXT NOT NULL, channel TEXT NOT NULL, model TEXT NOT NULL,
            text TEXT NOT NULL, answer TEXT NOT NULL, verdict TEXT NOT NULL, correct TEXT NOT NULL, at REAL NOT NULL,
            used_in TEXT NOT NULL DEFAULT '', PRIMARY KEY (ask_id, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX feedback_by_model ON feedback (team, model, at);
        CREATE INDEX feedback_by_dataset ON feedback (used_in) WHERE used_in != '';

        ALTER TABLE models ADD COLUMN deleted_at REAL;

        CREATE TABLE rounds (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, model TEXT NOT NULL, dataset_id TEXT NOT NULL, state TEXT NOT NULL,
            told INTEGER NOT NULL DEFAULT 0, value TEXT NOT NULL, created_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX rounds_open ON rounds (created_at) WHERE told = 0;
        CREATE UNIQUE INDEX rounds_of_model ON rounds (team, model) WHERE state IN ('building', 'training', 'comparing');

        CREATE TABLE batches (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, dataset_id TEXT NOT NULL,
            state TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0, cancel_by TEXT NOT NULL DEFAULT '',
            value TEXT NOT NULL, created_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX batches_open ON batches (created_at) WHERE told = 0;
        """,
    )

"""Jobs: what was asked of the server (pause, resume), why their thread is lost, how often their card was posted anew."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m005_jobs(database: Database) -> None:
    """Four columns of jobs, and an index for finding the same start again."""
    run(
        database,
        """
        ALTER TABLE jobs ADD COLUMN wish TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN wish_by TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN lost TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN cards INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX jobs_by_dataset ON jobs (dataset_id, created_at);
        """,
    )

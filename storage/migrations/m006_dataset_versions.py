"""Datasets of several files, versions of datasets, a person's earlier decisions, and the queue of labels to look at."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m006_dataset_versions(database: Database) -> None:
    """The table of datasets anew, for a file may now have several versions; cards for labels that look wrong."""
    run(
        database,
        """
        CREATE TABLE datasets_next (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL,
            file_id TEXT NOT NULL, name TEXT NOT NULL, thread_ts TEXT NOT NULL, report_ts TEXT NOT NULL,
            status TEXT NOT NULL, problem TEXT NOT NULL, created_at REAL NOT NULL, report TEXT,
            lease_until REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
            drop_ts TEXT NOT NULL DEFAULT '', file_name TEXT NOT NULL DEFAULT '', joined_to TEXT NOT NULL DEFAULT '',
            files INTEGER NOT NULL DEFAULT 1, files_read INTEGER NOT NULL DEFAULT 0,
            version INTEGER NOT NULL DEFAULT 1, parent TEXT NOT NULL DEFAULT '', root TEXT NOT NULL,
            made_by TEXT NOT NULL DEFAULT '', change TEXT NOT NULL DEFAULT '', plan TEXT,
            history TEXT NOT NULL DEFAULT '[]'
        ) STRICT;
        INSERT INTO datasets_next (id, team, channel, user, file_id, name, thread_ts, report_ts, status, problem,
            created_at, report, lease_until, attempts, file_name, files_read, root)
            SELECT id, team, channel, user, file_id, name, thread_ts, report_ts, status, problem,
                created_at, report, lease_until, attempts, name, status != 'reading', id FROM datasets ORDER BY rowid;
        DROP TABLE datasets;
        ALTER TABLE datasets_next RENAME TO datasets;
        CREATE UNIQUE INDEX datasets_by_file ON datasets (team, channel, file_id) WHERE parent = '';
        CREATE UNIQUE INDEX datasets_by_version ON datasets (root, version);
        CREATE INDEX datasets_by_channel ON datasets (team, channel, created_at);
        CREATE INDEX datasets_by_drop ON datasets (team, channel, drop_ts) WHERE drop_ts != '';
        CREATE INDEX datasets_joined ON datasets (joined_to) WHERE joined_to != '';
        CREATE INDEX datasets_to_read ON datasets (lease_until)
            WHERE status = 'reading' OR (status = 'ready' AND report_ts = '') OR (status != 'joined' AND files_read < files);

        CREATE TABLE label_queues (
            dataset_id TEXT PRIMARY KEY, card_ts TEXT NOT NULL DEFAULT '', opened_by TEXT NOT NULL,
            opened_at REAL NOT NULL, version_id TEXT NOT NULL DEFAULT ''
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE label_cards (
            dataset_id TEXT NOT NULL, place INTEGER NOT NULL, suspect TEXT NOT NULL,
            verdict TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '', decided_by TEXT NOT NULL DEFAULT '',
            decided_at REAL NOT NULL DEFAULT 0, PRIMARY KEY (dataset_id, place)
        ) STRICT, WITHOUT ROWID;
        """,
    )

"""The tables of the first release."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m001_first_release(database: Database) -> None:
    """Inbox, datasets, jobs, models, asks, outbox, audit."""
    run(
        database,
        """
        CREATE TABLE inbox (
            key TEXT PRIMARY KEY, received_at REAL NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE datasets (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL,
            file_id TEXT NOT NULL, name TEXT NOT NULL, thread_ts TEXT NOT NULL, report_ts TEXT NOT NULL,
            status TEXT NOT NULL, problem TEXT NOT NULL, created_at REAL NOT NULL, report TEXT,
            lease_until REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
            UNIQUE (team, channel, file_id)
        ) STRICT;
        CREATE INDEX datasets_by_channel ON datasets (team, channel, created_at);
        CREATE INDEX datasets_to_read ON datasets (lease_until) WHERE report_ts = '' AND status != 'unusable';

        CREATE TABLE jobs (
            op_id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL,
            thread_ts TEXT NOT NULL, card_ts TEXT NOT NULL, dataset_id TEXT NOT NULL, dataset_name TEXT NOT NULL,
            base_model TEXT NOT NULL, plan TEXT NOT NULL, train_tokens INTEGER NOT NULL, created_at REAL NOT NULL,
            remote_id TEXT NOT NULL DEFAULT '', progress TEXT NOT NULL, cost_microusd INTEGER, evaluation TEXT,
            training_file TEXT NOT NULL DEFAULT '', validation_file TEXT NOT NULL DEFAULT '',
            last_event TEXT NOT NULL DEFAULT '', cancel_by TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL, next_poll_at REAL NOT NULL, lease_until REAL NOT NULL DEFAULT 0,
            fence INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, fails INTEGER NOT NULL DEFAULT 0,
            poll_interval_s REAL NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX jobs_due ON jobs (next_poll_at) WHERE state != 'done';
        CREATE INDEX jobs_by_channel ON jobs (team, channel, created_at);
        CREATE INDEX jobs_by_user ON jobs (team, user, created_at);
        CREATE UNIQUE INDEX jobs_by_remote ON jobs (remote_id) WHERE remote_id != '';

        CREATE TABLE models (
            name TEXT NOT NULL, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, op_id TEXT NOT NULL,
            value TEXT NOT NULL, created_at REAL NOT NULL, PRIMARY KEY (team, name)
        ) STRICT;
        CREATE TABLE channel_models (
            team TEXT NOT NULL, channel TEXT NOT NULL, model TEXT NOT NULL, set_by TEXT NOT NULL, set_at REAL NOT NULL,
            PRIMARY KEY (team, channel)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE asks (
            id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, text TEXT NOT NULL,
            model TEXT NOT NULL, response_url TEXT NOT NULL, thread_ts TEXT NOT NULL, asked_at REAL NOT NULL,
            answered_at REAL, answer TEXT
        ) STRICT;
        CREATE INDEX asks_open ON asks (asked_at) WHERE answered_at IS NULL;

        CREATE TABLE outbox (
            id TEXT PRIMARY KEY, op_id TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,
            channel TEXT NOT NULL, thread_ts TEXT NOT NULL, message TEXT NOT NULL, state TEXT NOT NULL,
            not_before REAL NOT NULL, lease_until REAL NOT NULL DEFAULT 0, first_try_at REAL, attempts INTEGER NOT NULL DEFAULT 0,
            ts TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX outbox_waiting ON outbox (not_before) WHERE state IN ('new', 'sending');
        CREATE INDEX outbox_by_job ON outbox (op_id, seq);

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at REAL NOT NULL, team TEXT NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,
            subject TEXT NOT NULL, details TEXT NOT NULL
        ) STRICT;
        """,
    )

"""People, channel settings, approvals, what months cost, and the channel of each audit row."""

from __future__ import annotations

from sqlite_utils import Database

from storage.migrations.script import run


def m002_people_and_money(database: Database) -> None:
    """People as Slack describes them, settings by channel, approvals, spending; audit rows find their channel."""
    run(
        database,
        """
        CREATE TABLE people (
            team TEXT NOT NULL, user TEXT NOT NULL, value TEXT NOT NULL, seen_at REAL NOT NULL, welcomed_at REAL,
            PRIMARY KEY (team, user)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE channel_settings (
            team TEXT NOT NULL, channel TEXT NOT NULL, value TEXT NOT NULL, changed_by TEXT NOT NULL,
            changed_at REAL NOT NULL, PRIMARY KEY (team, channel)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE approvals (
            op_id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, asked_by TEXT NOT NULL,
            approvers TEXT NOT NULL, amount_microusd INTEGER, limit_microusd INTEGER NOT NULL,
            asked_at REAL NOT NULL, expires_at REAL NOT NULL, outcome TEXT NOT NULL, decided_by TEXT NOT NULL DEFAULT '',
            decided_at REAL
        ) STRICT;
        CREATE INDEX approvals_waiting ON approvals (expires_at) WHERE outcome = 'waiting';

        CREATE TABLE spending (
            op_id TEXT PRIMARY KEY, team TEXT NOT NULL, channel TEXT NOT NULL, month TEXT NOT NULL,
            reserved_microusd INTEGER NOT NULL, spent_microusd INTEGER
        ) STRICT;
        CREATE INDEX spending_by_month ON spending (team, month, channel);

        ALTER TABLE audit ADD COLUMN channel TEXT NOT NULL DEFAULT '';
        UPDATE audit SET channel = COALESCE(json_extract(details, '$.channel'),
            (SELECT channel FROM jobs WHERE op_id = subject), '');
        CREATE INDEX audit_by_channel ON audit (team, channel, id)
        """,
    )

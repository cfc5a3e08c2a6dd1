"""Fine-tuned models, and which of them a channel uses."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.domain import FineTunedModel
from storage import audit
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database


def add(connection: sqlite3.Connection, model: FineTunedModel) -> None:
    """Store a trained model, part of the caller's transaction; a channel without a model of its own gets this one."""
    connection.execute(
        "INSERT OR REPLACE INTO models (name, team, channel, user, op_id, value, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            model.name,
            model.team,
            model.channel,
            model.user,
            model.op_id,
            to_json(model),
            to_seconds(model.created_at),
        ),
    )
    connection.execute(
        "INSERT OR IGNORE INTO channel_models (team, channel, model, set_by, set_at) VALUES (?, ?, ?, ?, ?)",
        (model.team, model.channel, model.name, model.user, to_seconds(model.created_at)),
    )


class ModelRows:
    """The team's trained models."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, team: str, name: str) -> FineTunedModel | None:
        """The model of that name, or None."""
        found = await self._select("WHERE team = ? AND name = ?", (team, name))
        return found[0] if found else None

    async def of_channel(self, team: str, channel: str) -> FineTunedModel | None:
        """The model that /classify uses in this channel, or None."""
        found = await self._select(
            "WHERE team = ? AND name = (SELECT model FROM channel_models WHERE team = ? AND channel = ?)",
            (team, team, channel),
        )
        return found[0] if found else None

    async def of_team(self, team: str, *, limit: int = 50) -> list[FineTunedModel]:
        """The team's models, newest first."""
        return await self._select("WHERE team = ? ORDER BY created_at DESC LIMIT ?", (team, limit))

    async def use_in_channel(self, model: FineTunedModel, *, channel: str, user: str, now: datetime) -> None:
        """Make this the channel's model."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO channel_models (team, channel, model, set_by, set_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (team, channel) DO UPDATE SET model = excluded.model, set_by = excluded.set_by,"
                " set_at = excluded.set_at",
                (model.team, channel, model.name, user, to_seconds(now)),
            )
            audit.record(
                connection,
                now=now,
                team=model.team,
                user=user,
                action="use",
                subject=model.name,
                details={"channel": channel},
            )

        await self._database.write(work)

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[FineTunedModel]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT value FROM models {where}", parameters).fetchall()
        )
        return [from_json(row["value"], FineTunedModel) for row in rows]

"""Fine-tuned models, and which of them a channel uses."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
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
        """The model of that name, or None; one that was deleted is not found.

        A checkpoint's name gives the model of its job under that name: it is asked the same way.
        """
        found = await self._select("WHERE team = ? AND name = ? AND deleted_at IS NULL", (team, name))
        return found[0] if found else await self._checkpoint(team, name)

    async def _checkpoint(self, team: str, name: str) -> FineTunedModel | None:
        found = await self._select(
            "WHERE team = ? AND deleted_at IS NULL AND op_id IN (SELECT op_id FROM jobs, json_each(progress, '$.checkpoints')"
            " AS point WHERE jobs.team = ? AND json_extract(point.value, '$.model') = ?)",
            (team, team, name),
        )
        return replace(found[0], name=name, title="", accuracy=None) if found and name else None

    async def find(self, team: str, name: str) -> FineTunedModel | None:
        """The model of that name or title, case aside; the newest of that title, or None."""
        found = await self.get(team, name)
        if found is not None:
            return found
        wanted = name.strip().casefold()
        every = await self.of_team(team, limit=1000)
        return next(
            (model for model in every if wanted in (model.title.casefold(), model.name.casefold())), None
        )

    async def remembered(self, team: str, name: str) -> FineTunedModel | None:
        """The model of that name, deleted or not, or None: for telling where something came from."""
        found = await self._select("WHERE team = ? AND name = ?", (team, name))
        return found[0] if found else None

    async def of_channel(self, team: str, channel: str) -> FineTunedModel | None:
        """The model that /classify uses in this channel, or None."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT model FROM channel_models WHERE team = ? AND channel = ?", (team, channel)
            ).fetchone()
        )
        return await self.get(team, row["model"]) if row else None

    async def of_team(self, team: str, *, limit: int = 50) -> list[FineTunedModel]:
        """The team's models, newest first."""
        return await self._select(
            "WHERE team = ? AND deleted_at IS NULL ORDER BY created_at DESC LIMIT ?", (team, limit)
        )

    async def trained_in(self, team: str, channel: str, *, limit: int = 50) -> list[FineTunedModel]:
        """The models that were trained in this channel, newest first."""
        return await self._select(
            "WHERE team = ? AND channel = ? AND deleted_at IS NULL ORDER BY created_at DESC LIMIT ?",
            (team, channel, limit),
        )

    async def of_dataset(self, team: str, dataset_id: str) -> list[FineTunedModel]:
        """The models that were trained on a dataset, oldest first, deleted ones included."""
        return await self._select(
            "WHERE team = ? AND json_extract(value, '$.dataset_id') = ? ORDER BY created_at",
            (team, dataset_id),
        )

    async def channels_of(self, team: str, name: str) -> list[str]:
        """The channels that use a model."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT channel FROM channel_models WHERE team = ? AND model = ? ORDER BY channel",
                (team, name),
            ).fetchall()
        )
        return [row["channel"] for row in rows]

    async def rename(self, model: FineTunedModel, title: str, *, user: str, now: datetime) -> FineTunedModel:
        """Give a model another title; "" takes it away."""
        renamed = replace(model, title=title)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE models SET value = ? WHERE team = ? AND name = ?",
                (to_json(renamed), model.team, model.name),
            )
            audit.record(connection, now=now, team=model.team, user=user, action="rename", subject=model.name)

        await self._database.write(work)
        return renamed

    async def delete(self, model: FineTunedModel, *, user: str, now: datetime) -> None:
        """Forget a model: no list shows it and no channel uses it any more. Its row stays, for the lineage of others."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE models SET deleted_at = ? WHERE team = ? AND name = ?",
                (to_seconds(now), model.team, model.name),
            )
            connection.execute(
                "DELETE FROM channel_models WHERE team = ? AND model = ?", (model.team, model.name)
            )
            audit.record(connection, now=now, team=model.team, user=user, action="delete", subject=model.name)

        await self._database.write(work)

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

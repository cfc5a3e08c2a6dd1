"""What only the App Home asks for: the models in use by channel, and the label queues that are not done."""

from __future__ import annotations

from bot.domain import FineTunedModel
from storage.codec import from_json
from storage.database import Database


class HomeRows:
    """Questions across the tables of other stories; nothing is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channel_models(self, team: str, *, limit: int) -> list[tuple[str, FineTunedModel]]:
        """(channel, the model it uses), the latest choice first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT used.channel, models.value FROM channel_models AS used JOIN models"
                " ON models.team = used.team AND models.name = used.model"
                " WHERE used.team = ? AND models.deleted_at IS NULL ORDER BY used.set_at DESC LIMIT ?",
                (team, limit),
            ).fetchall()
        )
        return [(row["channel"], from_json(row["value"], FineTunedModel)) for row in rows]

    async def open_queues(self, team: str, *, limit: int) -> list[tuple[str, int]]:
        """(dataset id, cards nobody has decided on), the newest queue first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT queue.dataset_id, COUNT(*) AS cards FROM label_queues AS queue"
                " JOIN label_cards AS card ON card.dataset_id = queue.dataset_id AND card.verdict = ''"
                " JOIN datasets ON datasets.id = queue.dataset_id AND datasets.status = 'ready'"
                " WHERE datasets.team = ? AND queue.version_id = '' GROUP BY queue.dataset_id"
                " ORDER BY queue.opened_at DESC LIMIT ?",
                (team, limit),
            ).fetchall()
        )
        return [(row["dataset_id"], row["cards"]) for row in rows]

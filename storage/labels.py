"""Labels to look at: one queue a dataset, a card for each row whose label looks wrong, and what people decided."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bot.domain import LabelCard, LabelQueue, LabelVerdict, Suspect
from storage.codec import from_json, to_json, to_seconds
from storage.database import Database


class LabelRows:
    """The queues of every dataset."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, dataset_id: str, suspects: Sequence[Suspect], *, user: str, now: datetime) -> None:
        """Store a queue with its cards; one that is there already stays as it is."""

        def work(connection: sqlite3.Connection) -> None:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO label_queues (dataset_id, opened_by, opened_at) VALUES (?, ?, ?)",
                (dataset_id, user, to_seconds(now)),
            )
            if cursor.rowcount:
                connection.executemany(
                    "INSERT INTO label_cards (dataset_id, place, suspect) VALUES (?, ?, ?)",
                    [(dataset_id, place, to_json(suspect)) for place, suspect in enumerate(suspects, 1)],
                )

        await self._database.write(work)

    async def queue(self, dataset_id: str) -> LabelQueue | None:
        """The dataset's queue as it stands, or None."""

        def work(connection: sqlite3.Connection) -> LabelQueue | None:
            row = connection.execute(
                "SELECT * FROM label_queues WHERE dataset_id = ?", (dataset_id,)
            ).fetchone()
            if row is None:
                return None
            cards = connection.execute(
                "SELECT * FROM label_cards WHERE dataset_id = ? ORDER BY place", (dataset_id,)
            )
            return LabelQueue(
                dataset_id=dataset_id,
                cards=tuple(_card(card) for card in cards),
                card_ts=row["card_ts"],
                opened_by=row["opened_by"],
                version_id=row["version_id"],
            )

        return await self._database.read(work)

    async def decide(self, dataset_id: str, card: LabelCard, *, now: datetime) -> bool:
        """Store what the card says; False when somebody decided on it before, or the queue was saved."""
        values = (card.verdict, card.label, card.decided_by, to_seconds(now), dataset_id, card.place)
        return await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE label_cards SET verdict = ?, label = ?, decided_by = ?, decided_at = ?"
                    " WHERE dataset_id = ? AND place = ? AND verdict = '' AND EXISTS (SELECT 1 FROM label_queues"
                    "  WHERE label_queues.dataset_id = label_cards.dataset_id AND version_id = '')",
                    values,
                ).rowcount
                == 1
            )
        )

    async def undo(self, dataset_id: str) -> bool:
        """Take back the decision made last; False when there is none, or the queue was saved."""
        return await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE label_cards SET verdict = '', label = '', decided_by = '', decided_at = 0"
                    " WHERE dataset_id = ? AND place = (SELECT place FROM label_cards WHERE dataset_id = ?"
                    "  AND verdict != '' ORDER BY decided_at DESC, place DESC LIMIT 1)"
                    " AND EXISTS (SELECT 1 FROM label_queues WHERE dataset_id = ? AND version_id = '')",
                    (dataset_id, dataset_id, dataset_id),
                ).rowcount
                == 1
            )
        )

    async def note_card(self, dataset_id: str, card_ts: str) -> None:
        """Remember where the card is."""
        await self._set(dataset_id, "card_ts", card_ts)

    async def close(self, dataset_id: str, version_id: str) -> None:
        """Remember the version that was made of the decisions; from now on there are no more."""
        await self._set(dataset_id, "version_id", version_id)

    async def forget(self, dataset_id: str) -> None:
        """Drop a queue that no version was made of: its rows are no longer what was looked at."""

        def work(connection: sqlite3.Connection) -> None:
            dropped = connection.execute(
                "DELETE FROM label_queues WHERE dataset_id = ? AND version_id = ''", (dataset_id,)
            )
            if dropped.rowcount:
                connection.execute("DELETE FROM label_cards WHERE dataset_id = ?", (dataset_id,))

        await self._database.write(work)

    async def _set(self, dataset_id: str, column: str, value: str) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                f"UPDATE label_queues SET {column} = ? WHERE dataset_id = ?", (value, dataset_id)
            )
        )


def _card(row: sqlite3.Row) -> LabelCard:
    return LabelCard(
        place=row["place"],
        suspect=from_json(row["suspect"], Suspect),
        verdict=LabelVerdict(row["verdict"]) if row["verdict"] else None,
        label=row["label"],
        decided_by=row["decided_by"],
    )

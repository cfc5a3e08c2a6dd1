"""Test predictions: each row that a model was asked about, kept as it comes, so that a kill costs a few questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.domain import Prediction
from storage.codec import from_json, to_json
from storage.database import Database

Shown = tuple[tuple[str, float], ...]


class ResultRows:
    """Predictions by subject: a job's `op_id`, or a comparison's model."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, subject: str, predictions: Sequence[Prediction]) -> None:
        """Keep predictions; a line that is there already stays as it is."""
        rows = [
            (
                subject,
                one.line,
                one.label,
                one.predicted,
                to_json(one.probabilities),
                one.latency_ms,
                int(one.approximate),
            )
            for one in predictions
        ]
        await self._database.write(
            lambda connection: connection.executemany(
                "INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?)", rows
            )
        )

    async def of(self, subject: str) -> list[Prediction]:
        """The subject's predictions in the order of the test file."""
        return await self._database.read(
            lambda connection: [
                _prediction(row)
                for row in connection.execute(
                    "SELECT * FROM predictions WHERE subject = ? ORDER BY line", (subject,)
                )
            ]
        )

    async def forget(self, subject: str) -> None:
        """Drop the subject's predictions."""
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM predictions WHERE subject = ?", (subject,))
        )


def _prediction(row: sqlite3.Row) -> Prediction:
    return Prediction(
        line=row["line"],
        label=row["label"],
        predicted=row["predicted"],
        probabilities=from_json(row["probabilities"], Shown),
        latency_ms=row["latency_ms"],
        approximate=bool(row["approximate"]),
    )

"""What people said of answers: one word a person and answer, the newer one replacing the older."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.domain import Feedback, Gathered, Verdict
from storage.codec import to_datetime, to_seconds
from storage.database import Database

_COLUMNS = "ask_id, user, team, channel, model, text, answer, verdict, correct, at"
PAIRS = 10
NEWEST = 5


class FeedbackRows:
    """The team's feedback."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, said: Feedback) -> None:
        """Keep a person's word on an answer; what that person said of it before is replaced."""
        values = (
            said.ask_id,
            said.user,
            said.team,
            said.channel,
            said.model,
            said.text,
            said.answer,
            said.verdict,
            said.correct,
            to_seconds(said.at),
        )
        await self._database.write(
            lambda connection: connection.execute(
                f"INSERT INTO feedback ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (ask_id, user) DO UPDATE SET verdict = excluded.verdict, correct = excluded.correct,"
                " at = excluded.at, used_in = ''",
                values,
            )
        )

    async def of_ask(self, ask_id: str) -> list[Feedback]:
        """What was said of one answer, the first word first."""
        return await self._select("WHERE ask_id = ? ORDER BY at", (ask_id,))

    async def used_in(self, dataset_id: str) -> list[Feedback]:
        """The corrections that a dataset was made with."""
        return await self._select("WHERE used_in = ? ORDER BY at", (dataset_id,))

    async def gathered(self, team: str, model: str) -> Gathered:
        """Everything that has come together about one model."""
        counts = await self._database.read(
            lambda connection: connection.execute(
                "SELECT SUM(verdict = 'right') AS right, SUM(verdict = 'wrong') AS wrong, COUNT(DISTINCT user) AS people"
                " FROM feedback WHERE team = ? AND model = ?",
                (team, model),
            ).fetchone()
        )
        pairs = await self._database.read(
            lambda connection: connection.execute(
                "SELECT answer, correct, COUNT(*) AS times FROM feedback WHERE team = ? AND model = ?"
                " AND verdict = 'wrong' AND correct != '' GROUP BY answer, correct ORDER BY times DESC, answer, correct"
                " LIMIT ?",
                (team, model, PAIRS),
            ).fetchall()
        )
        newest = await self._select(
            "WHERE team = ? AND model = ? ORDER BY at DESC LIMIT ?", (team, model, NEWEST)
        )
        return Gathered(
            model=model,
            right=counts["right"] or 0,
            wrong=counts["wrong"] or 0,
            people=counts["people"],
            pairs=tuple((row["answer"], row["correct"], row["times"]) for row in pairs),
            waiting=tuple(await self.waiting(team, model)),
            newest=tuple(newest),
        )

    async def waiting(self, team: str, model: str) -> list[Feedback]:
        """Corrections that no dataset has yet, oldest first; of several words on one text the newest counts."""
        found = await self._select(
            "WHERE team = ? AND model = ? AND used_in = '' AND correct != '' ORDER BY at", (team, model)
        )
        return list({said.text: said for said in found}.values())

    async def mark_used(self, corrections: Sequence[Feedback], dataset_id: str) -> None:
        """These corrections, and older words on the same texts, are in that dataset now."""

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE feedback SET used_in = ? WHERE team = ? AND model = ? AND text = ? AND at <= ? AND used_in = ''"
                " AND correct != ''",
                [(dataset_id, one.team, one.model, one.text, to_seconds(one.at)) for one in corrections],
            )

        await self._database.write(work)

    async def release(self, dataset_id: str) -> None:
        """The dataset came to nothing: its corrections wait again."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE feedback SET used_in = '' WHERE used_in = ?", (dataset_id,)
            )
        )

    async def models_with_any(self, team: str) -> list[str]:
        """Names of the models that something was said of, the newest word first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT model FROM feedback WHERE team = ? GROUP BY model ORDER BY MAX(at) DESC LIMIT 20",
                (team,),
            ).fetchall()
        )
        return [row["model"] for row in rows]

    async def _select(self, where: str, parameters: tuple[object, ...]) -> list[Feedback]:
        rows = await self._database.read(
            lambda connection: connection.execute(f"SELECT * FROM feedback {where}", parameters).fetchall()
        )
        return [_feedback(row) for row in rows]


def _feedback(row: sqlite3.Row) -> Feedback:
    return Feedback(
        ask_id=row["ask_id"],
        user=row["user"],
        team=row["team"],
        channel=row["channel"],
        model=row["model"],
        text=row["text"],
        answer=row["answer"],
        verdict=Verdict(row["verdict"]),
        correct=row["correct"],
        at=to_datetime(row["at"]),
        used_in=row["used_in"],
    )

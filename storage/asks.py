"""Questions put to models: kept from before the ack until the answer is posted, so that a crash loses none."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from bot.domain import Answer, Question, Wants
from storage import inbox
from storage.codec import from_json, to_datetime, to_json, to_seconds
from storage.database import Database


class Asks:
    """Questions and their answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, question: Question, *, delivery: str) -> bool:
        """Store a question; False when this delivery was already taken."""

        def work(connection: sqlite3.Connection) -> bool:
            if not inbox.accept(connection, delivery, question.asked_at):
                return False
            connection.execute(
                "INSERT INTO asks (id, team, channel, user, text, model, response_url, thread_ts, asked_at,"
                " wants, private, top) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    question.id,
                    question.team,
                    question.channel,
                    question.user,
                    question.text,
                    question.model,
                    question.response_url,
                    question.thread_ts,
                    to_seconds(question.asked_at),
                    question.wants,
                    question.private,
                    question.top,
                ),
            )
            return True

        return await self._database.write(work)

    async def keep_answer(self, question_id: str, answer: Answer) -> None:
        """Keep what is about to be posted: whoever reads it may press a button under it at once."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE asks SET answer = ? WHERE id = ?", (to_json(answer), question_id)
            )
        )

    async def mark_answered(self, question_id: str, now: datetime) -> None:
        """The person has the answer, or a message why there is none."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE asks SET answered_at = ? WHERE id = ?", (to_seconds(now), question_id)
            )
        )

    async def get(self, question_id: str) -> tuple[Question, Answer | None] | None:
        """A question with its answer, if it has one yet; None when there is no such question."""
        row = await self._database.read(
            lambda connection: connection.execute(
                "SELECT * FROM asks WHERE id = ?", (question_id,)
            ).fetchone()
        )
        if row is None:
            return None
        return _question(row), None if row["answer"] is None else from_json(row["answer"], Answer)

    async def unanswered(self, *, now: datetime, within: timedelta) -> list[Question]:
        """Questions asked before `now` but within that time, not answered yet, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT * FROM asks WHERE answered_at IS NULL AND asked_at BETWEEN ? AND ? ORDER BY asked_at",
                (to_seconds(now - within), to_seconds(now)),
            ).fetchall()
        )
        return [_question(row) for row in rows]


def _question(row: sqlite3.Row) -> Question:
    return Question(
        id=row["id"],
        team=row["team"],
        channel=row["channel"],
        user=row["user"],
        text=row["text"],
        model=row["model"],
        response_url=row["response_url"],
        thread_ts=row["thread_ts"],
        asked_at=to_datetime(row["asked_at"]),
        wants=Wants(row["wants"]),
        private=bool(row["private"]),
        top=row["top"],
    )

"""Slack as a list of messages, with failures to order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.domain import Thread
from bot.errors import SlackError
from bot.ports import Message


@dataclass
class Posted:
    """One message as it stands."""

    thread: Thread
    ts: str
    message: Message
    outbox_id: str = ""
    edits: int = 0


@dataclass
class RecordingNotifier:
    """Remembers everything; `failures` are raised by the next posts or edits, `lose` ones after having happened."""

    posts: list[Posted] = field(default_factory=list)
    whispers: list[tuple[str, str, Message]] = field(default_factory=list)
    responses: list[tuple[str, Message, bool]] = field(default_factory=list)
    replaced: list[tuple[str, Message]] = field(default_factory=list)
    reactions: list[tuple[Thread, str]] = field(default_factory=list)
    uploads: list[tuple[Thread, str]] = field(default_factory=list)
    failures: list[SlackError] = field(default_factory=list)
    lost_answers: list[SlackError] = field(default_factory=list)
    lookups: int = 0
    gone: dict[str, str] = field(default_factory=dict)
    """{channel: Slack's error} for channels that take nothing any more."""
    broadcasts: list[str] = field(default_factory=list)
    _count: int = 0

    def delete(self, ts: str) -> None:
        """Somebody deletes that message: it can be edited no more."""
        self.posts = [posted for posted in self.posts if posted.ts != ts]

    def _check(self, channel: str) -> None:
        if channel in self.gone:
            raise SlackError(f"Slack refused: {self.gone[channel]}", code=self.gone[channel])

    async def post(
        self, thread: Thread, message: Message, *, outbox_id: str = "", broadcast: bool = False
    ) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self._check(thread.channel)
        self._count += 1
        posted = Posted(thread, f"{999 + self._count}.000100", message, outbox_id)
        self.posts.append(posted)
        if broadcast:
            self.broadcasts.append(posted.ts)
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return posted.ts

    async def edit(self, place: Thread, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self._check(place.channel)
        posted = next((posted for posted in self.posts if posted.ts == place.ts), None)
        if posted is None:
            raise SlackError("Slack refused chat.update", code="message_not_found")
        posted.message = message
        posted.edits += 1

    async def find(self, thread: Thread, *, outbox_id: str, since: datetime) -> str | None:
        self.lookups += 1
        if any(outbox_id == block.get("block_id") for _, said, _ in self.responses for block in said.blocks):
            return "2000.000100"
        return next((posted.ts for posted in self.posts if posted.outbox_id == outbox_id), None)

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str = "") -> None:
        self._check(channel)
        self.whispers.append((channel, user, message))

    async def respond(
        self, response_url: str, message: Message, *, in_channel: bool, replace: bool = False
    ) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.responses.append((response_url, message, in_channel))
        if replace:
            self.replaced.append((response_url, message))

    async def direct(self, user: str) -> str:
        return f"D-{user}"

    async def react(self, place: Thread, emoji: str) -> None:
        self.reactions.append((place, emoji))

    async def upload(
        self, thread: Thread, path: Path, *, name: str, title: str, alt_text: str = "", comment: str = ""
    ) -> None:
        self._check(thread.channel)
        self.uploads.append((thread, name))

    @property
    def texts(self) -> list[str]:
        """The text of every message, in the order of their first posting."""
        return [posted.message.text for posted in self.posts]

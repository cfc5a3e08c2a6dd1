"""The messages of every channel: what was said, edited, deleted and reacted to; it tells nobody about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]
EPHEMERALS_KEPT = 200
_TS = re.compile(r"\d{1,12}\.\d{6}")


def is_ts(value: str) -> bool:
    """Does this look like a message timestamp, such as 1700000000.000100?"""
    return _TS.fullmatch(value) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message as it stands; an edit makes a new value. JSON parts are never changed in place."""

    channel: str
    ts: str
    user: str
    text: str
    bot_id: str | None = None
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    files: tuple[str, ...] = ()
    thread_ts: str | None = None
    reply_broadcast: bool = False
    subtype: str | None = None
    metadata: Json | None = None
    username: str | None = None
    edited_by: str | None = None
    edited_ts: str | None = None
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_tombstone: bool = False
    ephemeral_for: str | None = None
    state: Json = field(default_factory=dict)

    @property
    def ephemeral_id(self) -> str | None:
        """The handle of a message that only one person sees; None for the others."""
        return f"E{self.ts.replace('.', '')}" if self.ephemeral_for else None

    @property
    def is_reply(self) -> bool:
        """Does it stand in a thread, below its parent?"""
        return self.thread_ts is not None and self.thread_ts != self.ts


class MessageBook:
    """Messages by channel and ts; a dict keeps ts order because ts only grow."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, Message]] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._ephemerals: dict[str, Message] = {}
        self._last_micros = 0

    def next_ts(self, now: float) -> str:
        """A new ts, later than every earlier one in any channel."""
        self._last_micros = max(self._last_micros + 1, int(now * 1_000_000))
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def get(self, channel: str, ts: str) -> Message | None:
        """The message that everybody in the channel sees, or None."""
        return self._channels.get(channel, {}).get(ts)

    def put(self, message: Message) -> None:
        """Add a message or the new state of one."""
        channel = self._channels.setdefault(message.channel, {})
        if message.ts not in channel and message.is_reply:
            self._replies.setdefault((message.channel, message.thread_ts or ""), []).append(message.ts)
        channel[message.ts] = message
        whole, _, fraction = message.ts.partition(".")
        self._last_micros = max(self._last_micros, int(whole) * 1_000_000 + int(fraction))

    def remove(self, message: Message) -> Message | None:
        """Take a message away; a thread's parent stays as a tombstone, which is then returned."""
        if self.replies(message.channel, message.ts):
            tombstone = replace(
                message,
                text="This message was deleted.",
                blocks=(),
                attachments=(),
                files=(),
                reactions=(),
                metadata=None,
                user="USLACKBOT",
                bot_id=None,
                subtype="tombstone",
                is_tombstone=True,
            )
            self.put(tombstone)
            return tombstone
        del self._channels[message.channel][message.ts]
        if message.is_reply:
            self._replies[(message.channel, message.thread_ts or "")].remove(message.ts)
        return None

    def in_channel(self, channel: str) -> list[Message]:
        """Every message of the channel, thread replies included, oldest first."""
        return list(self._channels.get(channel, {}).values())

    def newest_first(self, channel: str) -> Iterator[Message]:
        """The channel's messages, newest first, without building a list."""
        return reversed(self._channels.get(channel, {}).values())

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """The replies in a thread, oldest first, without the parent."""
        messages = self._channels.get(channel, {})
        return [messages[ts] for ts in self._replies.get((channel, thread_ts), ())]

    def put_ephemeral(self, message: Message) -> None:
        """Add or change a message that one person sees; only the newest ones are kept."""
        self._ephemerals[message.ephemeral_id or ""] = message
        while len(self._ephemerals) > EPHEMERALS_KEPT:
            del self._ephemerals[next(iter(self._ephemerals))]

    def ephemeral(self, ephemeral_id: str) -> Message | None:
        """The live ephemeral message of that handle, or None."""
        return self._ephemerals.get(ephemeral_id)

    def remove_ephemeral(self, message: Message) -> None:
        """Take an ephemeral message away."""
        self._ephemerals.pop(message.ephemeral_id or "", None)

    def ephemerals(self, channel: str, user: str) -> list[Message]:
        """What this person alone sees in the channel, oldest first."""
        return [m for m in self._ephemerals.values() if (m.channel, m.ephemeral_for) == (channel, user)]

"""The workspace as a whole: its parts, who may do what in it, and the tasks that run behind a request."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.slack_server.archive import Archive
from local.slack_server.changes import ChangeLog
from local.slack_server.delivery import Deliveries
from local.slack_server.executions import Execution
from local.slack_server.files import Blobs, FileShelf, FolderBlobs, MemoryBlobs, StoredFile
from local.slack_server.grants import Grants
from local.slack_server.manifest import Manifest
from local.slack_server.messages import Message, MessageBook
from local.slack_server.people import (
    BOT_USER_ID,
    Channel,
    ChannelKind,
    User,
    seed_channels,
    seed_groups,
    seed_users,
)
from local.slack_server.ratelimits import RateLimits
from local.slack_server.records import Records
from local.slack_server.settings import Settings
from local.slack_server.sockets import SocketMode
from local.slack_server.upload_desk import UploadDesk
from local.slack_server.views import View, ViewDesk


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The app's tokens; fixed local ones unless the caller brings others."""

    bot_token: str = "xoxb-local-0000000000-tunesmith"  # noqa: S105 - opens nothing but this process
    app_token: str = "xapp-1-A0TUNESMITH-local-tunesmith"  # noqa: S105
    signing_secret: str = "local-signing-secret"  # noqa: S105
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))


class Workspace:
    """Everything that one running workspace knows. Use it from one event loop only."""

    def __init__(
        self,
        *,
        manifest: Manifest,
        tokens: Secrets | None = None,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.time,
        home: Path | None = None,
        with_optional_scopes: bool = True,
        extra_events: Iterable[str] = (),
        sample: Path | None = None,
    ) -> None:
        self.manifest = manifest
        self.tokens = tokens or Secrets()
        self.settings = settings or Settings()
        self.clock = clock
        self.sample = sample
        self.base_url = "http://127.0.0.1"
        optional = manifest.optional_scopes if with_optional_scopes else ()
        self.scopes = tuple(dict.fromkeys((*manifest.scopes, *optional)))
        self.subscriptions = frozenset((*manifest.bot_events, *extra_events))

        self.users = {user.id: user for user in seed_users(manifest.bot_name)}
        self.groups = {group.id: group for group in seed_groups()}
        self.channels = {channel.id: channel for channel in seed_channels(int(clock()))}
        self.messages = MessageBook()
        self.files = FileShelf(_blobs(home))
        self.views = ViewDesk()
        self.grants = Grants(clock)
        self.executions: dict[str, Execution] = {}
        self.changes = ChangeLog(clock)
        self.records = Records(clock)
        self.rate_limits = RateLimits(clock)
        self.uploads = UploadDesk()
        self.sockets = SocketMode(on_change=self.connection_changed)
        self.sockets.is_enabled = manifest.is_socket_mode
        self.deliveries = Deliveries(self.sockets, self.settings, self.records)
        self._tasks: set[asyncio.Task[None]] = set()
        self._was_connected = False
        self._archive = Archive(home / "workspace.sqlite3") if home else None
        if self._archive:
            self._archive.restore(self)

    def url(self, path: str) -> str:
        """The absolute URL of a path of this server."""
        return f"{self.base_url}/{path}"

    @property
    def is_connected(self) -> bool:
        """Can the app be reached right now?"""
        return self.deliveries.transport.is_connected

    def person(self, user_id: str) -> User | None:
        """The person of that id; the bot is no person."""
        user = self.users.get(user_id)
        return None if user is None or user.is_bot else user

    def direct_channel(self, user_id: str) -> Channel | None:
        """The direct message between this person and the bot."""
        return next((channel for channel in self.channels.values() if channel.user == user_id), None)

    def next_ts(self) -> str:
        """A timestamp for a new message."""
        return self.messages.next_ts(self.clock())

    def keep_message(self, message: Message) -> None:
        """Store a message's new state."""
        self.messages.put(message)
        self._mark("message", f"{message.channel}:{message.ts}", message)

    def drop_message(self, message: Message) -> Message | None:
        """Remove a message; returns the tombstone that a thread's parent leaves."""
        tombstone = self.messages.remove(message)
        self._mark("message", f"{message.channel}:{message.ts}", tombstone)
        return tombstone

    def keep_file(self, file: StoredFile) -> None:
        """Store a file's new state."""
        self.files.put(file)
        self._mark("file", file.id, file)

    def keep_channel(self, channel: Channel) -> None:
        """Store a channel's new state and tell the page."""
        self.channels[channel.id] = channel
        self._mark("channel", channel.id, channel)
        self.changes.add("channel", channel=channel_facts(channel))

    def keep_home(self, view: View) -> None:
        """Store the Home tab that the app published for a person."""
        self.views.put(view)
        self._mark("home", view.user, view)

    def set_bot_membership(self, channel: Channel, *, is_member: bool) -> None:
        """Let the bot into a channel, or put it out."""
        self.keep_channel(replace(channel, bot_is_member=is_member))

    def notice(self, user: str, channel: str, text: str) -> None:
        """What Slackbot would say to one person only."""
        self.changes.add("notice", user=user, channel=channel, text=text)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something behind the request; it is cancelled when the workspace closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def release(self) -> None:
        """Let every waiter go, stop what runs behind and close the sockets; requests may still come to their end."""
        self.changes.close()
        await self.deliveries.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Release everything, then write down what is to be kept."""
        await self.release()
        if self._archive:
            self._archive.close()
            self._archive = None

    def _mark(self, kind: str, key: str, value: object) -> None:
        if self._archive:
            self._archive.mark(kind, key, value)

    def connection_changed(self) -> None:
        """Tell the page when the app has come or gone; the transports call this."""
        if self._was_connected != self.is_connected:
            self._was_connected = self.is_connected
            self.changes.add("connection", connected=self.is_connected)


def channel_facts(channel: Channel) -> dict[str, Any]:
    """A channel as the control interface shows it."""
    facts: dict[str, Any] = {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "bot_is_member": channel.bot_is_member,
        "is_archived": channel.is_archived,
    }
    if channel.kind is ChannelKind.IM:
        facts["user"] = channel.user
    if channel.kind is ChannelKind.PRIVATE:
        facts["members"] = sorted(channel.members)
    return facts


def can_see(channel: Channel, user: str) -> bool:
    """May this person, or the bot, read the channel? Public ones are open to all people, not to the bot."""
    return channel.has(user) or (channel.kind is ChannelKind.CHANNEL and user != BOT_USER_ID)


def _blobs(home: Path | None) -> Blobs:
    return FolderBlobs(home / "files") if home else MemoryBlobs()

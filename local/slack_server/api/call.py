"""One Web API call on its way through a handler: arguments, workspace, and the look-ups that many methods share."""

from dataclasses import dataclass
from typing import Any

from local.slack_server.api.arguments import Arguments
from local.slack_server.api.errors import ApiError, missing_argument
from local.slack_server.messages import Message, is_ts
from local.slack_server.people import Channel, ChannelKind
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call by a token that was accepted and whose plain scopes were checked."""

    workspace: Workspace
    method: str
    args: Arguments

    def require_scope(self, *any_of: str) -> None:
        """Refuse with `missing_scope` unless one of the scopes is granted."""
        require_scope(self.workspace, *any_of)

    def visible_channel(self, name: str = "channel") -> Channel:
        """The conversation named by the argument, where the bot may know of it; `channel_not_found` else."""
        if not self.args.text(name):
            raise missing_argument(name)
        channel = find_channel(self.workspace, self.args.text(name))
        if channel is None or (channel.kind is not ChannelKind.CHANNEL and not channel.bot_is_member):
            raise ApiError("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """The conversation, which the bot must have joined and which must not be archived."""
        channel = self.visible_channel(name)
        if not channel.bot_is_member:
            raise ApiError("not_in_channel")
        if channel.is_archived:
            raise ApiError("is_archived")
        if channel.kind is ChannelKind.IM and not self.workspace.manifest.has_messages_tab:
            raise ApiError("messages_tab_disabled")
        return channel

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """The message named by the argument; `message_not_found` where there is none."""
        ts = self.args.needed(name)
        message = self.workspace.messages.get(channel.id, ts)
        if message is None or message.is_tombstone:
            raise ApiError("message_not_found")
        return message

    def thread_ts(self, channel: Channel) -> str | None:
        """The thread to answer in; `invalid_thread_ts`, `thread_not_found` or `cannot_reply_to_message`."""
        thread_ts = self.args.text("thread_ts")
        if not thread_ts:
            return None
        if not is_ts(thread_ts):
            raise ApiError("invalid_thread_ts")
        parent = self.workspace.messages.get(channel.id, thread_ts)
        if parent is None:
            raise ApiError("thread_not_found")
        if parent.is_reply:
            raise ApiError("cannot_reply_to_message")
        return thread_ts


def require_scope(workspace: Workspace, *any_of: str) -> None:
    """`missing_scope`, with what is needed and what is provided, unless one of the scopes is granted."""
    if any_of and not any(scope in workspace.scopes for scope in any_of):
        raise ApiError("missing_scope", needed=",".join(any_of), provided=",".join(workspace.scopes))


def find_channel(workspace: Workspace, name: str) -> Channel | None:
    """The conversation by id, by #name, or by the id of the person whose direct message it is."""
    if name in workspace.channels:
        return workspace.channels[name]
    if name in workspace.users:
        return workspace.direct_channel(name)
    bare = name.removeprefix("#")
    return next((c for c in workspace.channels.values() if c.user is None and c.name == bare), None)

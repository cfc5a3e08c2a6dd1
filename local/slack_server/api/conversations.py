"""The conversations methods: what the bot may read about channels, their members, messages and threads."""

from typing import Any

from local.slack_server.api.call import Call, require_scope
from local.slack_server.api.errors import ApiError, missing_argument
from local.slack_server.api.pages import decode_cursor, encode_cursor, page
from local.slack_server.messages import Message, is_ts
from local.slack_server.people import BOT_USER_ID, Channel, ChannelKind
from local.slack_server.posting import invite_bot, remove_bot
from local.slack_server.rendering import api_channel, api_message

Json = dict[str, Any]
_KIND_OF_TYPE = {
    "public_channel": ChannelKind.CHANNEL,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.IM,
    "mpim": None,
}


async def info(call: Call) -> Json:
    """conversations.info."""
    channel = _scoped_channel(call, "read")
    document = api_channel(channel)
    if not call.args.flag("include_num_members"):
        document.pop("num_members", None)
    return {"channel": document}


async def history(call: Call) -> Json:
    """conversations.history: newest first, thread replies only where they were broadcast."""
    channel = _joined(_scoped_channel(call, "history"))
    found = [
        m for m in call.workspace.messages.newest_first(channel.id) if not m.is_reply or m.reply_broadcast
    ]
    messages, has_more, cursor = _window(call, found)
    return _messages(call, messages, has_more, cursor) | {"pin_count": 0}


async def replies(call: Call) -> Json:
    """conversations.replies: the parent first, then its replies, oldest first."""
    channel = _joined(_scoped_channel(call, "history"))
    parent = call.workspace.messages.get(channel.id, call.args.needed("ts"))
    if parent is None:
        raise ApiError("thread_not_found")
    if parent.is_reply:
        return _messages(call, [parent], False, "")
    found = [parent, *call.workspace.messages.replies(channel.id, parent.ts)]
    messages, has_more, cursor = _window(call, found)
    if parent not in messages:
        messages.insert(0, parent)
    return _messages(call, messages, has_more, cursor)


async def members(call: Call) -> Json:
    """conversations.members."""
    channel = _scoped_channel(call, "read")
    everybody = [*channel.members, *([BOT_USER_ID] if channel.bot_is_member else [])]
    ids, metadata = page(call.args, everybody)
    return {"members": ids, "response_metadata": metadata}


async def list_conversations(call: Call) -> Json:
    """conversations.list: the kinds asked for, each of which needs its own scope."""
    kinds = _kinds(call)
    channels = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind is ChannelKind.CHANNEL or channel.bot_is_member)
        and not (call.args.flag("exclude_archived") and channel.is_archived)
    ]
    found, metadata = page(call.args, channels)
    return {"channels": [api_channel(channel) for channel in found], "response_metadata": metadata}


async def users_conversations(call: Call) -> Json:
    """users.conversations: those the person, or the bot, is in."""
    user = call.args.text("user") or BOT_USER_ID
    if user not in call.workspace.users:
        raise ApiError("user_not_found")
    kinds = _kinds(call)
    channels = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and channel.has(user)
        and (channel.kind is ChannelKind.CHANNEL or channel.bot_is_member)
    ]
    found, metadata = page(call.args, channels)
    return {"channels": [api_channel(channel) for channel in found], "response_metadata": metadata}


async def open_conversation(call: Call) -> Json:
    """conversations.open: the direct message with one person; several people aren't modelled."""
    if call.args.text("channel"):
        channel = call.visible_channel()
    else:
        users = [user for user in call.args.text("users").split(",") if user]
        if not users:
            raise missing_argument("users")
        direct = call.workspace.direct_channel(users[0])
        if direct is None or len(users) > 1:
            raise ApiError("user_not_found" if direct is None else "too_many_users")
        channel = direct
    return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}


async def join(call: Call) -> Json:
    """conversations.join: public channels only."""
    channel = call.visible_channel()
    if channel.kind is not ChannelKind.CHANNEL:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.bot_is_member:
        return {"channel": api_channel(channel), "warning": "already_in_channel"}
    invite_bot(call.workspace, channel, BOT_USER_ID)
    return {"channel": api_channel(call.workspace.channels[channel.id])}


async def leave(call: Call) -> Json:
    """conversations.leave."""
    channel = call.visible_channel()
    if channel.kind is ChannelKind.IM:
        raise ApiError("method_not_supported_for_channel_type")
    if not channel.bot_is_member:
        return {"not_in_channel": True}
    remove_bot(call.workspace, channel)
    return {}


def _scoped_channel(call: Call, verb: str) -> Channel:
    channel = call.visible_channel()
    require_scope(call.workspace, f"{channel.kind.scope_prefix}:{verb}")
    return channel


def _joined(channel: Channel) -> Channel:
    if not channel.bot_is_member:
        raise ApiError("not_in_channel")
    return channel


def _kinds(call: Call) -> set[ChannelKind]:
    names = [name.strip() for name in call.args.text("types", "public_channel").split(",")]
    if not set(names) <= set(_KIND_OF_TYPE):
        raise ApiError("invalid_types")
    kinds = {kind for name in names if (kind := _KIND_OF_TYPE[name])}
    for kind in kinds:
        require_scope(call.workspace, f"{kind.scope_prefix}:read")
    return kinds


def _window(call: Call, found: list[Message]) -> tuple[list[Message], bool, str]:
    """The page of `found` within oldest..latest, after the cursor; whether more follows, and its cursor."""
    oldest, latest = _bound(call, "oldest", "invalid_ts_oldest"), _bound(call, "latest", "invalid_ts_latest")
    inclusive = call.args.flag("inclusive")

    def is_within(message: Message) -> bool:
        if inclusive and message.ts in (oldest, latest):
            return True
        return (not oldest or float(message.ts) > float(oldest)) and (
            not latest or float(message.ts) < float(latest)
        )

    within = [message for message in found if is_within(message)]
    place = decode_cursor(call.args)
    start = 0
    if place is not None:
        start = next((n for n, message in enumerate(within) if message.ts == place), -1)
        if start < 0:
            raise ApiError("invalid_cursor")
    limit = call.args.limit()
    rest = within[start + limit :]
    return within[start : start + limit], bool(rest), encode_cursor(rest[0].ts) if rest else ""


def _bound(call: Call, name: str, error: str) -> str:
    value = call.args.text(name)
    if value and not is_ts(value) and not value.replace(".", "", 1).isdecimal():
        raise ApiError(error)
    return "" if value in ("0", "now") else value


def _messages(call: Call, messages: list[Message], has_more: bool, cursor: str) -> Json:
    with_metadata = call.args.flag("include_all_metadata")
    documents = [api_message(call.workspace, m, with_metadata=with_metadata) for m in messages]
    answer: Json = {"messages": documents, "has_more": has_more}
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer

"""Saying, editing, deleting and reacting: each changes the book, tells the page, and tells the app what Slack would."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from local.slack_server.events import send_event, send_file_shared, send_message_event, send_new_message
from local.slack_server.files import Share, StoredFile
from local.slack_server.messages import Message
from local.slack_server.people import BOT_ID, BOT_USER_ID, Channel
from local.slack_server.rendering import api_message, control_message, reaction_list
from local.slack_server.settings import FileEventsOrder
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be said; blocks and attachments were checked before."""

    text: str
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    thread_ts: str | None = None
    reply_broadcast: bool = False
    metadata: Json | None = None
    username: str | None = None


def post_as_bot(
    workspace: Workspace, channel: Channel, draft: Draft, files: tuple[StoredFile, ...] = ()
) -> Message:
    """Post a message of the app's."""
    return _post(workspace, channel, draft, files, user=BOT_USER_ID, bot_id=BOT_ID)


def post_as_person(
    workspace: Workspace, channel: Channel, user: str, draft: Draft, files: tuple[StoredFile, ...] = ()
) -> Message:
    """Post a message of a person's, with the files they dropped."""
    return _post(workspace, channel, draft, files, user=user, bot_id=None)


def post_ephemeral(workspace: Workspace, channel: Channel, user: str, draft: Draft) -> Message:
    """Show one person a message of the app's that nobody else sees and nothing keeps."""
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        user=BOT_USER_ID,
        bot_id=BOT_ID,
        text=draft.text,
        blocks=draft.blocks,
        attachments=draft.attachments,
        thread_ts=draft.thread_ts,
        username=draft.username,
        ephemeral_for=user,
    )
    workspace.messages.put_ephemeral(message)
    workspace.changes.add("ephemeral", message=control_message(workspace, message))
    return message


def edit(workspace: Workspace, before: Message, after: Message, *, edited_by: str | None) -> Message:
    """Replace a message; `edited_by` marks it as edited, which Slack doesn't do for an update of blocks alone."""
    if edited_by:
        after = replace(after, edited_by=edited_by, edited_ts=workspace.next_ts())
    workspace.keep_message(after)
    workspace.changes.add("message_changed", message=control_message(workspace, after))
    event = {
        "subtype": "message_changed",
        "hidden": True,
        "message": api_message(workspace, after, with_metadata=True),
        "previous_message": api_message(workspace, before, with_metadata=True),
        "ts": workspace.next_ts(),
    }
    send_message_event(workspace, workspace.channels[after.channel], event | {"event_ts": event["ts"]})
    return after


def edit_ephemeral(workspace: Workspace, message: Message) -> Message:
    """Replace what one person sees."""
    workspace.messages.put_ephemeral(message)
    workspace.changes.add("ephemeral_changed", message=control_message(workspace, message))
    return message


def delete(workspace: Workspace, message: Message) -> None:
    """Take a message away; a thread's parent leaves a tombstone."""
    tombstone = workspace.drop_message(message)
    if tombstone:
        workspace.changes.add("message_changed", message=control_message(workspace, tombstone))
    else:
        workspace.changes.add("message_deleted", channel=message.channel, ts=message.ts)
    _forget_shares(workspace, message)
    event = {
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": message.ts,
        "previous_message": api_message(workspace, message, with_metadata=True),
        "ts": workspace.next_ts(),
    }
    send_message_event(workspace, workspace.channels[message.channel], event | {"event_ts": event["ts"]})


def delete_ephemeral(workspace: Workspace, message: Message) -> None:
    """Take away what one person sees."""
    workspace.messages.remove_ephemeral(message)
    workspace.changes.add(
        "ephemeral_deleted", channel=message.channel, ts=message.ts, ephemeral_id=message.ephemeral_id
    )


def set_reaction(workspace: Workspace, message: Message, user: str, name: str, *, present: bool) -> bool:
    """Add or take back one person's reaction; False where it was so already."""
    reactions = dict(message.reactions)
    users = reactions.get(name, ())
    if (user in users) == present:
        return False
    reactions[name] = (*users, user) if present else tuple(u for u in users if u != user)
    kept = tuple((name, users) for name, users in reactions.items() if users)
    changed = replace(message, reactions=kept)
    workspace.keep_message(changed)
    workspace.changes.add(
        "reaction", channel=message.channel, ts=message.ts, reactions=reaction_list(changed)
    )
    if workspace.channels[message.channel].bot_is_member:
        event = {
            "type": "reaction_added" if present else "reaction_removed",
            "user": user,
            "reaction": name,
            "item_user": message.user,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "event_ts": workspace.next_ts(),
        }
        send_event(workspace, event)
    return True


def invite_bot(workspace: Workspace, channel: Channel, inviter: str) -> None:
    """Let the bot into a channel."""
    if channel.bot_is_member:
        return
    workspace.set_bot_membership(channel, is_member=True)
    event = {
        "type": "member_joined_channel",
        "user": BOT_USER_ID,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": "T0LOCAL",
        "inviter": inviter,
        "event_ts": workspace.next_ts(),
    }
    send_event(workspace, event, scope=f"{channel.kind.scope_prefix}:read")


def remove_bot(workspace: Workspace, channel: Channel) -> None:
    """Put the bot out of a channel."""
    if not channel.bot_is_member:
        return
    workspace.set_bot_membership(channel, is_member=False)
    kind = "channel_left" if channel.kind == "channel" else "group_left"
    send_event(workspace, {"type": kind, "channel": channel.id, "event_ts": workspace.next_ts()})


def _post(
    workspace: Workspace,
    channel: Channel,
    draft: Draft,
    files: tuple[StoredFile, ...],
    *,
    user: str,
    bot_id: str | None,
) -> Message:
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        user=user,
        bot_id=bot_id,
        text=draft.text,
        blocks=draft.blocks,
        attachments=draft.attachments,
        files=tuple(file.id for file in files),
        thread_ts=draft.thread_ts,
        reply_broadcast=draft.reply_broadcast,
        subtype=_subtype(draft, files),
        metadata=draft.metadata,
        username=draft.username,
    )
    for file in files:
        share = Share(channel=channel.id, ts=message.ts, thread_ts=message.thread_ts, user=user)
        workspace.keep_file(replace(file, shares=(*file.shares, share)))
    workspace.keep_message(message)
    workspace.changes.add("message", message=control_message(workspace, message))
    _tell_app(workspace, channel, message)
    return message


def _subtype(draft: Draft, files: Iterable[StoredFile]) -> str | None:
    if tuple(files):
        return "file_share"
    return "thread_broadcast" if draft.reply_broadcast else None


def _tell_app(workspace: Workspace, channel: Channel, message: Message) -> None:
    is_message_first = workspace.settings.file_events_order is FileEventsOrder.MESSAGE_FIRST
    if is_message_first:
        send_new_message(workspace, channel, message)
    for file_id in message.files:
        send_file_shared(workspace, channel, file_id, message.user)
    if not is_message_first:
        send_new_message(workspace, channel, message)


def _forget_shares(workspace: Workspace, message: Message) -> None:
    for file_id in message.files:
        file = workspace.files.get(file_id)
        if file:
            shares = tuple(s for s in file.shares if (s.channel, s.ts) != (message.channel, message.ts))
            workspace.keep_file(replace(file, shares=shares))

"""How messages, files, users and channels look in Slack's answers and events, and in the control interface."""

from typing import Any

from local.slack_server.files import StoredFile
from local.slack_server.messages import Message
from local.slack_server.people import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID, Channel, ChannelKind, User
from local.slack_server.texts import rich_text_block
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


def api_message(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as conversations.history and the chat methods give it."""
    document: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": TEAM_ID,
    }
    if message.subtype:
        document["subtype"] = message.subtype
    if message.bot_id:
        document |= {"bot_id": message.bot_id, "app_id": APP_ID, "bot_profile": _bot_profile(workspace)}
    if message.blocks:
        document["blocks"] = list(message.blocks)
    elif message.text and not message.bot_id and not message.is_tombstone:
        document["blocks"] = [rich_text_block(message.text, f"rt{message.ts[-4:]}")]
    if message.attachments:
        document["attachments"] = list(message.attachments)
    if message.files:
        document["files"] = [_file_in_message(workspace, file_id) for file_id in message.files]
        document["upload"] = False
    _add_thread(workspace, message, document)
    if message.edited_ts:
        document["edited"] = {"user": message.edited_by, "ts": message.edited_ts}
    if message.reactions:
        document["reactions"] = reaction_list(message)
    if with_metadata and message.metadata:
        document["metadata"] = message.metadata
    return document


def event_message(workspace: Workspace, message: Message) -> Json:
    """A new message as its event carries it."""
    document = api_message(workspace, message, with_metadata=True)
    for key in ("reply_count", "reply_users_count", "reply_users", "latest_reply", "subscribed"):
        document.pop(key, None)
    if message.bot_id is None:
        document["client_msg_id"] = f"local-{message.ts}"
    return document


def control_message(workspace: Workspace, message: Message) -> Json:
    """A message as the page, the demo and tests read it."""
    user = workspace.users.get(message.user)
    document: Json = {
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "channel": message.channel,
        "user": None if message.bot_id else message.user,
        "bot_id": message.bot_id,
        "username": message.username
        or (user.name if user and not user.is_bot else workspace.manifest.bot_name),
        "text": message.text,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "files": [control_file(file) for file in map(workspace.files.get, message.files) if file],
        "reactions": reaction_list(message),
        "edited": {"user": message.edited_by, "ts": message.edited_ts} if message.edited_ts else None,
        "deleted": message.is_tombstone,
        "ephemeral_for": message.ephemeral_for,
        "ephemeral_id": message.ephemeral_id,
        "metadata": message.metadata,
        "reply_broadcast": message.reply_broadcast,
    }
    if message.subtype:
        document["subtype"] = message.subtype
    return document


def control_file(file: StoredFile) -> Json:
    """A file as the control interface shows it; `url` needs no token."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "size": file.size,
        "alt_txt": file.alt_txt,
        "is_image": file.is_image,
        "width": file.width,
        "height": file.height,
        "url": f"/control/file/{file.id}",
    }


def reaction_list(message: Message) -> list[Json]:
    """The message's reactions, first come first."""
    return [{"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions]


def api_file(workspace: Workspace, file: StoredFile) -> Json:
    """A Slack file object; until it is processed its type is empty and it has no shares."""
    if file.is_deleted:
        return {"id": file.id, "mode": "tombstone"}
    where = f"{TEAM_ID}-{file.id}"
    name = _url_name(file)
    document: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype if file.is_processed else "",
        "filetype": file.filetype if file.is_processed else "",
        "pretty_type": file.pretty_type if file.is_processed else "",
        "user": file.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(_kind(workspace, share.channel) is ChannelKind.CHANNEL for share in file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": workspace.url(f"files-pri/{where}/{name}"),
        "url_private_download": workspace.url(f"files-pri/{where}/download/{name}"),
        "permalink": workspace.url(f"files/{file.user}/{file.id}/{name}"),
        "comments_count": 0,
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "shares": _shares(workspace, file),
    }
    document |= _channel_lists(workspace, file)
    if file.is_image and file.is_processed:
        document |= {"alt_txt": file.alt_txt, "original_w": file.width, "original_h": file.height}
    return document


def api_user(user: User, *, include_locale: bool) -> Json:
    """A user as users.info gives it."""
    profile = {"real_name": user.real_name, "display_name": user.name, "team": user.team_id}
    document: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_primary_owner": user.is_admin,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if include_locale:
        document["locale"] = user.locale
    if user.is_bot:
        profile |= {"bot_id": BOT_ID, "api_app_id": APP_ID}
    return document


def api_channel(channel: Channel) -> Json:
    """A conversation as conversations.info gives it."""
    document: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.is_archived}
    if channel.kind is ChannelKind.IM:
        return document | {
            "is_im": True,
            "user": channel.user,
            "is_org_shared": False,
            "is_user_deleted": False,
        }
    is_private = channel.kind is ChannelKind.PRIVATE
    return document | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not is_private,
        "is_group": is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": is_private,
        "is_general": channel.name == "general",
        "is_member": channel.bot_is_member,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "creator": "U0LEAD",
        "context_team_id": TEAM_ID,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members) + channel.bot_is_member,
    }


def _bot_profile(workspace: Workspace) -> Json:
    return {
        "id": BOT_ID,
        "app_id": APP_ID,
        "user_id": BOT_USER_ID,
        "name": workspace.manifest.bot_name,
        "team_id": TEAM_ID,
        "deleted": False,
    }


def _add_thread(workspace: Workspace, message: Message, document: Json) -> None:
    if message.is_reply:
        parent = workspace.messages.get(message.channel, message.thread_ts or "")
        document |= {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else None}
        return
    replies = workspace.messages.replies(message.channel, message.ts)
    if replies:
        users = list(dict.fromkeys(reply.user for reply in replies))
        document |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "reply_users": users[:5],
            "latest_reply": replies[-1].ts,
        }


def _file_in_message(workspace: Workspace, file_id: str) -> Json:
    file = workspace.files.get(file_id)
    if file is None or file.is_deleted:
        return {"id": file_id, "mode": "tombstone"}
    document = api_file(workspace, file)
    return {
        key: value for key, value in document.items() if key not in ("shares", "channels", "groups", "ims")
    }


def _shares(workspace: Workspace, file: StoredFile) -> Json:
    shares: Json = {}
    for share in file.shares if file.is_processed else ():
        channel = workspace.channels[share.channel]
        if not channel.bot_is_member:
            continue
        group = "public" if channel.kind is ChannelKind.CHANNEL else "private"
        entry: Json = {
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
            "ts": share.ts,
            "channel_name": channel.name,
            "team_id": TEAM_ID,
            "share_user_id": share.user,
        }
        if share.thread_ts:
            entry["thread_ts"] = share.thread_ts
        shares.setdefault(group, {}).setdefault(channel.id, []).append(entry)
    return shares


def _channel_lists(workspace: Workspace, file: StoredFile) -> Json:
    lists: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    names = {ChannelKind.CHANNEL: "channels", ChannelKind.PRIVATE: "groups", ChannelKind.IM: "ims"}
    for share in file.shares if file.is_processed else ():
        if workspace.channels[share.channel].bot_is_member:
            target = lists[names[_kind(workspace, share.channel)]]
            if share.channel not in target:
                target.append(share.channel)
    return dict(lists)


def _kind(workspace: Workspace, channel_id: str) -> ChannelKind:
    return workspace.channels[channel_id].kind


def _url_name(file: StoredFile) -> str:
    # Slack writes names into URLs in lower case, with everything but letters, digits, dot, dash as underscore.
    return (
        "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in file.name.lower()) or "file"
    )

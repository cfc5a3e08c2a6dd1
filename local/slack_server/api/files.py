"""The files methods: looking files up, the three-step upload, and deletion."""

from typing import Any

from local.slack_server.api.call import Call, find_channel
from local.slack_server.api.errors import ApiError, invalid, missing_argument
from local.slack_server.api.pages import page
from local.slack_server.files import LARGEST_FILE_BYTES, StoredFile
from local.slack_server.people import BOT_USER_ID, Channel
from local.slack_server.posting import Draft, post_as_bot
from local.slack_server.rendering import api_file
from local.slack_server.settings import FileGuise
from local.slack_server.upload_desk import PendingUpload
from local.slack_server.uploads import complete, forget, process_later
from local.slack_server.workspace import Workspace, can_see

Json = dict[str, Any]


async def info(call: Call) -> Json:
    """files.info; a test may have asked for another mode or for empty shares."""
    file = _visible_file(call, call.args.needed("file"))
    if file.is_deleted:
        raise ApiError("file_deleted")
    document = api_file(call.workspace, file)
    guise = call.workspace.settings.take_file_guise()
    if guise:
        document = _disguised(document, guise)
    elif call.workspace.settings.take_empty_shares():
        document["shares"] = {}
    return {"file": document, "comments": [], "response_metadata": {"next_cursor": ""}}


async def list_files(call: Call) -> Json:
    """files.list: by channel or user, newest first."""
    channel, user = call.args.text("channel"), call.args.text("user")
    found = [
        file
        for file in reversed(call.workspace.files.all())
        if not file.is_deleted
        and _can_bot_see(call.workspace, file)
        and (not channel or any(share.channel == channel for share in file.shares))
        and (not user or file.user == user)
    ]
    files, _ = page(call.args, found)
    paging = {"count": len(files), "total": len(found), "page": 1, "pages": 1}
    return {"files": [api_file(call.workspace, file) for file in files], "paging": paging}


async def delete(call: Call) -> Json:
    """files.delete: only the bot's own; messages keep a tombstone."""
    file = _visible_file(call, call.args.needed("file"))
    if file.is_deleted:
        raise ApiError("file_deleted")
    if file.user != BOT_USER_ID:
        raise ApiError("cant_delete_file")
    forget(call.workspace, file)
    return {}


async def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal."""
    name = call.args.needed("filename")
    length = call.args.text("length")
    if not length:
        raise missing_argument("length")
    if not length.isdecimal() or not 0 < int(length) <= LARGEST_FILE_BYTES:
        raise invalid("invalid_arguments", ["must be a number of bytes above 0 [json-pointer:/length]"])
    file_id = call.workspace.files.new_id()
    alt_txt = call.args.text("alt_txt")
    key = call.workspace.uploads.announce(
        PendingUpload(file_id=file_id, name=name, size=int(length), alt_txt=alt_txt)
    )
    return {"upload_url": call.workspace.url(f"upload/v1/{key}"), "file_id": file_id}


async def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: answers at once; types, shares and the message follow after the processing."""
    entries = call.args.objects("files", "invalid_arguments")
    if not entries:
        raise missing_argument("files")
    ids = [str(entry.get("id", "")) for entry in entries]
    if len(set(ids)) != len(ids) or not all(call.workspace.uploads.is_received(file_id) for file_id in ids):
        raise ApiError("file_not_found")
    channels = _upload_channels(call)
    thread_ts = call.thread_ts(channels[0]) if channels else None
    for entry in entries:
        complete(call.workspace, str(entry["id"]), str(entry.get("title") or ""))
    draft = Draft(text=call.args.text("initial_comment"), thread_ts=thread_ts)

    def share() -> None:
        for channel in channels:
            files = [call.workspace.files.get(file_id) for file_id in ids]
            post_as_bot(call.workspace, channel, draft, tuple(f for f in files if f and not f.is_deleted))

    call.workspace.background(process_later(call.workspace, ids, share))
    files = [call.workspace.files.get(file_id) for file_id in ids]
    return {"files": [api_file(call.workspace, file) for file in files if file]}


def _upload_channels(call: Call) -> list[Channel]:
    names = call.args.text("channels").split(",") if call.args.text("channels") else []
    names = names or ([call.args.text("channel_id")] if call.args.text("channel_id") else [])
    channels = []
    for name in names:
        channel = find_channel(call.workspace, name)
        if channel is None or (channel.kind != "channel" and not channel.bot_is_member):
            raise ApiError("channel_not_found")
        if not channel.bot_is_member:
            raise ApiError("not_in_channel")
        channels.append(channel)
    return channels


def _visible_file(call: Call, file_id: str) -> StoredFile:
    file = call.workspace.files.get(file_id)
    if file is None or not _can_bot_see(call.workspace, file):
        raise ApiError("file_not_found")
    return file


def _can_bot_see(workspace: Workspace, file: StoredFile) -> bool:
    return (
        file.user == BOT_USER_ID
        or file.is_given
        or any(can_see(workspace.channels[share.channel], BOT_USER_ID) for share in file.shares)
    )


def _disguised(document: Json, guise: FileGuise) -> Json:
    if guise.mode == "external":
        external = {"mode": "external", "is_external": True, "external_type": "gdrive"}
        url = "https://drive.example.com/file/1"
        gone = {key: value for key, value in document.items() if key != "url_private_download"}
        return gone | external | {"external_url": url, "url_private": url, "size": 0}
    if guise.mode == "file_access":
        return {"id": document["id"], "mode": "file_access", "file_access": "check_file_info"}
    return {"id": document["id"], "mode": guise.mode}

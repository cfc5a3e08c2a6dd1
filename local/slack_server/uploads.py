"""Uploads: a person's drop is there at once; the app's goes through a URL, a POST and a completion, then is processed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from local.slack_server.events import send_event
from local.slack_server.files import StoredFile, png_size
from local.slack_server.filetypes import type_of
from local.slack_server.people import BOT_USER_ID
from local.slack_server.rendering import control_message
from local.slack_server.workspace import Workspace

LARGE_BYTES = 1_000_000


async def receive(workspace: Workspace, key: str, data: bytes) -> bool:
    """Take the bytes of an announced upload; False where the URL is spent or the length isn't the one announced."""
    pending = workspace.uploads.get(key)
    if pending is None or pending.is_received or len(data) != pending.size:
        return False
    await write_blob(workspace, pending.file_id, data)
    pending.is_received = True
    return True


def complete(workspace: Workspace, file_id: str, title: str) -> StoredFile:
    """Make a received upload a file of the bot's, not yet processed."""
    pending = workspace.uploads.take(file_id)
    file = describe(workspace, file_id, pending.name, pending.size, BOT_USER_ID)
    file = replace(file, title=title or pending.name, alt_txt=pending.alt_txt, is_processed=False)
    workspace.keep_file(file)
    return file


async def drop(workspace: Workspace, user: str, name: str, data: bytes) -> StoredFile:
    """A file that a person sends: processed from the start."""
    file_id = workspace.files.new_id()
    await write_blob(workspace, file_id, data)
    file = describe(workspace, file_id, name, len(data), user)
    workspace.keep_file(file)
    return file


def describe(workspace: Workspace, file_id: str, name: str, size: int, user: str) -> StoredFile:
    """A file as Slack would describe it from its name; its bytes lie on the shelf already."""
    kind = type_of(name)
    width = height = None
    if kind.mimetype == "image/png":
        width, height = png_size(workspace.files.blobs.read(file_id))
    return StoredFile(
        id=file_id,
        name=name,
        title=name,
        size=size,
        user=user,
        created=int(workspace.clock()),
        filetype=kind.filetype,
        mimetype=kind.mimetype,
        pretty_type=kind.pretty_type,
        width=width,
        height=height,
    )


async def write_blob(workspace: Workspace, file_id: str, data: bytes) -> None:
    """Keep a file's bytes; large ones in a thread, so that nobody waits for the disk."""
    if len(data) > LARGE_BYTES:
        await asyncio.to_thread(workspace.files.blobs.write, file_id, data)
    else:
        workspace.files.blobs.write(file_id, data)


async def process_later(workspace: Workspace, file_ids: list[str], then: Callable[[], None]) -> None:
    """After the processing time, give the files their types and go on with `then`."""
    await asyncio.sleep(workspace.settings.file_processing_s)
    for file_id in file_ids:
        file = workspace.files.get(file_id)
        if file is not None:
            workspace.keep_file(replace(file, is_processed=True))
    then()


def forget(workspace: Workspace, file: StoredFile) -> None:
    """Delete a file everywhere; the messages that showed it stay, with a tombstone for it."""
    workspace.keep_file(replace(file, is_deleted=True))
    workspace.files.blobs.remove(file.id)
    for share in file.shares:
        message = workspace.messages.get(share.channel, share.ts)
        if message:
            workspace.changes.add("message_changed", message=control_message(workspace, message))
    if any(workspace.channels[share.channel].bot_is_member for share in file.shares):
        event = {"type": "file_deleted", "file_id": file.id, "event_ts": workspace.next_ts()}
        send_event(workspace, event | {"channel_ids": [share.channel for share in file.shares]})

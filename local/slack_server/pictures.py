"""Which pictures of the workspace the app may show in an image block."""

from typing import Any

from local.slack_server.files import StoredFile
from local.slack_server.people import BOT_USER_ID
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


def is_usable_file(workspace: Workspace, reference: Json) -> bool:
    """Does a `slack_file` name a processed picture that the bot may see? Slack refuses the block until then."""
    file = _referenced(workspace, reference)
    if file is None or file.is_deleted or not file.is_processed or not file.is_image:
        return False
    return file.user == BOT_USER_ID or any(
        workspace.channels[share.channel].bot_is_member for share in file.shares
    )


def _referenced(workspace: Workspace, reference: Json) -> StoredFile | None:
    if isinstance(reference.get("id"), str):
        return workspace.files.get(reference["id"])
    url = str(reference.get("url", ""))
    return next((f for f in workspace.files.all() if f"-{f.id}/" in url or f"/{f.id}/" in url), None)

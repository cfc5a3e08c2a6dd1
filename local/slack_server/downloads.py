"""Serves files: to the app with its token and scope, to the page without; a missing scope gets Slack's login page."""

import asyncio
import secrets
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from local.slack_server.files import StoredFile
from local.slack_server.people import BOT_USER_ID
from local.slack_server.workspace import Workspace

LARGE_BYTES = 1_000_000
_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_LOGIN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Sign in | Local workspace</title></head>
<body><h1>Sign in to Local workspace</h1><form><input name="email" type="email"></form></body></html>
"""
_MISSING_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Not found</title></head><body>Not found</body></html>\n'
)


async def private_file(workspace: Workspace, request: Request) -> Response:
    """GET /files-pri/TEAM-FILE/[download/]NAME, as the app does with its bearer token.

    Without a valid token, or without files:read, Slack answers 200 with a login page instead of the file.
    """
    sent = request.headers.get("authorization", "").encode()
    is_ours = secrets.compare_digest(sent, f"Bearer {workspace.tokens.bot_token}".encode())
    if not is_ours or "files:read" not in workspace.scopes:
        return Response(_LOGIN_PAGE, 200, media_type="text/html; charset=utf-8")
    file = workspace.files.get(request.path_params["where"].rpartition("-")[2])
    if file is None or file.is_deleted or not _is_visible(workspace, file):
        return Response(_MISSING_PAGE, 404, media_type="text/html; charset=utf-8")
    return await file_response(workspace, file, as_page_part=False)


async def file_response(workspace: Workspace, file: StoredFile, *, as_page_part: bool) -> Response:
    """The file's bytes; as part of the page only pictures are shown in place, everything else is saved."""
    blobs = workspace.files.blobs
    data = await asyncio.to_thread(blobs.read, file.id) if file.size > LARGE_BYTES else blobs.read(file.id)
    is_inline = as_page_part and file.mimetype in _INLINE
    headers = {
        "Content-Disposition": f"{'inline' if is_inline else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(data, media_type=file.mimetype, headers=headers)


def _is_visible(workspace: Workspace, file: StoredFile) -> bool:
    return (
        file.user == BOT_USER_ID
        or file.is_given
        or any(workspace.channels[share.channel].bot_is_member for share in file.shares)
    )

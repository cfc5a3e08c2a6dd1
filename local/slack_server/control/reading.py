"""The control interface's look-ups: workspace, messages, changes, views, records and file contents."""

import asyncio
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.slack_server.answers import control_answer
from local.slack_server.control.request import ControlError
from local.slack_server.downloads import file_response
from local.slack_server.modals import view_document
from local.slack_server.people import BOT_USER_ID, TEAM_ID, TEAM_NAME
from local.slack_server.rendering import control_message
from local.slack_server.workspace import Workspace, can_see, channel_facts

LONGEST_WAIT_S = 30.0
Json = dict[str, Any]


async def workspace_facts(workspace: Workspace, _: Request) -> Response:
    """GET /control/workspace."""
    people = [
        {key: getattr(user, key) for key in ("id", "name", "real_name", "locale", "is_admin")}
        for user in workspace.users.values()
        if not user.is_bot
    ]
    manifest = workspace.manifest
    app = {
        "name": manifest.name,
        "description": manifest.description,
        "bot_user_id": BOT_USER_ID,
        "bot_name": workspace.users[BOT_USER_ID].name,
        "commands": [
            {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
            for c in manifest.commands
        ],
        "shortcuts": [
            {"name": s.name, "type": s.type, "callback_id": s.callback_id, "description": s.description}
            for s in manifest.shortcuts
        ],
        "connected": workspace.is_connected,
    }
    sample = {"name": workspace.sample.name, "url": "/control/sample"} if workspace.sample else None
    return control_answer(
        team={"id": TEAM_ID, "name": TEAM_NAME},
        users=people,
        channels=[channel_facts(channel) for channel in workspace.channels.values()],
        app=app,
        sample=sample,
        seq=workspace.changes.seq,
    )


async def messages(workspace: Workspace, request: Request) -> Response:
    """GET /control/messages."""
    channel = workspace.channels.get(request.query_params.get("channel", ""))
    user = request.query_params.get("user")
    if channel is None or (user and not can_see(channel, user)):
        raise ControlError("channel_not_found", "There is no such channel for this person.", status=404)
    found = workspace.messages.in_channel(channel.id)
    if user:
        ephemerals = workspace.messages.ephemerals(channel.id, user)
        found = sorted([*found, *ephemerals], key=lambda message: message.ts)
    return control_answer(messages=[control_message(workspace, message) for message in found])


async def changes(workspace: Workspace, request: Request) -> Response:
    """GET /control/changes: at once where there is something, else when there is or the wait is over."""
    after = _number(request, "after", default=0)
    wait_s = min(float(_number(request, "wait", default=0)), LONGEST_WAIT_S)
    await workspace.changes.wait(after, wait_s)
    found = [orjson.Fragment(change) for change in workspace.changes.after(after)]
    return control_answer(seq=workspace.changes.seq, changes=found)


async def stream(workspace: Workspace, socket: WebSocket) -> None:
    """WS /control/stream: each change as one frame, until either side goes."""
    after = socket.query_params.get("after", "0")
    await socket.accept()
    sender = asyncio.create_task(_send_changes(workspace, socket, int(after) if after.isdecimal() else 0))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def views(workspace: Workspace, request: Request) -> Response:
    """GET /control/views."""
    user = workspace.person(request.query_params.get("user", ""))
    if user is None:
        raise ControlError("user_not_found", "There is no such person.", status=404)
    home = workspace.views.home(user.id)
    return control_answer(
        stack=[view_document(view) for view in workspace.views.stack(user.id)],
        home=view_document(home) if home else None,
    )


async def calls(workspace: Workspace, request: Request) -> Response:
    """GET /control/calls."""
    return control_answer(**workspace.records.after(_number(request, "after", default=0)))


async def file(workspace: Workspace, request: Request) -> Response:
    """GET /control/file/ID: the bytes, without a token, in a form that no browser runs."""
    found = workspace.files.get(request.path_params["file_id"])
    if found is None or found.is_deleted:
        raise ControlError("file_not_found", "There is no such file.", status=404)
    return await file_response(workspace, found, as_page_part=True)


async def sample(workspace: Workspace, _: Request) -> Response:
    """GET /control/sample: the dataset a newcomer may try."""
    if workspace.sample is None:
        raise ControlError("no_sample", "This workspace was started without a sample file.", status=404)
    data = await asyncio.to_thread(workspace.sample.read_bytes)
    headers = {"Content-Disposition": f'attachment; filename="{workspace.sample.name}"'}
    return Response(data, media_type="text/csv", headers=headers)


async def _send_changes(workspace: Workspace, socket: WebSocket, after: int) -> None:
    try:
        while not workspace.changes.is_closed:
            await workspace.changes.wait(after, LONGEST_WAIT_S)
            for change in workspace.changes.after(after):
                await socket.send_text(change.decode())
            after = max(after, workspace.changes.seq)
        await socket.close(1001)
    except (WebSocketDisconnect, RuntimeError):  # the page was closed while we sent
        return


def _number(request: Request, name: str, *, default: int) -> int:
    value = request.query_params.get(name, "")
    if not value:
        return default
    try:
        return int(float(value))
    except (OverflowError, ValueError) as fault:
        raise ControlError("invalid_arguments", f"`{name}` must be a number.") from fault


async def functions(workspace: Workspace, request: Request) -> Response:
    """GET /control/functions: every run of a workflow step, the oldest first."""
    runs = [
        {
            "execution": one.id,
            "callback_id": one.function.callback_id,
            "inputs": one.inputs,
            "state": one.state,
            "outputs": one.outputs,
            "error": one.error,
        }
        for one in workspace.executions.values()
    ]
    return control_answer(executions=runs)

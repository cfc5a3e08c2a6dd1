"""What a person does, one function for each POST of the control interface."""

from dataclasses import replace
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from local.slack_server import interactions
from local.slack_server.answers import control_answer
from local.slack_server.control.request import Act, ControlError
from local.slack_server.events import send_event
from local.slack_server.files import LARGEST_FILE_BYTES
from local.slack_server.messages import Message
from local.slack_server.modals import view_document
from local.slack_server.people import BOT_USER_ID, Channel, ChannelKind
from local.slack_server.posting import (
    Draft,
    delete,
    edit,
    invite_bot,
    post_as_person,
    remove_bot,
    set_reaction,
)
from local.slack_server.rendering import control_file, control_message
from local.slack_server.texts import typed_to_stored
from local.slack_server.uploads import drop, forget
from local.slack_server.views import View
from local.slack_server.workflow import StepRefused, run_step
from local.slack_server.workspace import Workspace

Json = dict[str, Any]
MOST_FILES = 10
_BUILT_IN = ("/invite", "/remove", "/kick")


async def post_message(act: Act) -> Response:
    """POST /control/messages."""
    channel, user = _writable(act), act.user
    if not act.text("text").strip():
        raise ControlError("no_text", "The message is empty.")
    draft = Draft(text=_typed(act.workspace, act.text("text")), thread_ts=act.thread_ts())
    message = post_as_person(act.workspace, channel, user.id, draft)
    return control_answer(message=control_message(act.workspace, message))


async def drop_file(workspace: Workspace, request: Request) -> Response:
    """POST /control/files: one or several files in a multipart form make one message.

    Without a channel they are kept for a form's file field, and no message comes of them.
    """
    async with request.form(max_files=MOST_FILES) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        act = Act(workspace=workspace, body=fields)
        is_for_form = "channel" not in fields
        user = act.user
        channel, thread_ts = (None, None) if is_for_form else (_writable(act), act.thread_ts())
        sent = [
            value for name, value in form.multi_items() if name == "file" and isinstance(value, UploadFile)
        ]
        if not sent:
            raise ControlError("no_file", "The form holds no file.")
        if any((file.size or 0) > LARGEST_FILE_BYTES for file in sent):
            raise ControlError("file_too_large", "Slack takes files of up to 1 GB.", status=413)
        stored = [await drop(workspace, user.id, file.filename or "file", await file.read()) for file in sent]
    files = [control_file(file) for file in stored]
    if channel is None:
        return control_answer(file=files[0], files=files)
    draft = Draft(text=_typed(workspace, act.text("text", "")), thread_ts=thread_ts)
    message = post_as_person(workspace, channel, user.id, draft, tuple(stored))
    return control_answer(file=files[0], files=files, ts=message.ts)


async def run_command(act: Act) -> Response:
    """POST /control/commands."""
    command, _, text = act.text("text").strip().partition(" ")
    channel, user = act.channel, act.user
    if command in _BUILT_IN:
        return _built_in(act, channel, command, text)
    if act.workspace.manifest.command(command) is None:
        act.workspace.notice(user.id, channel.id, f"{command} is not a valid command.")
        raise ControlError("not_a_command", f"{command} is not a valid command.")
    if act.body.get("thread_ts"):
        act.workspace.notice(user.id, channel.id, f"{command} is not supported in threads. Sorry!")
        raise ControlError("not_supported_in_threads", f"{command} is not supported in threads.")
    ack_ms, replied = await interactions.run_command(act.workspace, user, channel, command, text.strip())
    return control_answer(ack_ms=round(ack_ms, 2), replied=replied)


async def click(act: Act) -> Response:
    """POST /control/actions."""
    _require_interactivity(act)
    ack_ms = await interactions.act(act.workspace, act.user, _place(act), act.body)
    return control_answer(ack_ms=round(ack_ms, 2))


async def submit_view(act: Act) -> Response:
    """POST /control/view_submissions."""
    values = act.body.get("values", {})
    if not isinstance(values, dict):
        raise ControlError("invalid_arguments", "`values` must be an object.")
    view = act.view
    if view.definition["type"] != "modal" or act.workspace.views.stack(act.user.id)[-1].id != view.id:
        raise ControlError("view_not_on_top", "Only the modal on top can be submitted.")
    submitted = await interactions.submit(act.workspace, act.user, view, values)
    facts: Json = {"response_action": submitted.action}
    if submitted.errors is not None:
        facts["errors"] = submitted.errors
    return control_answer(**facts)


async def close_view(act: Act) -> Response:
    """POST /control/view_closed: one modal, or all of them where it was opened with clear_on_close."""
    view = act.view
    is_cleared = bool(act.body.get("clear") or view.definition.get("clear_on_close"))
    await interactions.close_view(act.workspace, act.user, view, is_cleared=is_cleared)
    return control_answer()


async def use_shortcut(act: Act) -> Response:
    """POST /control/shortcuts."""
    _require_interactivity(act)
    callback_id, message = act.text("callback_id"), act.message if act.body.get("ts") else None
    if act.workspace.manifest.shortcut(callback_id, "message" if message else "global") is None:
        raise ControlError(
            "shortcut_not_found", "The manifest lists no such shortcut of this type.", status=404
        )
    ack_ms = await interactions.use_shortcut(act.workspace, act.user, callback_id, message)
    return control_answer(ack_ms=round(ack_ms, 2))


async def run_function(act: Act) -> Response:
    """POST /control/functions: run a workflow step; GET /control/functions says how it ended."""
    inputs = act.body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise ControlError("invalid_arguments", "`inputs` must be an object.")
    try:
        execution = run_step(act.workspace, act.text("callback_id"), inputs)
    except StepRefused as fault:
        raise ControlError(fault.code, str(fault)) from fault
    return control_answer(execution=execution.id)


async def load_options(act: Act) -> Response:
    """POST /control/options."""
    return control_answer(**await interactions.suggest(act.workspace, act.user, _place(act), act.body))


async def open_home(act: Act) -> Response:
    """POST /control/home: the person opens the app's Home tab (or, with `tab`, its messages)."""
    user, workspace = act.user, act.workspace
    home = workspace.views.home(user.id)
    direct = workspace.direct_channel(user.id)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": direct.id if direct else "",
        "tab": act.text("tab", "home"),
        "event_ts": workspace.next_ts(),
    }
    if home and event["tab"] == "home":
        event["view"] = view_document(home)
    send_event(workspace, event)
    return control_answer(view=view_document(home) if home else None)


async def invite(act: Act) -> Response:
    """POST /control/invite."""
    if act.channel.kind is ChannelKind.IM:
        raise ControlError("not_a_channel", "Nobody can be invited into a direct message.")
    invite_bot(act.workspace, act.channel, act.user.id)
    return control_answer()


async def archive(act: Act) -> Response:
    """POST /control/archive: archives a channel, or with `archived: false` brings it back."""
    channel = act.channel
    is_archived = bool(act.body.get("archived", True))
    act.workspace.keep_channel(replace(channel, is_archived=is_archived))
    kind = "channel_archive" if is_archived else "channel_unarchive"
    event = {"type": kind, "channel": channel.id, "user": act.user.id, "event_ts": act.workspace.next_ts()}
    send_event(act.workspace, event)
    return control_answer()


async def react(act: Act) -> Response:
    """POST /control/reactions: adds a person's reaction, or with `remove` takes it back."""
    name = act.text("name").strip(":")
    set_reaction(act.workspace, act.message, act.user.id, name, present=not act.body.get("remove"))
    return control_answer()


async def edit_message(act: Act) -> Response:
    """POST /control/message_edits: a person edits what they wrote."""
    message = _own_message(act)
    after = replace(message, text=_typed(act.workspace, act.text("text")))
    edited = edit(act.workspace, message, after, edited_by=act.user.id)
    return control_answer(message=control_message(act.workspace, edited))


async def delete_message(act: Act) -> Response:
    """POST /control/message_deletions: a person deletes their message; an admin any."""
    message = act.message if act.user.is_admin else _own_message(act)
    delete(act.workspace, message)
    return control_answer()


async def delete_file(act: Act) -> Response:
    """POST /control/file_deletions: a person deletes a file they dropped."""
    file = act.workspace.files.get(act.text("file"))
    if file is None or file.is_deleted or file.user != act.user.id:
        raise ControlError("file_not_found", "There is no such file of this person's.", status=404)
    forget(act.workspace, file)
    return control_answer()


def _built_in(act: Act, channel: Channel, command: str, text: str) -> Response:
    name = text.strip().removeprefix("@").lower()
    if name not in (act.workspace.users[BOT_USER_ID].name, f"<@{BOT_USER_ID.lower()}>"):
        raise ControlError("user_not_found", f"{command} works for the bot only.")
    if channel.kind is ChannelKind.IM:
        raise ControlError("not_a_channel", "Nobody can be invited into a direct message.")
    if command == "/invite":
        invite_bot(act.workspace, channel, act.user.id)
    else:
        remove_bot(act.workspace, channel)
    return control_answer(ack_ms=0.0, replied=False)


def _writable(act: Act) -> Channel:
    if act.channel.is_archived:
        raise ControlError("is_archived", "The channel is archived.")
    return act.channel


def _own_message(act: Act) -> Message:
    if act.message.user != act.user.id:
        raise ControlError("not_yours", "Only the author can do this.", status=403)
    return act.message


def _place(act: Act) -> Message | View:
    return act.view if act.body.get("view_id") else act.message


def _require_interactivity(act: Act) -> None:
    if not act.workspace.manifest.is_interactive:
        raise ControlError("interactivity_disabled", "The manifest has interactivity turned off.")


def _typed(workspace: Workspace, text: str) -> str:
    return typed_to_stored(text, workspace.users.values(), workspace.channels.values())

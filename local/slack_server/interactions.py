"""What a person does and the app must answer: commands, clicks, submissions, shortcuts; and what the answers change."""

from dataclasses import dataclass, replace
from typing import Any

from local.slack_server import payloads
from local.slack_server.api.errors import ApiError
from local.slack_server.elements import (
    VALUE_KEYS,
    BadEntry,
    action_of,
    elements_of,
    entry_error,
    entry_of,
    find_element,
    initial_values,
)
from local.slack_server.grants import ResponseUrl
from local.slack_server.messages import Message
from local.slack_server.modals import ViewRefused, push_modal, update_view
from local.slack_server.outcomes import Outcome, OutcomeReason
from local.slack_server.people import Channel, User
from local.slack_server.rendering import api_file
from local.slack_server.replies import reply
from local.slack_server.views import View
from local.slack_server.workspace import Workspace

Json = dict[str, Any]
_REASONS = {OutcomeReason.TIMEOUT: "operation_timeout", OutcomeReason.HTTP_TIMEOUT: "operation_timeout"}
_REASONS |= {OutcomeReason.HTTP_ERROR: "http_service_error"}


class InteractionFailed(Exception):
    """The app didn't answer as it must; `code` for the caller, `reason` in Slack's words."""

    def __init__(self, code: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """How a submission ended: `action` is None where the modal closed."""

    action: str | None
    errors: Json | None = None


async def run_command(
    workspace: Workspace, user: User, channel: Channel, command: str, text: str
) -> tuple[float, bool]:
    """Send a slash command; its ack time in ms, and whether the ack said something. InteractionFailed else."""
    payload = payloads.command_payload(workspace, user, channel, command, text)
    outcome = await workspace.deliveries.command(payload)
    if not outcome.is_acked:
        reason = _REASONS.get(outcome.reason, "dispatch_failed")
        workspace.notice(user.id, channel.id, f'{command} failed with the error "{reason}"')
        raise InteractionFailed("dispatch_failed", f"{command} failed with the error {reason}.", reason)
    body = _spoken(outcome.payload)
    if body is not None:
        _reply_in_ack(workspace, user, channel, command, body)
    return outcome.ack_ms or 0.0, body is not None


async def act(workspace: Workspace, user: User, place: Message | View, given: Json) -> float:
    """Click or choose; the ack time in ms. BadEntry where there is no such element or choice."""
    blocks = place.blocks
    found = find_element(blocks, str(given.get("block_id")), str(given.get("action_id")))
    if found is None:
        raise BadEntry("There is no such element.")
    block, element = found
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise BadEntry("This input doesn't send actions.")
    action = action_of(block, element, given, workspace.next_ts())
    place = _with_other_entries(workspace, place, given)
    place = _with_state(workspace, place, block, element, action)
    if isinstance(place, View):
        payload = payloads.view_action_payload(workspace, user, place, action)
    else:
        payload = payloads.message_action_payload(workspace, user, place, action)
    return _ack_ms(await workspace.deliveries.interaction(payload))


async def submit(workspace: Workspace, user: User, view: View, given: Json) -> Submitted:
    """Submit a modal with these values; what the dialog itself would refuse isn't sent."""
    values, errors = _entered(view, given)
    view = workspace.views.set_values(view, values)
    if errors:
        return Submitted(action="errors", errors=errors)
    view = workspace.views.set_values(view, _with_files(workspace, user, values))
    outcome = await workspace.deliveries.interaction(payloads.submission_payload(workspace, user, view))
    _ack_ms(outcome)
    body = outcome.payload if isinstance(outcome.payload, dict) else {}
    return await _after_submission(workspace, user, view, body)


async def close_view(workspace: Workspace, user: User, view: View, *, is_cleared: bool) -> None:
    """Close a modal (or all of them); the app hears of those that asked for it."""
    closed = workspace.views.clear(user.id) if is_cleared else [view]
    if not is_cleared:
        workspace.views.close(view)
    for gone in closed:
        workspace.changes.add("view_closed", user=user.id, view_id=gone.id)
        if gone.definition.get("notify_on_close"):
            payload = payloads.closed_payload(workspace, user, gone, is_cleared=is_cleared)
            workspace.background(_send_quietly(workspace, payload))


async def use_shortcut(workspace: Workspace, user: User, callback_id: str, message: Message | None) -> float:
    """Use a global shortcut, or one on a message; the ack time in ms."""
    if message is None:
        payload = payloads.shortcut_payload(workspace, user, callback_id)
    else:
        payload = payloads.message_shortcut_payload(workspace, user, callback_id, message)
    return _ack_ms(await workspace.deliveries.interaction(payload))


async def suggest(workspace: Workspace, user: User, place: Message | View, given: Json) -> Json:
    """The options, or option groups, that the app offers for what was typed in an external select."""
    block_id, action_id = str(given.get("block_id")), str(given.get("action_id"))
    found = find_element(place.blocks, block_id, action_id)
    if found is None or found[1]["type"] not in ("external_select", "multi_external_select"):
        raise BadEntry("There is no such external select.")
    value = str(given.get("value", ""))
    payload = payloads.suggestion_payload(workspace, user, place, block_id, action_id, value)
    outcome = await workspace.deliveries.interaction(payload)
    _ack_ms(outcome)
    body = outcome.payload if isinstance(outcome.payload, dict) else {}
    groups, options = body.get("option_groups"), body.get("options")
    if groups:
        return {"option_groups": groups[:100]}
    return {"options": (options or [])[:100]}


def _reply_in_ack(workspace: Workspace, user: User, channel: Channel, command: str, body: Json) -> None:
    url = ResponseUrl(user=user.id, channel=channel.id, born=workspace.clock())
    try:
        reply(workspace, url, body)
    except ApiError as fault:
        reason = "invalid_command_response"
        workspace.notice(user.id, channel.id, f'{command} failed with the error "{reason}"')
        raise InteractionFailed(
            reason, f"The ack's content was refused: {fault.code}.", fault.code
        ) from fault


def _spoken(payload: Any) -> Json | None:
    """What an ack says: a string is a text; an empty body or bare flags say nothing."""
    if isinstance(payload, str) and payload:
        return {"text": payload}
    if isinstance(payload, dict) and any(payload.get(key) for key in ("text", "blocks", "attachments")):
        return payload
    return None


def _ack_ms(outcome: Outcome) -> float:
    if not outcome.is_acked:
        reason = _REASONS.get(outcome.reason, "dispatch_failed")
        raise InteractionFailed("dispatch_failed", f"The app didn't answer: {reason}.", reason)
    return outcome.ack_ms or 0.0


def _with_other_entries(workspace: Workspace, place: Message | View, given: Json) -> Message | View:
    """The place with what its other fields hold, as the client sends it along with each action."""
    sent = (given.get("state") or {}).get("values") if isinstance(given.get("state"), dict) else None
    if not isinstance(sent, dict):
        return place
    for block, element in elements_of(place.blocks):
        entry = (sent.get(block.get("block_id")) or {}).get(element["action_id"])
        if entry is not None and element["type"] in VALUE_KEYS:
            place = _with_state(workspace, place, block, element, entry_of(element, entry))
    return place


def _with_files(workspace: Workspace, user: User, values: Json) -> Json:
    """The values with Slack's file objects for the ids of file fields; the app may read those files from now on."""
    return {
        block_id: {action_id: _file_entry(workspace, user, entry) for action_id, entry in entries.items()}
        for block_id, entries in values.items()
    }


def _file_entry(workspace: Workspace, user: User, entry: Json) -> Json:
    if entry.get("type") != "file_input":
        return entry
    given = []
    for chosen in entry["files"]:
        file = workspace.files.get(chosen if isinstance(chosen, str) else str(chosen.get("id")))
        if file is None or file.is_deleted or file.user != user.id:
            raise BadEntry("That file is not one of this person's.")
        file = replace(file, is_given=True)
        workspace.keep_file(file)
        given.append(api_file(workspace, file))
    return {**entry, "files": given}


def _with_state(
    workspace: Workspace, place: Message | View, block: Json, element: Json, action: Json
) -> Message | View:
    """The message or view with the element's new state remembered."""
    key = VALUE_KEYS.get(element["type"])
    if key is None:
        return place
    before = place.values if isinstance(place, View) else (place.state or initial_values(place.blocks))
    inside = {
        **before.get(block["block_id"], {}),
        element["action_id"]: {"type": element["type"], key: action[key]},
    }
    values = {**before, block["block_id"]: inside}
    if isinstance(place, View):
        return workspace.views.set_values(place, values)
    changed = replace(place, state=values)
    if place.ephemeral_for:
        workspace.messages.put_ephemeral(changed)
    else:
        workspace.keep_message(changed)
    return changed


def _entered(view: View, given: Json) -> tuple[Json, Json]:
    """The view's values with what was entered, and the errors the dialog shows by itself."""
    values, errors = {block_id: dict(actions) for block_id, actions in view.values.items()}, {}
    for block, element in elements_of(view.blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        if element["type"] not in VALUE_KEYS:
            continue
        entries = given.get(block_id)
        if isinstance(entries, dict) and action_id in entries:
            values[block_id][action_id] = entry_of(element, entries[action_id])
        if block["type"] == "input":
            error = entry_error(block, element, values[block_id][action_id])
            if error:
                errors[block_id] = error
    return values, errors


async def _after_submission(workspace: Workspace, user: User, view: View, body: Json) -> Submitted:
    action = body.get("response_action")
    if action == "errors":
        return Submitted(action="errors", errors=_field_errors(view, body))
    try:
        if action == "update":
            update_view(workspace, view, _sent_view(body))
        elif action == "push":
            push_modal(workspace, user.id, _sent_view(body))
    except ViewRefused as fault:
        trouble = f"The view in the ack was refused: {fault.code} {'; '.join(fault.problems)}".strip()
        raise InteractionFailed("invalid_view", trouble, fault.code) from fault
    if action == "clear":
        await close_view(workspace, user, view, is_cleared=True)
    elif action is None:
        workspace.views.close(view)
        workspace.changes.add("view_closed", user=user.id, view_id=view.id)
    elif action not in ("update", "push"):
        raise InteractionFailed("invalid_response_action", f"Unknown response_action {action!r}.")
    return Submitted(action=action)


def _field_errors(view: View, body: Json) -> Json:
    errors = body.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise InteractionFailed("invalid_errors", "The ack's errors must name input blocks of the view.")
    return errors


def _sent_view(body: Json) -> Json:
    view = body.get("view")
    if not isinstance(view, dict):
        raise InteractionFailed("invalid_view", "The ack names no view.")
    return view


async def _send_quietly(workspace: Workspace, payload: Json) -> None:
    await workspace.deliveries.interaction(payload)

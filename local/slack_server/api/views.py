"""The views methods: modals by trigger_id, updates by id and hash, Home tabs."""

from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.errors import ApiError, invalid, missing_argument
from local.slack_server.grants import GrantError, Trigger
from local.slack_server.modals import (
    ViewRefused,
    checked,
    open_modal,
    publish_home,
    push_modal,
    update_view,
    view_document,
)
from local.slack_server.views import View

Json = dict[str, Any]


async def open_view(call: Call) -> Json:
    """views.open."""
    trigger = _trigger(call)
    try:
        view = open_modal(call.workspace, trigger.user, _definition(call))
    except ViewRefused as fault:
        raise _refusal(fault) from fault
    trigger.is_spent = True
    return {"view": view_document(view)}


async def push_view(call: Call) -> Json:
    """views.push: on top of the modal the trigger came from."""
    trigger = _trigger(call)
    try:
        view = push_modal(call.workspace, trigger.user, _definition(call))
    except ViewRefused as fault:
        raise _refusal(fault) from fault
    trigger.is_spent = True
    return {"view": view_document(view)}


async def update(call: Call) -> Json:
    """views.update: by view_id or external_id; `hash_conflict` where the view has changed since."""
    view = _target(call)
    _check_hash(call, view)
    try:
        changed = update_view(call.workspace, view, _definition(call))
    except ViewRefused as fault:
        raise _refusal(fault) from fault
    return {"view": view_document(changed)}


async def publish(call: Call) -> Json:
    """views.publish: `not_enabled` where the manifest has no Home tab."""
    user = call.args.needed("user_id")
    if not call.workspace.manifest.has_home:
        raise ApiError("not_enabled")
    if call.workspace.person(user) is None:
        raise ApiError("user_not_found")
    home = call.workspace.views.home(user)
    if home:
        _check_hash(call, home)
    try:
        view = publish_home(call.workspace, user, _definition(call))
    except ViewRefused as fault:
        raise _refusal(fault) from fault
    return {"view": view_document(view)}


def _trigger(call: Call) -> Trigger:
    trigger_id = call.args.text("trigger_id")
    if not trigger_id:
        raise missing_argument("trigger_id")
    try:
        trigger = call.workspace.grants.trigger(trigger_id)
    except GrantError as fault:
        raise ApiError(fault.code) from fault
    # A view that Slack would refuse doesn't use the trigger up: check it first.
    try:
        checked(call.workspace, _definition(call), "modal")
    except ViewRefused as fault:
        raise _refusal(fault) from fault
    return trigger


def _definition(call: Call) -> Json:
    definition = call.args.json("view", "invalid_arguments")
    if not isinstance(definition, dict):
        raise missing_argument("view")
    return definition


def _target(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if not view_id and not external_id:
        raise missing_argument("view_id")
    view = call.workspace.views.find(view_id) if view_id else call.workspace.views.find_external(external_id)
    if view is None:
        raise ApiError("not_found")
    return view


def _check_hash(call: Call, view: View) -> None:
    wanted = call.args.text("hash")
    if wanted and wanted != view.hash:
        raise ApiError("hash_conflict")


def _refusal(fault: ViewRefused) -> ApiError:
    return invalid(fault.code, fault.problems) if fault.problems else ApiError(fault.code)

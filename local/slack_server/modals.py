"""Opens, pushes, updates and publishes views, whether the app asks through the Web API or in an ack."""

import secrets
from dataclasses import replace
from typing import Any

from local.slack_server.blockkit.surfaces import BlockKitError, check_view, with_block_ids
from local.slack_server.elements import initial_values
from local.slack_server.people import APP_ID, BOT_ID, TEAM_ID
from local.slack_server.pictures import is_usable_file
from local.slack_server.views import DEEPEST_STACK, View, new_hash
from local.slack_server.workspace import Workspace

Json = dict[str, Any]
_DEFAULTS: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": False}


class ViewRefused(Exception):
    """Slack wouldn't take the view: `code` is its error, `problems` what it lists beside."""

    def __init__(self, code: str, problems: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems or []


def open_modal(workspace: Workspace, user: str, definition: Json) -> View:
    """Show a modal alone. ViewRefused for an invalid view or an external_id in use."""
    view = _new_view(workspace, user, checked(workspace, definition, "modal"))
    for displaced in workspace.views.open(view):
        workspace.changes.add("view_closed", user=user, view_id=displaced.id)
    workspace.changes.add("view_opened", user=user, view=view_document(view), root_view_id=view.root_id)
    return view


def push_modal(workspace: Workspace, user: str, definition: Json) -> View:
    """Put a modal on top; `push_limit_reached` beyond three, `not_found` where none is open."""
    stack = workspace.views.stack(user)
    if not stack:
        raise ViewRefused("not_found")
    if len(stack) >= DEEPEST_STACK:
        raise ViewRefused("push_limit_reached")
    view = _new_view(workspace, user, checked(workspace, definition, "modal"))
    view = replace(view, root_id=stack[0].id, previous_id=stack[-1].id)
    workspace.views.push(view)
    workspace.changes.add("view_opened", user=user, view=view_document(view), root_view_id=view.root_id)
    return view


def update_view(workspace: Workspace, view: View, definition: Json) -> View:
    """Replace an open view's content; what was entered stays where block_id and action_id stay."""
    is_modal = any(view.id == open_view.id for open_view in workspace.views.stack(view.user))
    definition = checked(workspace, definition, "modal" if is_modal else "home", replacing=view)
    values = initial_values(definition["blocks"])
    for block_id, actions in values.items():
        for action_id in actions:
            entered = view.values.get(block_id, {}).get(action_id)
            if entered and entered.get("type") == actions[action_id]["type"]:
                actions[action_id] = entered
    changed = replace(view, definition=definition, hash=new_hash(workspace.clock()), values=values)
    workspace.views.put(changed)
    workspace.changes.add(
        "view_updated", user=view.user, view=view_document(changed), root_view_id=view.root_id
    )
    return changed


def publish_home(workspace: Workspace, user: str, definition: Json) -> View:
    """Set a person's Home tab."""
    definition = checked(workspace, definition, "home", replacing=workspace.views.home(user))
    before = workspace.views.home(user)
    view = _new_view(workspace, user, definition)
    if before:
        view = replace(view, id=before.id, root_id=before.id)
    workspace.keep_home(view)
    workspace.changes.add("home", user=user, view=view_document(view))
    return view


def checked(workspace: Workspace, definition: Json, kind: str, *, replacing: View | None = None) -> Json:
    """The definition with block_ids and defaults filled in; ViewRefused where Slack would refuse it."""
    try:
        check_view(definition, kind, is_usable_file=lambda ref: is_usable_file(workspace, ref))
    except BlockKitError as fault:
        raise ViewRefused(fault.code, fault.problems) from fault
    other = workspace.views.find_external(str(definition.get("external_id") or ""))
    if other and (replacing is None or other.id != replacing.id):
        raise ViewRefused("duplicate_external_id")
    return {**definition, "blocks": list(with_block_ids(definition["blocks"]))}


def view_document(view: View) -> Json:
    """A view object as Slack sends it in answers and payloads."""
    definition = view.definition
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        **_DEFAULTS,
        "notify_on_close": False,
        "title": None,
        "submit": None,
        "close": None,
        **definition,
        "state": {"values": view.values},
        "hash": view.hash,
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }


def _new_view(workspace: Workspace, user: str, definition: Json) -> View:
    view_id = "V0" + secrets.token_hex(5).upper()
    return View(
        id=view_id,
        user=user,
        definition=definition,
        hash=new_hash(workspace.clock()),
        root_id=view_id,
        values=initial_values(definition["blocks"]),
    )

"""manifest.yml and the handlers say the same, and the scopes are those that the code needs."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.manifest import manifest_path, read_manifest

ROOT = Path(__file__).parent.parent
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot", "handlers")
    for path in (ROOT / folder).rglob("*.py")
)
HANDLERS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "handlers").glob("*.py"))
MANIFEST = read_manifest(manifest_path())

OPTIONAL_EVENTS = {"message"}
"""Handled when an admin subscribes to message.* as well; not asked for, since it lets the app read every message."""

SCOPE_OF_METHOD = {
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_update": "chat:write",
    "reactions_add": "reactions:write",
    "files_info": "files:read",
    "files_upload_v2": "files:write",
    "conversations_replies": "channels:history",
    "conversations_history": "channels:history",
    "users_info": "users:read",
    "usergroups_list": "usergroups:read",
    "usergroups_users_list": "usergroups:read",
    "conversations_members": "channels:read",
    "conversations_open": "im:write",
    "views_open": None,
    "views_update": None,
    "views_publish": None,
    "auth_test": None,
    "apps_connections_open": None,
}
ALSO_PRIVATE = ("groups:",)
"""Slack has a scope of its own for private channels; what needs channels:read needs groups:read there."""
SCOPE_OF_EVENT = {
    "file_shared": "files:read",
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "function_executed": None,
}


def registered(kind: str) -> set[str]:
    return set(re.findall(rf'app\.{kind}\("([^"]+)"', HANDLERS))


def test_commands_are_declared_and_handled():
    assert registered("command") == set(MANIFEST.commands)


def test_shortcuts_are_declared_and_handled():
    assert registered("shortcut") == set(MANIFEST.shortcuts)


def test_events_are_declared_and_handled():
    events = registered("event") | ({"function_executed"} if registered("function") else set())

    assert events - OPTIONAL_EVENTS == set(MANIFEST.events)


def test_workflow_steps_are_declared_and_handled():
    assert registered("function") == set(MANIFEST.functions)


def test_every_button_has_a_handler():
    buttons = set(re.findall(r'button\(\s*(?:t\()?"[^"]+"\)?,\s*"([a-z_]+)"', SOURCES))

    assert buttons
    assert {name for name in buttons if f'"{name}"' not in HANDLERS} == set()


def test_every_method_used_has_its_scope_and_no_scope_is_idle():
    used = set(re.findall(r"client\.([a-z]+_[a-zA-Z_0-9]+)\(", SOURCES)) - {"with_options", "is_connected"}
    granted = set(MANIFEST.scopes) | set(MANIFEST.optional_scopes)
    needed = {SCOPE_OF_METHOD[method] for method in used} | {
        SCOPE_OF_EVENT[event] for event in MANIFEST.events
    }
    needed = {scope for scope in needed if scope} | {"commands"}
    idle = {scope for scope in granted if scope not in needed and not scope.startswith(ALSO_PRIVATE)}
    idle = {scope for scope in idle if not scope.endswith(":history")}

    assert needed <= granted
    assert idle == set()


def test_history_is_only_ever_optional():
    assert not any(scope.endswith(":history") for scope in MANIFEST.scopes)


def test_slacks_limits_are_kept():
    page = yaml.safe_load(manifest_path().read_text(encoding="utf-8"))
    information = page["display_information"]

    assert len(information["name"]) <= 35
    assert len(information["description"]) <= 140
    assert 175 <= len(information["long_description"]) <= 4000
    assert all(len(row["usage_hint"]) <= 1000 for row in page["features"]["slash_commands"])
    assert all(len(row["name"]) <= 24 for row in page["features"]["shortcuts"])


def test_every_scope_is_explained_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for scope in (*MANIFEST.scopes, *MANIFEST.optional_scopes):
        assert f"`{scope}`" in readme

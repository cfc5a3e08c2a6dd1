"""Reads the app manifest: the commands, shortcuts, scopes and events that Slack would grant the app."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ManifestError(Exception):
    """The manifest is missing, or isn't what Slack would accept; the message names the place."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A slash command as people see it listed."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """A message or global shortcut."""

    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a function takes or gives."""

    name: str
    type: str
    title: str
    description: str
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class Function:
    """A step for Workflow Builder."""

    callback_id: str
    title: str
    description: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the app is and may do; scopes and events keep the manifest's order."""

    name: str
    description: str
    bot_name: str
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    bot_events: tuple[str, ...]
    has_home: bool
    has_messages_tab: bool
    is_interactive: bool
    is_socket_mode: bool
    functions: tuple[Function, ...] = ()

    def function(self, callback_id: str) -> Function | None:
        """The function of that id."""
        return next((one for one in self.functions if one.callback_id == callback_id), None)

    def command(self, name: str) -> Command | None:
        """The command of that name, slash included."""
        return next((command for command in self.commands if command.command == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        """The shortcut of that id, where its type is `kind`."""
        wanted = (callback_id, kind)
        return next((s for s in self.shortcuts if (s.callback_id, s.type) == wanted), None)


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path` (YAML or JSON); ManifestError where it can't be read or lacks the app's name."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ManifestError(f"The manifest {path} can't be read: {fault.strerror}.") from fault
    except yaml.YAMLError as fault:
        raise ManifestError(f"The manifest {path} isn't valid YAML: {fault}") from fault
    if not isinstance(raw, dict):
        raise ManifestError(f"The manifest {path} must be a mapping.")
    return parse_manifest(raw)


def parse_manifest(raw: dict[str, Any]) -> Manifest:
    """The manifest in a decoded YAML or JSON document; ManifestError without display_information.name."""
    about = _part(raw, "display_information")
    if not isinstance(about.get("name"), str):
        raise ManifestError("The manifest lacks display_information.name.")
    features, settings = _part(raw, "features"), _part(raw, "settings")
    scopes = _part(_part(raw, "oauth_config"), "scopes")
    return Manifest(
        name=about["name"],
        description=str(about.get("description", "")),
        bot_name=str(_part(features, "bot_user").get("display_name", about["name"])),
        commands=tuple(_command(entry) for entry in features.get("slash_commands") or ()),
        shortcuts=tuple(_shortcut(entry) for entry in features.get("shortcuts") or ()),
        scopes=_names(scopes.get("bot")),
        optional_scopes=_names(scopes.get("bot_optional")),
        bot_events=_names(_part(settings, "event_subscriptions").get("bot_events")),
        has_home=bool(_part(features, "app_home").get("home_tab_enabled", False)),
        has_messages_tab=_part(features, "app_home").get("messages_tab_enabled", True) is not False,
        is_interactive=bool(_part(settings, "interactivity").get("is_enabled", False)),
        is_socket_mode=bool(settings.get("socket_mode_enabled", False)),
        functions=tuple(_function(name, entry) for name, entry in _part(raw, "functions").items()),
    )


def _part(raw: dict[str, Any], key: str) -> dict[str, Any]:
    part = raw.get(key) or {}
    if not isinstance(part, dict):
        raise ManifestError(f"The manifest's {key} must be a mapping.")
    return part


def _names(raw: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(str(name) for name in raw or ())


def _command(entry: dict[str, Any]) -> Command:
    return Command(
        command=str(entry["command"]),
        description=str(entry.get("description", "")),
        usage_hint=str(entry.get("usage_hint", "")),
        should_escape=bool(entry.get("should_escape", False)),
    )


def _shortcut(entry: dict[str, Any]) -> Shortcut:
    return Shortcut(
        name=str(entry["name"]),
        type=str(entry["type"]),
        callback_id=str(entry["callback_id"]),
        description=str(entry.get("description", "")),
    )


def _function(callback_id: str, entry: dict[str, Any]) -> Function:
    return Function(
        callback_id=callback_id,
        title=str(entry["title"]),
        description=str(entry.get("description", "")),
        inputs=_parameters(entry.get("input_parameters")),
        outputs=_parameters(entry.get("output_parameters")),
    )


def _parameters(raw: dict[str, Any] | None) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name=name,
            type=str(entry["type"]),
            title=str(entry.get("title", name)),
            description=str(entry.get("description", "")),
            is_required=bool(entry.get("is_required", False)),
        )
        for name, entry in (raw or {}).items()
    )

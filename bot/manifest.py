"""manifest.yml, read for what we check against it: scopes, commands, events."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the Slack app declares."""

    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    commands: tuple[str, ...]
    shortcuts: tuple[str, ...]
    events: tuple[str, ...]
    functions: tuple[str, ...] = ()


def manifest_path() -> Path:
    """Where manifest.yml lies: beside the packages in a checkout, under share/ once installed. Raises InputError."""
    for candidate in (
        Path(__file__).parent.parent / "manifest.yml",
        Path(sys.prefix) / "share" / "tunesmith" / "manifest.yml",
    ):
        if candidate.exists():
            return candidate
    raise InputError("manifest.yml is missing from this installation.", next_step="Install Tunesmith again.")


def read_manifest(path: Path) -> Manifest:
    """The manifest's declarations."""
    page: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    scopes = page["oauth_config"]["scopes"]
    features = page["features"]
    return Manifest(
        scopes=tuple(scopes["bot"]),
        optional_scopes=tuple(scopes.get("bot_optional") or ()),
        commands=tuple(row["command"] for row in features.get("slash_commands") or ()),
        shortcuts=tuple(row["callback_id"] for row in features.get("shortcuts") or ()),
        events=tuple(page["settings"]["event_subscriptions"]["bot_events"]),
        functions=tuple(page.get("functions") or ()),
    )

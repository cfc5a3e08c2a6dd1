"""What holds for every view: word for word what its snapshot says, no markup of strangers, Slack's limits.

`UPDATE_SNAPSHOTS=1` writes the snapshots anew; read their diff as you would code.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from bot.ports import Message

SNAPSHOTS = Path(__file__).parent / "snapshots"


def shown(value) -> dict:
    """A message or a form as Slack gets it."""
    return {"text": value.text, "blocks": list(value.blocks)} if isinstance(value, Message) else value


def texts_of_type(value, kind: str) -> list[str]:
    """Every text object of that type, however deep."""
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == kind and isinstance(value.get("text"), str) else []
        return own + [text for child in value.values() for text in texts_of_type(child, kind)]
    if isinstance(value, list):
        return [text for child in value for text in texts_of_type(child, kind)]
    return []


def assert_as_kept(name: str, value) -> None:
    """The view is what its snapshot says."""
    path = SNAPSHOTS / f"{name}.json"
    now = json.dumps(shown(value), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(now, encoding="utf-8")

    assert now == path.read_text(encoding="utf-8")


def assert_no_markup(value) -> None:
    """Nothing that a stranger wrote calls a channel, is a link, or turns the direction of writing."""
    view = shown(value)
    markdown = [view["text"]] if isinstance(view.get("text"), str) else []

    for text in markdown + texts_of_type(view.get("blocks"), "mrkdwn"):
        assert "<!channel>" not in text
        assert "<http" not in text
        assert "\u202e" not in text


def assert_within_limits(value) -> None:
    """Slack takes it: blocks, characters of a section, characters of the text."""
    view = shown(value)

    assert len(view.get("blocks") or []) <= (100 if view.get("type") in ("modal", "home") else 50)
    assert all(len(text) <= 3000 for text in texts_of_type(view.get("blocks"), "mrkdwn"))
    if isinstance(view.get("text"), str):
        assert 0 < len(view["text"]) <= 4000

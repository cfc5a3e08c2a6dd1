"""What Slack sends, parsed once into our words: who acted where, which delivery it is, what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain import Actor, Choices, Task
from bot.errors import InputError
from bot.texts import t

Body = Mapping[str, Any]

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def actor_of(body: Body) -> Actor:
    """Who acted, and where, from any payload: event, command, action, shortcut or view."""
    event = body.get("event") or {}
    user = body.get("user_id") or _id(body.get("user")) or event.get("user_id") or event.get("user") or ""
    channel = (
        body.get("channel_id")
        or _id(body.get("channel"))
        or event.get("channel_id")
        or event.get("channel")
        or ""
    )
    team = body.get("team_id") or _id(body.get("team")) or (_id(body.get("user"), "team_id")) or ""
    return Actor(team=str(team), user=str(user), channel=str(channel))


def _id(value: Any, key: str = "id") -> str:
    if isinstance(value, Mapping):
        return str(value.get(key) or "")
    return str(value or "") if key == "id" else ""


def delivery_of(body: Body) -> str:
    """A key that is the same whenever Slack delivers the same thing again."""
    team = actor_of(body).team
    if body.get("event_id"):
        return f"event:{team}:{body['event_id']}"
    if body.get("type") == "view_submission":
        view = body["view"]
        return f"view:{team}:{view['id']}:{view.get('hash', '')}"
    return f"trigger:{team}:{body.get('trigger_id', '')}"


def thread_of(body: Body) -> str:
    """The thread of the message whose button was pressed; "" outside threads."""
    message = body.get("message") or {}
    return str(message.get("thread_ts") or "")


def typed(body: Body) -> str:
    """A command's text as it was typed: Slack escapes three characters, and mobile keyboards curl quotes."""
    text = str(body.get("text") or "").strip()
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def subcommand(text: str) -> tuple[str, str]:
    """("start", "tickets.csv n_epochs=4") of "start tickets.csv n_epochs=4"; two empty texts for none."""
    word, _, rest = text.partition(" ")
    return word.lower(), rest.strip()


def form_values(view: Body) -> dict[str, str]:
    """{field: text} of a submitted form; a select gives its option's value."""
    values = {}
    for block in ((view.get("state") or {}).get("values") or {}).values():
        for action_id, state in block.items():
            selected = state.get("selected_option") or {}
            place = state.get("selected_conversation") or state.get("selected_channel")
            values[str(action_id)] = str(state.get("value") or selected.get("value") or place or "")
    return values


def sent_files(view: Body, field: str) -> list[str]:
    """The ids of the files of a form's file field."""
    states = (block for block in ((view.get("state") or {}).get("values") or {}).values() if field in block)
    return [str(file["id"]) for block in states for file in block[field].get("files") or ()]


def ticked(view: Body) -> tuple[str, ...]:
    """The values of every ticked checkbox of a form, in order."""
    return tuple(
        str(entry["value"])
        for block in ((view.get("state") or {}).get("values") or {}).values()
        for state in block.values()
        for entry in state.get("selected_options") or ()
    )


def column_choices(values: Mapping[str, str], columns: tuple[str, ...], before: Choices) -> Choices:
    """Choices from the columns form; a text that is a column's name becomes that column's template."""
    text = values.get("text", "").strip()
    if not text:
        raise InputError(t("Name a column, or a template such as {title} {body}."), field="text")
    chosen = values.get("label", "none")
    label = "" if chosen == "none" else columns[int(chosen)]
    return replace(
        before,
        text=text,
        label=label,
        task=Task(values["task"]) if values.get("task") else None,
        system=values.get("system", "").strip(),
    )

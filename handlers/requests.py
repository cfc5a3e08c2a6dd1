"""What Slack sends, parsed once into our words: who acted where, which delivery it is, what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain import Actor, Choices, Hyperparameters, JobPlan, Task
from bot.errors import InputError

Body = Mapping[str, Any]

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_ARGUMENT = re.compile(r"(\w+)=(\S+)")
START_KEYS = (
    "model",
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "suffix",
    "seed",
    "validation_share",
)

FIELD_NAMES = {
    "n_epochs": "Epochs",
    "batch_size": "Batch size",
    "learning_rate_multiplier": "The learning rate multiplier",
    "seed": "The seed",
    "validation_share": "The validation share",
}


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


def question(text: str) -> tuple[str, str]:
    """(text, model) of a /classify text; `model=NAME` counts as its first or last word only."""
    words = text.split()
    for place in (0, -1):
        if words and words[place].lower().startswith("model="):
            model = words[place][len("model=") :]
            stripped = text.removeprefix(words[place]) if place == 0 else text.removesuffix(words[place])
            return stripped.strip(), model
    return text.strip(), ""


def start_arguments(text: str) -> tuple[str, dict[str, str]]:
    """(dataset, {key: value}) of "tickets.csv n_epochs=4". Raises InputError for a key that does not exist."""
    settings = dict(_ARGUMENT.findall(text))
    unknown = next((key for key in settings if key not in START_KEYS), None)
    if unknown:
        raise InputError(
            f"There is no setting {unknown}.", field=unknown, next_step=f"Keys: {', '.join(START_KEYS)}."
        )
    return _ARGUMENT.sub("", text).strip(), settings


def plan(dataset_id: str, settings: Mapping[str, str]) -> JobPlan:
    """A plan from texts, as typed or as a form gives them; "" and "auto" mean auto. Raises InputError naming the field."""
    return JobPlan(
        dataset_id=dataset_id,
        model=settings.get("model", ""),
        hyperparameters=Hyperparameters(
            n_epochs=_whole(settings, "n_epochs"),
            batch_size=_whole(settings, "batch_size"),
            learning_rate_multiplier=_decimal(settings, "learning_rate_multiplier"),
        ),
        suffix=settings.get("suffix", "").strip(),
        seed=_whole(settings, "seed"),
        validation_share=_share(settings, "validation_share"),
    )


def _given(settings: Mapping[str, str], key: str) -> str:
    text = (settings.get(key) or "").strip()
    return "" if text.lower() == "auto" else text


def _whole(settings: Mapping[str, str], key: str) -> int | None:
    text = _given(settings, key)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"{FIELD_NAMES[key]} must be a whole number or auto, not {text}.", field=key
        ) from None


def _decimal(settings: Mapping[str, str], key: str) -> float | None:
    text = _given(settings, key)
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputError(f"{FIELD_NAMES[key]} must be a number or auto, not {text}.", field=key) from None


def _share(settings: Mapping[str, str], key: str) -> float | None:
    """A share from "10%" or "0.1"."""
    text = _given(settings, key)
    if not text:
        return None
    try:
        number = float(text.removesuffix("%").replace(",", "."))
    except ValueError:
        raise InputError(
            f"{FIELD_NAMES[key]} must be a share such as 10% or 0.1, not {text}.", field=key
        ) from None
    return number / 100 if text.endswith("%") else number


def form_values(view: Body) -> dict[str, str]:
    """{field: text} of a submitted form; a select gives its option's value."""
    values = {}
    for block in ((view.get("state") or {}).get("values") or {}).values():
        for action_id, state in block.items():
            selected = state.get("selected_option") or {}
            values[str(action_id)] = str(state.get("value") or selected.get("value") or "")
    return values


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
        raise InputError("Name a column, or a template such as {title} {body}.", field="text")
    chosen = values.get("label", "none")
    label = "" if chosen == "none" else columns[int(chosen)]
    return replace(
        before,
        text=text,
        label=label,
        task=Task(values["task"]) if values.get("task") else None,
        system=values.get("system", "").strip(),
    )

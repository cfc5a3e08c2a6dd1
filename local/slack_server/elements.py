"""Interactive elements as people use them: finding one, what it holds, and what a click or an entry makes of it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

# The key under which Slack sends an element's value, by element type. Elements not listed hold nothing.
VALUE_KEYS = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
_REQUIRED = "Please complete this required field."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class BadEntry(Exception):
    """What was entered or chosen is nothing the element offers; the message says what."""


def elements_of(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block, those in cards and containers included."""
    for block in blocks:
        inner = [*(block.get("elements") or ()), block.get("accessory"), block.get("element")]
        inner += block.get("actions") or ()
        for element in inner:
            if isinstance(element, dict) and element.get("type") == "card":
                yield from elements_of([element])
            elif isinstance(element, dict) and element.get("action_id"):
                yield block, element
        yield from elements_of(block.get("child_blocks") or ())


def find_element(blocks: Iterable[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """The block and the element of these ids, or None."""
    wanted = (block_id, action_id)
    return next(
        ((b, e) for b, e in elements_of(blocks) if (b.get("block_id"), e["action_id"]) == wanted), None
    )


def initial_values(blocks: Iterable[Json]) -> dict[str, Json]:
    """`state.values` before anybody has entered anything."""
    values: dict[str, Json] = {}
    for block, element in elements_of(blocks):
        key = VALUE_KEYS.get(element["type"])
        if key:
            initial = element.get("initial_value" if "value" in key else key.replace("selected", "initial"))
            empty: Any = [] if key.endswith("s") else None
            entry = {"type": element["type"], key: empty if initial is None else initial}
            values.setdefault(str(block.get("block_id")), {})[element["action_id"]] = entry
    return values


def entry_of(element: Json, given: Any) -> Json:
    """The element's new state from a raw string, a list of them, or Slack's own form; BadEntry for what it lacks."""
    kind = element["type"]
    key = VALUE_KEYS[kind]
    if isinstance(given, dict):
        given = given.get(key, given.get("value"))
    if key == "selected_option":
        return {"type": kind, key: None if given in (None, "") else _option(element, given)}
    if key == "selected_options":
        chosen = given if isinstance(given, list) else [given] if given else []
        most = element.get("max_selected_items")
        if most and len(chosen) > most:
            raise BadEntry(f"At most {most} can be selected.")
        return {"type": kind, key: [_option(element, choice) for choice in chosen]}
    if key.endswith("s"):
        return {"type": kind, key: given if isinstance(given, list) else [given] if given else []}
    return {"type": kind, key: None if given == "" else given}


def action_of(block: Json, element: Json, given: Json, action_ts: str) -> Json:
    """The entry of `actions` for a click or choice; BadEntry where the element doesn't offer it."""
    kind = element["type"]
    action: Json = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    action["action_ts"] = action_ts
    if kind in ("button", "workflow_button", "icon_button"):
        action |= {
            key: element[key]
            for key in ("text", "value", "style", "url", "confirm", "icon")
            if key in element
        }
    elif kind == "overflow":
        action["selected_option"] = _option(element, _given(given, "selected_option"))
    elif kind == "feedback_buttons":
        buttons = (element["positive_button"], element["negative_button"])
        chosen = next((b for b in buttons if b["value"] == given.get("value")), None)
        if chosen is None:
            raise BadEntry("No feedback button has this value.")
        action |= {"text": chosen["text"], "value": chosen["value"]}
    else:
        action |= entry_of(element, _given(given, VALUE_KEYS[kind]))
        action |= {key: element[key] for key in ("placeholder", "confirm") if key in element}
    return action


def entry_error(block: Json, element: Json, entry: Json) -> str | None:
    """What Slack's own dialog would say about this entry before it sends anything; None where it is fine."""
    value = entry[VALUE_KEYS[element["type"]]]
    if value in (None, "", []):
        return None if block.get("optional") else _REQUIRED
    check = _CHECKS.get(element["type"])
    return check(element, str(value)) if check else None


def _given(given: Json, key: str) -> Any:
    return given.get(key, given.get("value"))


def _option(element: Json, choice: Any) -> Json:
    value = choice.get("value") if isinstance(choice, dict) else choice
    if element["type"] in ("external_select", "multi_external_select"):
        if isinstance(choice, dict) and "text" in choice:
            return choice
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    options = list(element.get("options") or [])
    options += [option for group in element.get("option_groups") or [] for option in group["options"]]
    for option in options:
        if option["value"] == value:
            return dict(option)
    raise BadEntry(f"There is no option with the value {value!r}.")


def _text_error(element: Json, value: str) -> str | None:
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    if len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(value) > most else None


def _number_error(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a valid number."
    if not element.get("is_decimal_allowed") and not re.fullmatch(r"-?\d+", value.strip()):
        return "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"Please enter a number of at least {least}."
    return f"Please enter a number of at most {most}." if most is not None and number > float(most) else None


def _email_error(_: Json, value: str) -> str | None:
    return None if _EMAIL.fullmatch(value) else "Please enter a valid email address."


def _url_error(_: Json, value: str) -> str | None:
    return None if re.match(r"https?://\S+", value) else "Please enter a valid URL."


_CHECKS = {
    "plain_text_input": _text_error,
    "number_input": _number_error,
    "email_text_input": _email_error,
    "url_text_input": _url_error,
}

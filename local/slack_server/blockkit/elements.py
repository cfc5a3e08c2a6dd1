"""Checks interactive elements, and which of them may stand in which block."""

import re
from collections.abc import Collection
from typing import Any

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.check import Check, Inner, Json, as_list, objects
from local.slack_server.blockkit.objects import (
    PLAIN,
    confirm,
    image_element,
    link_option,
    option,
    option_group,
    rich_option,
    text,
    url,
)
from local.slack_server.blockkit.rich_text import rich_text

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_MULTI_SELECTS = tuple(f"multi_{name}" for name in _SELECTS)
_CHOICES = ("checkboxes", "radio_buttons", *_SELECTS, "datepicker", "timepicker")
SECTION_ELEMENTS = ("image", "button", "overflow", "workflow_button", *_CHOICES, *_MULTI_SELECTS)
ACTIONS_ELEMENTS = ("button", "overflow", "workflow_button", "datetimepicker", *_CHOICES)
INPUT_ELEMENTS = (
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "datetimepicker",
    "file_input",
    *_CHOICES,
    *_MULTI_SELECTS,
)
CONTEXT_ACTIONS_ELEMENTS = ("feedback_buttons", "icon_button")
_COMMON = ("type", "action_id", "confirm")
_PICKER = (*_COMMON, "placeholder", "focus_on_load")
_ENTRY = ("type", "action_id", "placeholder", "focus_on_load", "dispatch_action_config", "initial_value")


def element(kinds: Collection[str]) -> Inner:
    """An element of one of the kinds that the block takes."""

    def check_element(value: Any, check: Check) -> None:
        if not isinstance(value, dict):
            check.refuse("must be an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in kinds:
            check.at("type").refuse(f"unsupported type: {kind}")
            return
        _CHECKS[kind](value, check)
        if kind != "image":
            check.action_id(value)

    return check_element


def button(value: Json, check: Check) -> None:
    """A button; its style is primary, danger or left out."""
    own = ("text", "url", "value", "style", "accessibility_label", "visible_to_user_ids")
    agent = ("agent_prompt", "agent_prompt_display")
    check.keys(value, (*_COMMON, *own, *agent), ("text",))
    check.part(value, "text", text(limits.BUTTON_TEXT, PLAIN))
    check.string(value, "value", limits.BUTTON_VALUE)
    check.string(value, "accessibility_label", limits.ACCESSIBILITY_LABEL)
    check.string(value, "agent_prompt", limits.AGENT_PROMPT)
    check.one_of(value, "style", ("primary", "danger"))
    check.part(value, "confirm", confirm)
    url(value, check, "url")


def _workflow_button(value: Json, check: Check) -> None:
    check.keys(
        value, ("type", "action_id", "text", "workflow", "style", "accessibility_label"), ("text", "workflow")
    )
    check.part(value, "text", text(limits.BUTTON_TEXT, PLAIN))
    check.one_of(value, "style", ("primary", "danger"))


def _overflow(value: Json, check: Check) -> None:
    check.keys(value, (*_COMMON, "options"), ("options",))
    check.items(value, "options", link_option, most=limits.OVERFLOW_OPTIONS)
    check.part(value, "confirm", confirm)


def _few_options(value: Json, check: Check) -> None:
    initial = "initial_options" if value["type"] == "checkboxes" else "initial_option"
    check.keys(value, (*_COMMON, "focus_on_load", "options", initial), ("options",))
    check.items(value, "options", rich_option, most=limits.FEW_OPTIONS)
    check.part(value, "confirm", confirm)
    check.flag(value, "focus_on_load")
    _initial_among_options(value, check)


def _select(value: Json, check: Check) -> None:
    kind = value["type"].removeprefix("multi_").removesuffix("_select")
    is_multi = value["type"].startswith("multi_")
    check.keys(value, (*_PICKER, *_select_keys(kind, is_multi)))
    check.part(value, "placeholder", text(limits.PLACEHOLDER, PLAIN))
    check.part(value, "confirm", confirm)
    check.flag(value, "focus_on_load", "response_url_enabled", "default_to_current_conversation")
    if is_multi:
        check.number(value, "max_selected_items", 1, 1000)
    if kind == "static":
        if (value.get("options") is None) == (value.get("option_groups") is None):
            check.refuse("must define either `options` or `option_groups`")
        check.items(value, "options", option, most=limits.OPTIONS)
        check.items(value, "option_groups", option_group, most=limits.OPTIONS)
        _initial_among_options(value, check)
    elif kind == "external":
        check.number(value, "min_query_length", 0, 255)


def _select_keys(kind: str, is_multi: bool) -> tuple[str, ...]:
    noun = {"static": "option", "external": "option", "users": "user"}.get(kind, kind.removesuffix("s"))
    keys = [f"initial_{noun}s" if is_multi else f"initial_{noun}"]
    keys += ["max_selected_items"] if is_multi else []
    keys += {"static": ["options", "option_groups"], "external": ["min_query_length"]}.get(kind, [])
    if kind == "conversations":
        keys += ["default_to_current_conversation", "filter"]
    if kind in ("conversations", "channels") and not is_multi:
        keys.append("response_url_enabled")
    return tuple(keys)


def _initial_among_options(value: Json, check: Check) -> None:
    """Slack refuses an initial choice that isn't, letter for letter, one of the options."""
    options = as_list(value.get("options"))
    options = options + [
        o for group in objects(value.get("option_groups")) for o in as_list(group.get("options"))
    ]
    if value.get("initial_option") is not None and value["initial_option"] not in options:
        check.at("initial_option").refuse("initial_option must be one of the options")
    for number, initial in enumerate(as_list(value.get("initial_options"))):
        if initial not in options:
            check.at("initial_options", number).refuse("initial_options must be among the options")


def _date_or_time(value: Json, check: Check) -> None:
    kind = value["type"]
    initial = {"datepicker": "initial_date", "timepicker": "initial_time"}.get(kind, "initial_date_time")
    keys = (*_PICKER, initial, *(("timezone",) if kind == "timepicker" else ()))
    check.keys(value, keys if kind != "datetimepicker" else tuple(k for k in keys if k != "placeholder"))
    check.part(value, "placeholder", text(limits.PLACEHOLDER, PLAIN))
    check.part(value, "confirm", confirm)
    shape = {"datepicker": _DATE, "timepicker": _TIME}.get(kind)
    if shape and value.get(initial) is not None and not shape.fullmatch(str(value[initial])):
        check.at(initial).refuse("invalid format")
    if kind == "datetimepicker":
        check.number(value, initial, 10**9, 10**10 - 1)


def _typed_input(value: Json, check: Check) -> None:
    kind = value["type"]
    own = {
        "plain_text_input": ("multiline", "min_length", "max_length"),
        "number_input": ("is_decimal_allowed", "min_value", "max_value"),
        "rich_text_input": ("min_lines", "max_lines"),
    }.get(kind, ())
    required = ("is_decimal_allowed",) if kind == "number_input" else ()
    check.keys(value, (*_ENTRY, *own), required)
    check.part(value, "placeholder", text(limits.PLACEHOLDER, PLAIN))
    check.part(value, "dispatch_action_config", _dispatch_config)
    check.flag(value, "multiline", "is_decimal_allowed", "focus_on_load")
    check.number(value, "min_length", 0, limits.TEXT_INPUT)
    check.number(value, "max_length", 1, limits.TEXT_INPUT)
    if kind == "rich_text_input":
        check.part(value, "initial_value", rich_text)
    else:
        check.string(value, "initial_value", limits.TEXT_INPUT)
    for key in ("min_value", "max_value"):
        check.string(value, key, 50, least=1)


def _file_input(value: Json, check: Check) -> None:
    if check.surface != "modal":
        check.at("type").refuse("unsupported type: file_input")
    check.keys(value, ("type", "action_id", "filetypes", "max_files"))
    check.number(value, "max_files", 1, limits.FILES_PER_INPUT)


def _dispatch_config(value: Any, check: Check) -> None:
    if check.keys(value, ("trigger_actions_on",)):
        actions = ("on_enter_pressed", "on_character_entered")
        for number, action in enumerate(as_list(value.get("trigger_actions_on"))):
            if action not in actions:
                check.at("trigger_actions_on", number).refuse(f"must be one of: {', '.join(actions)}")


def _feedback_buttons(value: Json, check: Check) -> None:
    check.keys(
        value,
        ("type", "action_id", "positive_button", "negative_button"),
        ("positive_button", "negative_button"),
    )
    for key in ("positive_button", "negative_button"):
        check.part(value, key, _feedback_button)


def _feedback_button(value: Any, check: Check) -> None:
    if check.keys(value, ("text", "value", "accessibility_label"), ("text", "value")):
        check.part(value, "text", text(limits.BUTTON_TEXT, PLAIN))
        check.string(value, "value", limits.BUTTON_VALUE)
        check.string(value, "accessibility_label", limits.ACCESSIBILITY_LABEL)


def _icon_button(value: Json, check: Check) -> None:
    allowed = (*_COMMON, "icon", "text", "value", "accessibility_label", "visible_to_user_ids")
    check.keys(value, allowed, ("icon", "text"))
    check.one_of(value, "icon", ("trash",))
    check.part(value, "text", text(limits.BUTTON_TEXT, PLAIN))
    check.string(value, "value", limits.BUTTON_VALUE)
    check.string(value, "accessibility_label", limits.ACCESSIBILITY_LABEL)
    check.part(value, "confirm", confirm)
    users = value.get("visible_to_user_ids")
    if isinstance(users, list) and len(users) > limits.VISIBLE_TO_USERS:
        check.at("visible_to_user_ids").refuse(f"no more than {limits.VISIBLE_TO_USERS} items allowed")


_CHECKS = {
    "image": image_element,
    "button": button,
    "workflow_button": _workflow_button,
    "overflow": _overflow,
    "checkboxes": _few_options,
    "radio_buttons": _few_options,
    **dict.fromkeys((*_SELECTS, *_MULTI_SELECTS), _select),
    **dict.fromkeys(("datepicker", "timepicker", "datetimepicker"), _date_or_time),
    **dict.fromkeys(
        ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"),
        _typed_input,
    ),
    "file_input": _file_input,
    "feedback_buttons": _feedback_buttons,
    "icon_button": _icon_button,
}

"""Checks the layout blocks that Slack has had for long, and knows which block may stand where."""

from typing import Any

from local.slack_server.blockkit import data_blocks, limits
from local.slack_server.blockkit.check import Check, Inner, Json, kind_of
from local.slack_server.blockkit.elements import (
    ACTIONS_ELEMENTS,
    CONTEXT_ACTIONS_ELEMENTS,
    INPUT_ELEMENTS,
    SECTION_ELEMENTS,
    element,
)
from local.slack_server.blockkit.objects import BOTH, PLAIN, image_element, picture_source, text, url
from local.slack_server.blockkit.rich_text import rich_text

_EVERYWHERE = frozenset({"message", "modal", "home"})
_NOT_IN_MODALS = frozenset({"message", "home"})
_IN_MESSAGES = frozenset({"message"})
_IN_MODALS = frozenset({"modal"})
_CONTAINED = frozenset(
    {
        "actions",
        "context",
        "divider",
        "file",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "table",
        "video",
    }
)


def block(value: Any, check: Check) -> None:
    """One block of a message or view."""
    if not isinstance(value, dict):
        check.refuse("must be an object")
        return
    place = check.at_block()
    kind = value.get("type")
    row = BLOCKS.get(kind) if isinstance(kind, str) else None
    if row is None or check.surface not in row[1]:
        place.at("type").refuse(f"unsupported type: {kind}")
        return
    place.block_id(value)
    row[0](value, place)


def _section(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "text", "fields", "accessory", "expand"))
    if value.get("text") is None and value.get("fields") is None:
        check.refuse("must define either `text` or `fields`")
    check.part(value, "text", text(limits.SECTION_TEXT))
    check.items(value, "fields", text(limits.SECTION_FIELD), most=limits.SECTION_FIELDS)
    check.part(value, "accessory", element(SECTION_ELEMENTS))
    check.flag(value, "expand")


def _header(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "text", "level"), ("text",))
    check.part(value, "text", text(limits.HEADER_TEXT, PLAIN))
    check.number(value, "level", 1, 4)


def _divider(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id"))


def _context(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "elements"), ("elements",))
    check.items(value, "elements", _context_element, most=limits.CONTEXT_ELEMENTS)


def _context_element(value: Any, check: Check) -> None:
    kind = kind_of(value)
    if kind == "image":
        image_element(value, check)
    elif kind in BOTH:
        text(limits.SECTION_TEXT)(value, check)
    else:
        check.at("type").refuse(f"unsupported type: {kind}")


def _actions(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "elements"), ("elements",))
    check.items(value, "elements", element(ACTIONS_ELEMENTS), most=limits.ACTIONS_ELEMENTS)


def _context_actions(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "elements"), ("elements",))
    inner = element(CONTEXT_ACTIONS_ELEMENTS)
    check.items(value, "elements", inner, most=limits.CONTEXT_ACTIONS_ELEMENTS)


def _image(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "image_url", "slack_file", "alt_text", "title"), ("alt_text",))
    check.string(value, "alt_text", limits.ALT_TEXT)
    check.part(value, "title", text(limits.IMAGE_TITLE, PLAIN))
    picture_source(value, check)


def _input(value: Json, check: Check) -> None:
    allowed = ("type", "block_id", "label", "element", "hint", "optional", "dispatch_action")
    check.keys(value, allowed, ("label", "element"))
    check.part(value, "label", text(limits.INPUT_LABEL, PLAIN))
    check.part(value, "hint", text(limits.INPUT_LABEL, PLAIN))
    check.part(value, "element", element(INPUT_ELEMENTS))
    check.flag(value, "optional", "dispatch_action")


def _markdown(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "text"), ("text",))
    check.string(value, "text", limits.MARKDOWN_CHARACTERS, least=1)


def _rich_text(value: Json, check: Check) -> None:
    rich_text(value, check)


def _file(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "external_id", "source"), ("external_id", "source"))
    check.one_of(value, "source", ("remote",))


def _video(value: Json, check: Check) -> None:
    own = ("alt_text", "title", "thumbnail_url", "video_url", "author_name", "description")
    more = ("provider_icon_url", "provider_name", "title_url")
    check.keys(value, ("type", "block_id", *own, *more), ("alt_text", "title", "thumbnail_url", "video_url"))
    check.part(value, "title", text(limits.VIDEO_TITLE, PLAIN))
    check.part(value, "description", text(limits.VIDEO_TITLE, PLAIN))
    check.string(value, "author_name", limits.VIDEO_AUTHOR)
    for key in ("thumbnail_url", "video_url", "title_url", "provider_icon_url"):
        url(value, check, key)


def _alert(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "text", "level"), ("text",))
    check.part(value, "text", text(limits.ALERT_TEXT))
    check.one_of(value, "level", ("default", "info", "warning", "error", "success"))


def _card(value: Json, check: Check) -> None:
    own = ("hero_image", "icon", "slack_icon", "title", "subtitle", "body", "subtext", "actions")
    check.keys(value, ("type", "block_id", *own))
    if not any(value.get(key) for key in ("hero_image", "title", "actions", "body")):
        check.refuse("must define one of `hero_image`, `title`, `actions`, `body`")
    for key, most in (("title", limits.CARD_TITLE), ("subtitle", limits.CARD_TITLE)):
        check.part(value, key, text(most))
    for key in ("body", "subtext"):
        check.part(value, key, text(limits.CARD_BODY))
    for key in ("hero_image", "icon"):
        check.part(value, key, image_element)
    check.items(value, "actions", element(("button",)), most=limits.CARD_ACTIONS)


def _carousel(value: Json, check: Check) -> None:
    check.keys(value, ("type", "block_id", "elements"), ("elements",))
    check.items(value, "elements", _only({"card"}), most=limits.CAROUSEL_CARDS)


def _container(value: Json, check: Check) -> None:
    own = ("child_blocks", "title", "rich_text_title", "subtitle", "width", "icon")
    flags = ("is_collapsible", "default_collapsed", "has_header_divider")
    check.keys(value, ("type", "block_id", *own, *flags), ("child_blocks",))
    if value.get("title") is None and value.get("rich_text_title") is None:
        check.refuse("must define either `title` or `rich_text_title`")
    check.part(value, "title", text(limits.CARD_TITLE, PLAIN))
    check.part(value, "rich_text_title", rich_text)
    check.part(value, "subtitle", text(limits.CARD_TITLE))
    check.part(value, "icon", image_element)
    check.one_of(value, "width", ("narrow", "standard", "wide", "full"))
    check.flag(value, *flags)
    check.items(value, "child_blocks", _only(_CONTAINED), most=limits.CONTAINER_CHILDREN)


def _only(kinds: frozenset[str] | set[str]) -> Inner:
    def check_child(value: Any, check: Check) -> None:
        kind = kind_of(value)
        if kind not in kinds:
            check.at("type").refuse(f"unsupported type: {kind}")
            return
        block(value, check)

    return check_child


BLOCKS = {
    "section": (_section, _EVERYWHERE),
    "header": (_header, _EVERYWHERE),
    "divider": (_divider, _EVERYWHERE),
    "context": (_context, _EVERYWHERE),
    "actions": (_actions, _EVERYWHERE),
    "image": (_image, _EVERYWHERE),
    "input": (_input, _EVERYWHERE),
    "rich_text": (_rich_text, _EVERYWHERE),
    "video": (_video, _EVERYWHERE),
    "card": (_card, _EVERYWHERE),
    "markdown": (_markdown, _IN_MESSAGES),
    "file": (_file, _IN_MESSAGES),
    "context_actions": (_context_actions, _IN_MESSAGES),
    "task_card": (data_blocks.task_card, _IN_MESSAGES),
    "plan": (data_blocks.plan, _IN_MESSAGES),
    "table": (data_blocks.table, _NOT_IN_MODALS),
    "data_table": (data_blocks.data_table, _NOT_IN_MODALS),
    "data_visualization": (data_blocks.data_visualization, _NOT_IN_MODALS),
    "carousel": (_carousel, _NOT_IN_MODALS),
    "container": (_container, _NOT_IN_MODALS),
    "alert": (_alert, _IN_MODALS),
}

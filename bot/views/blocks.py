"""The few shapes our messages are made of, and the escaping of everything that strangers wrote.

Untrusted text (cells, answers, file names) goes through `escape`, `literal` or a rich_text element, never into mrkdwn
as it is: no link, mention or formatting can be made of it. Lengths are cut to Slack's limits
(docs.slack.dev, Block Kit reference, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.ports import Block, Message

SECTION_CHARACTERS = 3000
HEADER_CHARACTERS = 150
BUTTON_CHARACTERS = 75
TEXT_CHARACTERS = 3500
"""Top-level text: chat.update refuses near 4,000."""
BAR_WIDTH = 20
_SPARKS = "▁▂▃▄▅▆▇█"
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_CONTROL = (*range(0x20), *range(0x7F, 0xA0))
_DROPPED = dict.fromkeys(code for code in (*_CONTROL, *_BIDI) if chr(code) not in "\n\t")


def clean(text: str) -> str:
    """The text without control and direction-changing characters; line ends stay."""
    return text.translate(_DROPPED)


def escape(text: str) -> str:
    """The text with Slack's three control characters escaped, so that no mention and no link comes of it."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def literal(text: str, limit: int = 80) -> str:
    """Short untrusted text as inline code: nothing inside is formatted."""
    one_line = " ".join(clean(text).split())
    return f"`{escape(cut(one_line, limit)).replace('`', 'ˋ')}`" if one_line else "`(empty)`"


def bold(text: str) -> str:
    """Our own words in bold."""
    return f"*{text}*"


def header(text: str) -> Block:
    """A header block; plain text, so untrusted names may stand in it."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": cut(clean(text), HEADER_CHARACTERS), "emoji": False},
    }


def section(markdown: str, *, accessory: Block | None = None) -> Block:
    """A section of mrkdwn; the caller has escaped what is not ours."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut_lines(markdown, SECTION_CHARACTERS)},
    }
    if accessory:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    """Small print, at most ten pieces."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": cut_lines(text, 2000)} for text in texts[:10]],
    }


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def actions(*elements: Block) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def preformatted(text: str) -> Block:
    """Untrusted or aligned text in fixed width; nothing in it is interpreted."""
    return {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": cut(clean(text), SECTION_CHARACTERS) or " "}],
            }
        ],
    }


def quote(text: str, limit: int = 600) -> Block:
    """Untrusted text as a quotation; nothing in it is interpreted."""
    return {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_quote",
                "elements": [{"type": "text", "text": cut(clean(text), limit) or " "}],
            }
        ],
    }


def button(
    text: str,
    action_id: str,
    *,
    value: str = "",
    style: str = "",
    confirm: Block | None = None,
) -> Block:
    """A button; `style` is "primary", "danger" or nothing."""
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": cut(text, BUTTON_CHARACTERS), "emoji": True},
        "action_id": action_id,
    }
    if value:
        element["value"] = value
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = confirm
    return element


def confirm(title: str, text: str, *, yes: str, no: str, style: str = "danger") -> Block:
    """The question before a destructive or paid step; `style` is "danger", "primary" or nothing."""
    question: Block = {
        "title": {"type": "plain_text", "text": cut(title, 100)},
        "text": {"type": "plain_text", "text": cut(clean(text), 300)},
        "confirm": {"type": "plain_text", "text": cut(yes, 30)},
        "deny": {"type": "plain_text", "text": cut(no, 30)},
    }
    if style:
        question["style"] = style
    return question


def option(text: str, value: str, description: str = "") -> Block:
    """One entry of a select menu."""
    entry: Block = {
        "text": {"type": "plain_text", "text": cut(clean(text) or " ", 75), "emoji": False},
        "value": value,
    }
    if description:
        entry["description"] = {"type": "plain_text", "text": cut(clean(description), 75)}
    return entry


def message(text: str, blocks: Sequence[Block] = ()) -> Message:
    """A message; `text` says what the blocks say and is cut to what Slack can still edit."""
    return Message(text=cut_lines(text, TEXT_CHARACTERS), blocks=tuple(blocks[:50]))


def cut_lines(text: str, limit: int) -> str:
    """At most `limit` characters, whole lines where that is possible."""
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    lines = head.rsplit("\n", 1)
    return (lines[0] if len(lines) == 2 and len(lines[0]) > limit // 2 else head) + "\n…"


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of text for a share between 0 and 1."""
    filled = round(max(0.0, min(1.0, share)) * width)
    return "█" * filled + "░" * (width - filled)


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """A line of small bars, lowest to highest; empty without values."""
    if not values:
        return ""
    if len(values) > width:
        stride = (len(values) - 1) / (width - 1)
        values = [values[round(index * stride)] for index in range(width)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(_SPARKS[round((value - low) / span * (len(_SPARKS) - 1))] for value in values)


def plain_input(
    block_id: str, label: str, element: dict[str, Any], *, optional: bool = False, hint: str = ""
) -> Block:
    """An input of a modal; its action_id is the block's id."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": {**element, "action_id": block_id},
        "optional": optional,
    }
    if hint:
        block["hint"] = {"type": "plain_text", "text": hint}
    return block

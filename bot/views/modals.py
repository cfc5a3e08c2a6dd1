"""What every form is made of: the modal around it, its kinds of fields, and a form that only says something."""

from __future__ import annotations

from bot.ports import Block
from bot.texts import t
from bot.views.blocks import plain_input, section


def modal(
    callback_id: str, title: str, *, submit: str, close: str, blocks: list[Block], private: str
) -> Block:
    """A form; its submission carries `callback_id` and `private`."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": close},
        "private_metadata": private,
        "blocks": blocks,
    }


def number_input(name: str, label: str, placeholder: str, hint: str, *, decimal: bool = False) -> Block:
    """An optional field for a number, kept as text: Slack's own number field knows no "auto"."""
    element = {
        "type": "plain_text_input",
        "max_length": 20,
        "placeholder": {"type": "plain_text", "text": placeholder},
    }
    return plain_input(name, label, element, optional=True, hint=hint + (t(", e.g. 0.5") if decimal else ""))


def text_input(placeholder: str, limit: int) -> Block:
    """A one-line text field of at most `limit` characters."""
    return {
        "type": "plain_text_input",
        "max_length": limit,
        "placeholder": {"type": "plain_text", "text": placeholder},
    }


def notice(title: str, markdown: str) -> Block:
    """A form without fields."""
    return {
        "type": "modal",
        "callback_id": "notice",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": t("Close")},
        "blocks": [section(markdown)],
    }

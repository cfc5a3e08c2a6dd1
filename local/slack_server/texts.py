"""Slack's way of writing text: what a person types becomes escaped text with mentions, and rich text blocks."""

import re
from collections.abc import Iterable
from typing import Any

from local.slack_server.people import Channel, User

Json = dict[str, Any]
_TYPED = re.compile(
    r"<@(?P<id>[UW][A-Z0-9]+)>|(?<![\w@])@(?P<name>[\w.\-]+)|(?<![\w&#])#(?P<channel>[\w\-]+)|[&<>]"
)
_STORED = re.compile(r"<(?P<kind>[@#]|https?://)(?P<rest>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """The text with & < > as entities, as Slack stores what a person typed."""
    return re.sub(r"[&<>]", lambda found: _ENTITIES[found.group()], text)


def unescaped(text: str) -> str:
    """The text that a person reads where `escaped` wrote entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed_to_stored(text: str, users: Iterable[User], channels: Iterable[Channel]) -> str:
    """What Slack keeps of a typed text: `@lead` and `#tickets` as references, the rest escaped.

    A reference such as `<@U0LEAD>` of a known user is kept: Slack's own composer writes it after autocompletion.
    """
    by_name = {user.name: user.id for user in users}
    known = set(by_name.values())
    by_channel = {channel.name: channel for channel in channels if channel.user is None}

    def replaced(found: re.Match[str]) -> str:
        if found["id"] in known:
            return found.group()
        if found["name"] and found["name"].lower() in by_name:
            return f"<@{by_name[found['name'].lower()]}>"
        if found["channel"] and found["channel"] in by_channel:
            return f"<#{by_channel[found['channel']].id}|{found['channel']}>"
        return escaped(found.group())

    return _TYPED.sub(replaced, text)


def escaped_command_text(text: str, users: Iterable[User], channels: Iterable[Channel]) -> str:
    """A command's text with `should_escape`: people and channels with their names beside the ids."""
    names = {user.id: user.name for user in users}
    stored = typed_to_stored(text, users, channels)
    return re.sub(r"<@(\w+)>", lambda found: f"<@{found[1]}|{names[found[1]]}>", stored)


def mentions(text: str, user_id: str) -> bool:
    """Does the stored text mention this user?"""
    return f"<@{user_id}>" in text or f"<@{user_id}|" in text


def rich_text_block(text: str, block_id: str) -> Json:
    """The rich_text block that Slack makes of a stored text a person typed: plain runs, mentions, links."""
    elements: list[Json] = []
    end = 0
    for found in _STORED.finditer(text):
        _add_run(elements, text[end : found.start()])
        elements.append(_reference(found))
        end = found.end()
    _add_run(elements, text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _add_run(elements: list[Json], run: str) -> None:
    if run:
        elements.append({"type": "text", "text": unescaped(run)})


def _reference(found: re.Match[str]) -> Json:
    if found["kind"] == "@":
        return {"type": "user", "user_id": found["rest"]}
    if found["kind"] == "#":
        return {"type": "channel", "channel_id": found["rest"]}
    link: Json = {"type": "link", "url": found["kind"] + found["rest"]}
    if found["label"]:
        link["text"] = found["label"]
    return link

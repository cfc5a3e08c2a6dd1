"""Who did what, a line each, with buttons to leaf and to download."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.domain import AuditEntry
from bot.ports import Block, Message
from bot.texts import t
from bot.views.amounts import moment
from bot.views.blocks import actions, bold, button, context, escape, literal, message, section
from bot.views.settings import names

SHOWN_CHARACTERS = 90
_PERSON = re.compile(r"\b[UW][A-Z0-9]{2,}\b")
"""A user's id, as the people of a setting are kept."""


def audit(
    entries: Sequence[AuditEntry], *, channel: str, newer: bool, older: bool, may_download: bool
) -> Message:
    """A page of rows, newest first; `channel` is "" for all channels."""
    title = t("Who did what in all channels")
    if channel:
        title = t("Who did what in <#{channel}>", channel=channel)
    if not entries:
        return message(f"{title}: {t('nothing yet.')}")
    lines = [line(entry, with_channel=not channel) for entry in entries]
    blocks: list[Block] = [section(bold(title)), section("\n".join(lines))]
    buttons = _buttons(entries, channel, newer=newer, older=older, may_download=may_download)
    if buttons:
        blocks.append(actions(*buttons))
    if not may_download:
        blocks.append(context(t("Approvers and workspace admins can download this as CSV.")))
    return message("\n".join([title, *lines]), blocks)


def _buttons(
    entries: Sequence[AuditEntry], channel: str, *, newer: bool, older: bool, may_download: bool
) -> list[Block]:
    buttons = []
    if newer:
        buttons.append(button(t("Newer"), "audit_newer", value=place(channel, after=entries[0].id)))
    if older:
        buttons.append(button(t("Older"), "audit_older", value=place(channel, before=entries[-1].id)))
    if may_download:
        buttons.append(button(t("Download CSV"), "audit_download", value=place(channel)))
    return buttons


def place(channel: str, *, before: int = 0, after: int = 0) -> str:
    """Where a button leads, as its value."""
    return json.dumps({"everywhere": not channel, "before": before, "after": after})


def line(entry: AuditEntry, *, with_channel: bool = False) -> str:
    """One row: when, who, what."""
    where = f" · <#{entry.channel}>" if with_channel and entry.channel else ""
    return f"{moment(entry.at)}{where} · {_what(entry)}"


def _what(entry: AuditEntry) -> str:
    words = _words().get(entry.action)
    values = {
        "user": f"<@{entry.user}>" if entry.user else t("Nobody"),
        "subject": literal(entry.subject, SHOWN_CHARACTERS),
        "model": literal(entry.details.get("model", ""), SHOWN_CHARACTERS),
    }
    if entry.action == "settings":
        return t("{user} changed settings: {changes}", changes=_changes(entry.details), **values)
    if words is None:
        return f"{values['user']} {escape(entry.action)} {values['subject']}"
    return words.format(**values)


def _words() -> dict[str, str]:
    """{action: sentence with {user}, {subject} and {model}}."""
    return {
        "start": t("{user} started {subject} with {model}"),
        "approve": t("{user} approved {subject}"),
        "reject": t("{user} rejected {subject}"),
        "expire": t("{user} approved {subject} in time, so it was dropped"),
        "cancel": t("{user} cancelled {subject}"),
        "pause": t("{user} paused {subject}"),
        "resume": t("{user} resumed {subject}"),
        "use": t("{user} made {subject} this channel's model"),
        "delete": t("{user} deleted {subject}"),
        "rename": t("{user} renamed {subject}"),
        "train again": t("{user} trained {subject} again with feedback"),
        "classify file": t("{user} had a file classified: {subject}"),
    }


def _changes(details: dict[str, str]) -> str:
    said = names()
    parts = [
        f"{said.get(name, name)}: {_PERSON.sub(_mention, escape(values))}" for name, values in details.items()
    ]
    return "; ".join(parts)


def _mention(found: re.Match[str]) -> str:
    return f"<@{found[0]}>"


def sent() -> Message:
    """Told to who asked for the CSV."""
    return message(t("I sent you the audit as a CSV in our direct messages."))

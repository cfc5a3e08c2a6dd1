"""Checks rich text: sections, lists, quotes and code, and the runs inside them."""

from typing import Any

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.check import Check, Json, kind_of

# The keys each run may have beside `type` and `style`, and the ones it must have.
_RUNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("text",)),
    "link": (("url", "text", "unsafe"), ("url",)),
    "user": (("user_id",), ("user_id",)),
    "usergroup": (("usergroup_id",), ("usergroup_id",)),
    "team": (("team_id",), ("team_id",)),
    "channel": (("channel_id",), ("channel_id",)),
    "emoji": (("name", "unicode", "skin_tone", "display_team_id"), ("name",)),
    "broadcast": (("range",), ("range",)),
    "color": (("value",), ("value",)),
    "date": (("timestamp", "format", "url", "fallback"), ("timestamp", "format")),
}
_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
_MANY = 10_000


def rich_text(value: Any, check: Check) -> None:
    """A rich_text block or cell."""
    if check.keys(value, ("type", "block_id", "elements"), ("elements",)):
        check.one_of(value, "type", ("rich_text",))
        check.items(value, "elements", _part, most=_MANY)


def _part(value: Any, check: Check) -> None:
    kind = kind_of(value)
    if kind == "rich_text_list":
        check.keys(value, ("type", "elements", "style", "indent", "offset", "border"), ("elements", "style"))
        check.one_of(value, "style", ("bullet", "ordered"))
        check.number(value, "indent", 0, limits.LIST_INDENT)
        check.number(value, "offset", 0, 10**9)
        check.number(value, "border", 0, 1)
        check.items(value, "elements", _section, most=_MANY)
    elif kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        check.keys(value, ("type", "elements", "border", "language"), ("elements",))
        check.number(value, "border", 0, 1)
        check.items(value, "elements", _run, least=0, most=_MANY)
    else:
        check.at("type").refuse(f"unsupported type: {kind}")


def _section(value: Any, check: Check) -> None:
    if not isinstance(value, dict) or value.get("type") != "rich_text_section":
        check.refuse("must be a rich_text_section")
        return
    _part(value, check)


def _run(value: Any, check: Check) -> None:
    kind = kind_of(value)
    if kind not in _RUNS:
        check.at("type").refuse(f"unsupported type: {kind}")
        return
    allowed, required = _RUNS[kind]
    check.keys(value, ("type", "style", *allowed), required)
    if kind == "text":
        check.string(value, "text", _MANY * 4, least=1)
    if kind == "broadcast":
        check.one_of(value, "range", ("here", "channel", "everyone"))
    check.part(value, "style", _style)


def _style(value: Any, check: Check) -> None:
    if check.keys(value, _STYLES):
        style: Json = value
        check.flag(style, *_STYLES)

"""Checks the parts that blocks are made of: text, options, confirm dialogs, images and their sources."""

import ipaddress
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.check import Check, Inner, Json

PLAIN = ("plain_text",)
BOTH = ("plain_text", "mrkdwn")


def text(most: int, kinds: Collection[str] = BOTH) -> Inner:
    """A text object of 1..most characters and one of the kinds."""

    def check_text(value: Any, check: Check) -> None:
        if not isinstance(value, dict):
            check.refuse("must be an object")
            return
        kind = value.get("type")
        if kind not in kinds:
            check.at("type").refuse(f"must be one of: {', '.join(kinds)}")
        allowed = ("type", "text", "emoji") if kind == "plain_text" else ("type", "text", "verbatim")
        check.keys(value, allowed, ("text",))
        check.string(value, "text", most, least=1)
        check.flag(value, "emoji", "verbatim")

    return check_text


def option(value: Any, check: Check, *, kinds: Collection[str] = PLAIN, has_url: bool = False) -> None:
    """One choice of a menu; `url` only in overflow menus, mrkdwn only in radio buttons and checkboxes."""
    allowed = ("text", "value", "description", *(("url",) if has_url else ()))
    if not check.keys(value, allowed, ("text", "value")):
        return
    check.part(value, "text", text(limits.OPTION_TEXT, kinds))
    check.string(value, "value", limits.OPTION_VALUE, least=1)
    check.part(value, "description", text(limits.OPTION_DESCRIPTION, kinds))
    check.string(value, "url", limits.URL, least=1)


def rich_option(value: Any, check: Check) -> None:
    """One choice of radio buttons or checkboxes, which may use mrkdwn."""
    option(value, check, kinds=BOTH)


def link_option(value: Any, check: Check) -> None:
    """One choice of an overflow menu, which may carry a link."""
    option(value, check, has_url=True)


def option_group(value: Any, check: Check) -> None:
    """A named group of choices."""
    if check.keys(value, ("label", "options"), ("label", "options")):
        check.part(value, "label", text(limits.OPTION_TEXT, PLAIN))
        check.items(value, "options", option, most=limits.OPTIONS)


def confirm(value: Any, check: Check) -> None:
    """A confirm dialog."""
    allowed = ("title", "text", "confirm", "deny", "style")
    if not check.keys(value, allowed, ("title", "text", "confirm", "deny")):
        return
    check.part(value, "title", text(limits.CONFIRM_TITLE, PLAIN))
    check.part(value, "text", text(limits.CONFIRM_TEXT))
    check.part(value, "confirm", text(limits.CONFIRM_BUTTON, PLAIN))
    check.part(value, "deny", text(limits.CONFIRM_BUTTON, PLAIN))
    check.one_of(value, "style", ("primary", "danger"))


def picture_source(value: Json, check: Check) -> None:
    """Exactly one of `image_url`, reachable from outside, and `slack_file`, known and ready."""
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        check.refuse("must define either `image_url` or `slack_file`")
    check.string(value, "image_url", limits.URL, least=1)
    url = value.get("image_url")
    if isinstance(url, str) and url and not _is_public_url(url):
        check.at("image_url").refuse("downloading image failed")
    reference = value.get("slack_file")
    if reference is None:
        return
    place = check.at("slack_file")
    if place.keys(reference, ("id", "url")):
        if (reference.get("id") is None) == (reference.get("url") is None):
            place.refuse("must define either `id` or `url`")
        elif not check.findings.is_usable_file(reference):
            place.refuse("invalid slack file")


def image_element(value: Any, check: Check) -> None:
    """A small image, as accessory or in a context block."""
    if check.keys(value, ("type", "image_url", "slack_file", "alt_text"), ("alt_text",)):
        check.one_of(value, "type", ("image",))
        check.string(value, "alt_text", limits.ALT_TEXT)
        picture_source(value, check)


def url(value: Json, check: Check, key: str, most: int = limits.URL) -> None:
    """Where `key` is there, demand a web address."""
    check.string(value, key, most, least=1)
    address = value.get(key)
    if (
        isinstance(address, str)
        and address
        and not address.startswith(("http://", "https://", "mailto:", "slack:"))
    ):
        check.at(key).refuse("must be a valid url")


def _is_public_url(address: str) -> bool:
    """Could Slack's own machines fetch it? Names and addresses of this machine or a private net they can't."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or host == "localhost" or host.endswith(".local"):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host

"""Cursor pagination as Slack does it: an opaque next_cursor, empty on the last page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from local.slack_server.api.arguments import Arguments
from local.slack_server.api.errors import ApiError

Item = TypeVar("Item")


def encode_cursor(place: str) -> str:
    """The cursor that stands for a place."""
    return base64.b64encode(f"next:{place}".encode()).decode()


def decode_cursor(args: Arguments) -> str | None:
    """The place the caller's cursor stands for; None for the first page; `invalid_cursor` for one we never gave."""
    cursor = args.text("cursor")
    if not cursor:
        return None
    try:
        decoded = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise ApiError("invalid_cursor") from fault
    if not decoded.startswith("next:"):
        raise ApiError("invalid_cursor")
    return decoded.removeprefix("next:")


def page(
    args: Arguments, items: Sequence[Item], *, default: int = 100, most: int = 999
) -> tuple[list[Item], dict[str, Any]]:
    """One page of a list, and the response_metadata to answer with."""
    place = decode_cursor(args)
    if place is not None and not place.isdecimal():
        raise ApiError("invalid_cursor")
    start = int(place or 0)
    end = start + args.limit(default=default, most=most)
    cursor = encode_cursor(str(end)) if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": cursor}

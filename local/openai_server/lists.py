"""The envelope around every list the API gives."""

from collections.abc import Sequence
from typing import Any


def listed(data: Sequence[dict[str, Any]], has_more: bool) -> dict[str, object]:
    """OpenAI's list object; an empty page has empty strings where others have the first and the last id.

    OpenAI's description of the API types both as strings, so null would not do there.
    """
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else "",
        "last_id": data[-1]["id"] if data else "",
        "has_more": has_more,
    }

"""Makes column names: unique, never empty, none that collides with the spool's own columns."""

from __future__ import annotations

from collections.abc import Sequence

LINE = "__line__"
FILE = "__file__"

_NAME_CHARS = 200


def column_names(header: Sequence[str], width: int) -> list[str]:
    """`width` unique names: the header's where it has them ("text", "text_2"), else "column_3" by position.

    >>> column_names(["text", "", " text "], 4)
    ['text', 'column_2', 'text_2', 'column_4']
    """
    taken: set[str] = {LINE, FILE}
    names = []
    for number in range(width):
        given = " ".join(header[number].split())[:_NAME_CHARS] if number < len(header) else ""
        base = given or f"column_{number + 1}"
        name, suffix = base, 2
        while name in taken:
            name, suffix = f"{base}_{suffix}", suffix + 1
        taken.add(name)
        names.append(name)
    return names

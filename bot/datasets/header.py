"""Makes column names: unique, never empty, none that collides with the spool's own columns."""

from __future__ import annotations

from collections.abc import Sequence

from bot.datasets.spool import FILE, LINE


def column_names(header: Sequence[str], width: int) -> list[str]:
    """`width` unique names: the header's where it has them ("text", "text_2"), else "column_3" by position."""
    taken: set[str] = {LINE, FILE}
    names = []
    for number in range(width):
        base = " ".join(header[number].split()) if number < len(header) else ""
        name = base or f"column_{number + 1}"
        suffix = 2
        while name in taken:
            name = f"{base or f'column_{number + 1}'}_{suffix}"
            suffix += 1
        taken.add(name)
        names.append(name)
    return names

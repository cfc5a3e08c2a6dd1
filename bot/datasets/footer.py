"""Tells a table's last rows of data from the notes that people and portals put below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

TAIL_ROWS = 20
"""How many of the last rows may be footer."""

_NOTE = re.compile(
    r"\s*(source|note|notes|footnote|\*|©|\(c\)|copyright|data (from|as of)|last updated|generated|exported|see )",
    re.I,
)


def footer_rows(tail: Sequence[Sequence[str]], *, width: int, usual_filled: float) -> int:
    """How many rows at the end of `tail`, a table's last rows, are notes rather than data.

    A note fills one cell where the rows above fill at least three, or one cell that reads like a note where they fill
    two; rows without any filled cell go with the notes below them.
    """
    notes = 0
    for count, row in enumerate(reversed(tail[1:]), 1):
        filled = [cell for cell in row if cell.strip()]
        if len(filled) > 1:
            break
        if filled and (len(row) < width or row[0].strip()) and (usual_filled >= 3 or _NOTE.match(filled[0])):
            notes = count
        elif filled:
            break
    while 0 < notes < len(tail) - 1 and not any(cell.strip() for cell in tail[-notes - 1]):
        notes += 1
    return notes

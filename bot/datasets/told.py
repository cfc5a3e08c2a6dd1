"""What a reader has to say of a file beside its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.texts import n

_QUOTED_CHARS = 160


@dataclass(kw_only=True)
class Told:
    """How a file was understood; a reader fills it in while it reads.

    `notes` are sentences about decisions, `warnings` about what a person should look at.
    """

    format: str
    encoding: str = ""
    delimiter: str = ""
    quoting: bool = False
    header: bool = True
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def shown(cells: Sequence[str]) -> str:
    """The filled cells of a row on one line, cut to what fits in a sentence."""
    text = " | ".join(" ".join(cell.split()) for cell in cells if cell.strip())
    return text if len(text) <= _QUOTED_CHARS else text[: _QUOTED_CHARS - 1] + "…"


def counted(number: int, noun: str) -> str:
    """The number with its noun ("row", "record", "line", "cell", "byte" or "time"): "1 row", "2,000 rows"."""
    words = {
        "row": n("{number:,} row", "{number:,} rows", number),
        "record": n("{number:,} record", "{number:,} records", number),
        "line": n("{number:,} line", "{number:,} lines", number),
        "cell": n("{number:,} cell", "{number:,} cells", number),
        "byte": n("{number:,} byte", "{number:,} bytes", number),
        "time": n("{number:,} time", "{number:,} times", number),
    }
    return words[noun]

"""Tables drawn with bars and rules, as Markdown, psql and mysql write them, turned into plain delimited lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

MARK = "\x1f"
"""What keeps the cells apart afterwards: no text has it."""

_RULE = re.compile(r"(?=.*(?:-{3}|={3}))[-=|+: ]+\s*")
_BAR = re.compile(r"(?<!\\)\|")
_LEAST_LINES = 3

Line = tuple[int, str]


def is_framed(sample: Sequence[Line]) -> bool:
    """Whether a rule stands among the first lines, under or over a header, and all rows have as many bars."""
    lines = [text for _, text in sample if text.strip()]
    first = [text for text in lines[:3] if _RULE.fullmatch(text) and re.search(r"[|+]", text)]
    bars = [len(_BAR.findall(text)) for text in lines if not _RULE.fullmatch(text)]
    if not first or len(lines) < _LEAST_LINES or not bars or MARK in "".join(lines):
        return False
    return bars[0] > 0 and bars.count(bars[0]) >= 0.9 * (len(bars) - 1)


def unframed(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without rules and outer bars, their cells trimmed; lines without bars as they are."""
    for number, text in lines:
        if _RULE.fullmatch(text) and text.strip():
            continue
        if not _BAR.search(text):
            yield number, text
            continue
        bare = text.strip()
        if bare.startswith("|") and bare.endswith("|"):
            bare = bare[1:-1]
        cells = (cell.strip().replace("\\|", "|") for cell in _BAR.split(bare))
        yield number, MARK.join(cells) + "\n"

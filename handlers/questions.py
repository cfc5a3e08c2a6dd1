"""What was typed after /classify or /ask: the text, and the options before or behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import InputError
from bot.services.ask import TOP
from bot.texts import t

_OPTION = re.compile(
    r"(?:model=(?P<model>\S+)|(?:--|—|–)(?P<private>private)|(?:--|—|–)top(?:[ =]+(?P<top>\S+))?)",
    re.IGNORECASE,
)
"""Phones turn two hyphens into a dash."""
_FIRST = re.compile(rf"{_OPTION.pattern}(?=\s|$)\s*", re.IGNORECASE)
_LAST = re.compile(
    r"(?:^|\s)(?:model=(?P<model>\S+)|(?:--|—|–)(?P<private>private)|(?:--|—|–)top(?:[ =]+(?P<top>\d\S*))?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A question as typed."""

    text: str
    model: str = ""
    private: bool = False
    top: int = TOP


def question(text: str) -> Typed:
    """The text without the options at its two ends; inside the text the same words are text.

    Raises InputError for a `--top` without a number.
    """
    found: dict[str, str] = {}
    rest = text.strip()
    while match := _FIRST.match(rest) or _LAST.search(rest):
        found |= {name: value for name, value in match.groupdict().items() if value}
        if re.search(r"(?:--|—|–)top", match[0], re.IGNORECASE):
            found.setdefault("top", "")
        rest = (rest[: match.start()] + rest[match.end() :]).strip()
    return Typed(
        text=rest, model=found.get("model", ""), private="private" in found, top=_number(found.get("top"))
    )


def _number(given: str | None) -> int:
    if given is None:
        return TOP
    if not given.isdecimal() or not given.isascii():
        raise InputError(
            t("--top takes a number, such as --top 5."), field="top", next_step=t("Nothing was asked.")
        )
    return int(given)

"""The words people read, in their language: English stands in the code, every other language in a catalogue beside this file.

`t("Stop {name}?", name=job)` looks the English sentence up in the catalogue of the language in use and fills in the
values; a sentence that the catalogue lacks is said in English. Values are filled in as they are: escaping is the views' work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh_CN")

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def t(message: str, /, **values: object) -> str:
    """The sentence in the language in use, with the values filled in."""
    said = _catalogue(_language.get()).get(message, (message,))[0]
    return said.format(**values) if values else said


def n(one: str, many: str, number: int, /, **values: object) -> str:
    """The sentence for one thing or for many, with `{number}` and the values filled in."""
    forms = _catalogue(_language.get()).get(one)
    if forms is None:
        said = one if number == 1 else many
    else:
        said = forms[0] if number == 1 else forms[-1]
    return said.format(number=number, **values)


def later(message: str) -> str:
    """Mark a sentence of a table, which is said when its language is known: `said(it)`."""
    return message


def said(message: str, /, **values: object) -> str:
    """A sentence marked by `later`, in the language in use."""
    return t(message, **values)


def language() -> str:
    """The language in use, such as "en"."""
    return _language.get()


def language_for(locale: str) -> str:
    """The language we have for a Slack locale such as "zh-CN" or "en-GB"; English when there is none."""
    return next((name for name in LANGUAGES if name[:2] == locale[:2].lower()), ENGLISH)


@contextmanager
def using(name: str) -> Iterator[None]:
    """Speak that language inside the block, in this task only."""
    token = _language.set(name)
    try:
        yield
    finally:
        _language.reset(token)


def speak(name: str) -> None:
    """Speak that language from here on, in this task only."""
    _language.set(name)


@cache
def _catalogue(name: str) -> dict[str, tuple[str, ...]]:
    """{English sentence: its forms} of a language; nothing for English."""
    path = Path(__file__).with_name(f"{name}.po")
    if name == ENGLISH or not path.exists():
        return {}
    with path.open("rb") as file:
        entries = read_po(file, locale=name)
    found = {}
    for entry in entries:
        english = entry.id[0] if isinstance(entry.id, tuple | list) else entry.id
        forms = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        if english and all(forms):
            found[english] = tuple(str(form) for form in forms)
    return found

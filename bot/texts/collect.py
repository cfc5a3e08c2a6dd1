"""`make texts`: collects every sentence of the code into the catalogues, for translators. Nothing at run time needs it.

`en.po` says each sentence as the code does. In every other catalogue new sentences stand without a translation,
which a test refuses, and those that have gone are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.texts import ENGLISH, LANGUAGES

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "handlers")
KEYWORDS = {"t": 1, "later": 1, "n": 2}
"""{function: how many of its first arguments are sentences}."""
WIDTH = 110
HEADER = """# {name}. One entry a sentence; what stands in braces stays as it is. Written by `make texts`.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals};\\n"

"""
"""Without dates and people: what was collected twice is the same twice."""


def sentences() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """(English, or English for one and for many; the file it stands in), file by file."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for message in looked_up(path.read_text(encoding="utf-8")):
                yield message, name


def looked_up(source: str) -> list[str | tuple[str, ...]]:
    """The sentences that a module looks up. Babel's own collector passes over one inside another's values.

    >>> looked_up('t("{number} of {all}", all=n("{number} row", "{number} rows", 3))')
    ['{number} of {all}', ('{number} row', '{number} rows')]
    """
    found: list[str | tuple[str, ...]] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        arguments = node.args[: KEYWORDS.get(node.func.id, 0)]
        said = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if said and len(said) == len(arguments):
            found.append(said[0] if len(said) == 1 else tuple(said))
    return found


def template(language: str) -> Catalog:
    """Every sentence of the code, none translated. Where it stands is left out: code moves, sentences stay."""
    catalog = Catalog(locale=language, project="Tunesmith", charset="utf-8", fuzzy=False)
    for message, _ in sentences():
        catalog.add(message)
    return catalog


def collected(language: str) -> Catalog:
    """A language's catalogue as it should be: the code's sentences, with the translations that are there already."""
    fresh, old = template(language), read(language)
    for entry in fresh:
        if not entry.id:
            continue
        known = old.get(entry.id) if old else None
        if language == ENGLISH:
            entry.string = entry.id
        elif known is not None:
            entry.string = known.string
    return fresh


def read(language: str) -> Catalog | None:
    """The catalogue as it stands, or None."""
    path = path_of(language)
    if not path.exists():
        return None
    with path.open("rb") as source:
        return read_po(source, locale=language)


def path_of(language: str) -> Path:
    """Where a language's catalogue is."""
    return Path(__file__).with_name(f"{language}.po")


def write(language: str) -> int:
    """Write a language's catalogue anew; how many sentences are without a translation."""
    catalog = collected(language)
    path_of(language).write_bytes(text_of(language, catalog))
    return sum(1 for entry in catalog if entry.id and not is_said(entry.string))


def text_of(language: str, catalog: Catalog) -> bytes:
    """The catalogue as its file has it."""
    body = BytesIO()
    write_po(body, catalog, width=WIDTH, sort_output=True, omit_header=True, no_location=True)
    name = Locale.parse(language).english_name
    head = HEADER.format(name=name, language=language, plurals=catalog.plural_forms.rstrip(";"))
    return head.encode() + body.getvalue()


def is_said(string: object) -> bool:
    """Whether a translation is there, with each of its forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    for language in LANGUAGES:
        print(f"{path_of(language).name}: {write(language)} sentences to translate")

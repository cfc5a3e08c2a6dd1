"""Every sentence of the code is in each catalogue, translated, with its values in place. `make texts` brings them up to date."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from bot.texts import ENGLISH, LANGUAGES
from bot.texts.collect import (
    FOLDERS,
    KEYWORDS,
    ROOT,
    collected,
    is_said,
    looked_up,
    path_of,
    read,
    sentences,
    text_of,
)

OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def entries(language: str):
    catalog = read(language)
    assert catalog is not None
    return [entry for entry in catalog if entry.id]


def fields(text: str) -> set[tuple[str, str, str]]:
    """What stands in braces: name, format and conversion."""
    parts = string.Formatter().parse(text)
    return {(name, spec or "", conversion or "") for _, name, spec, conversion in parts if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_the_code_s_sentences_and_no_others(language: str):
    said = {
        tuple(entry.id) if isinstance(entry.id, tuple | list) else entry.id for entry in entries(language)
    }

    missing = {message for message, _ in sentences()} - said
    gone = said - {message for message, _ in sentences()}
    assert (missing, gone) == (set(), set()), "run `make texts`, and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_as_make_texts_writes_it(language: str):
    assert path_of(language).read_bytes() == text_of(language, collected(language))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str):
    assert [entry.id for entry in entries(language) if entry.fuzzy or not is_said(entry.string)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_same_values(language: str):
    wrong = []
    for entry in entries(language):
        english = entry.id[-1] if isinstance(entry.id, tuple | list) else entry.id
        forms = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        wrong += [english for form in forms if fields(form) != fields(english)]

    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_formatting_and_commands_survive_translation(language: str):
    """As many backticks, and the same commands between slashes; bold stays in pairs."""
    wrong = []
    for entry in entries(language):
        english = entry.id[-1] if isinstance(entry.id, tuple | list) else entry.id
        form = entry.string[0] if isinstance(entry.string, tuple | list) else entry.string
        if form.count("`") != english.count("`") or form.count("*") != english.count("*"):
            wrong.append(english)
        if form.count("/finetune") != english.count("/finetune"):
            wrong.append(english)

    assert wrong == []


def modules() -> list[Path]:
    return [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


def test_sentences_stand_in_the_code_as_they_are_looked_up():
    """A sentence put together at run time could be in no catalogue."""
    loose = []
    for path in modules():
        if path.parent == ROOT / "bot" / "texts":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            texts = node.args[: KEYWORDS.get(node.func.id, 0)]
            if any(not isinstance(text, ast.Constant) or not isinstance(text.value, str) for text in texts):
                loose.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert loose == []


def test_a_sentence_inside_another_s_values_is_collected():
    source = 't("{what} of {all}", what=bold(t("better")), all=n("one", "many", len(found)))'

    assert set(looked_up(source)) == {"{what} of {all}", "better", ("one", "many")}

"""Which language a text is in, roughly: its script, and for Latin letters its commonest little words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_SCRIPTS = {
    "Cyrillic": "[\u0400-\u04ff]", "Greek": "[\u0370-\u03ff]", "Arabic": "[\u0600-\u06ff]", "Hebrew": "[\u0590-\u05ff]",
    "Devanagari": "[\u0900-\u097f]", "Japanese": "[\u3040-\u30ff]", "Korean": "[\uac00-\ud7af]", "Thai": "[\u0e00-\u0e7f]",
    "Chinese": "[\u4e00-\u9fff]",
}  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")
_IN_SCRIPT = {name: re.compile(form) for name, form in _SCRIPTS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_LITTLE_WORDS = {
    "English": "the and is are was to of in it that for you with this have not my on be at i what how can do",
    "German": "der die das und ist nicht ich ein eine mit auf für sie wir sich auch wie dass bei noch wurde habe meine",
    "French": "le la les des est et une dans pour pas que qui je vous nous sur avec ce mon ma plus bien été mais",
    "Spanish": "el los las una es y en por para no que con del se lo mi muy pero más como está tengo cómo",
    "Italian": "il gli una è e di che non per con sono del della mi ho come più ma anche questo nel molto",
    "Portuguese": "o os uma é e em para não que com do da meu minha muito mais mas como você está ao são",
    "Dutch": "de het een en is niet ik van dat met op voor zijn je mijn maar ook wat hoe naar heb bij",
}
_OF_WORD: dict[str, list[str]] = {}
for _language, _words in _LITTLE_WORDS.items():
    for _word in _words.split():
        _OF_WORD.setdefault(_word, []).append(_language)

LEAST_HITS = 2


def language_of(text: str) -> str:
    """The language or script of a text; "" when it does not tell.

    >>> language_of("how can I do this?"), language_of("das ist nicht gut"), language_of("ok")
    ('English', 'German', '')
    """
    beyond_ascii = not text.isascii()
    if beyond_ascii:
        letters = len(_LETTER.findall(text))
        for name, script in _IN_SCRIPT.items():
            if letters and len(script.findall(text)) * 3 > letters:
                return name
    hits: Counter[str] = Counter()
    for word in _WORD.findall(text.lower()):
        hits.update(_OF_WORD.get(word, ()))
    best = hits.most_common(2)
    if not best or best[0][1] < LEAST_HITS or (len(best) > 1 and best[0][1] < best[1][1] * 1.5):
        return ""
    return best[0][0]


def name_languages(texts: Iterable[str]) -> list[str]:
    """The language of each text."""
    return [language_of(text) for text in texts]

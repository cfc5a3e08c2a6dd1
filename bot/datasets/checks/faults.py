"""Damage that software did to texts, and how it is undone: control characters, mojibake, HTML entities, spreadsheet artefacts."""

from __future__ import annotations

import html
import re

import numpy as np
import pyarrow as pa

from bot.datasets.kernels import Mask, TextBytes

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
_AS_SPACE = re.compile("[\x0b\x0c\x1c-\x1f]")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CELL_ERROR = re.compile(r"#(?:REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)")
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_LINK_FORMULA = re.compile(r'=HYPERLINK\(\s*"[^"]*"\s*[,;]\s*"((?:[^"]|"")*)"\s*\)', re.I)
_FORCED_TEXT = re.compile(r"'([-+]?\d[\d.,:/ -]*|=.*)", re.DOTALL)
_FORMULA = re.compile(r"=(?:[A-Z][A-Z0-9.]*\(|[+-]?\$?[A-Z]{1,3}\$?[0-9]+\b)")

_CP1252 = {bytes([code]).decode("cp1252", "replace"): code for code in range(0x80, 0x100)}
_CP1252.update({chr(code): code for code in range(0x80, 0xA0)})
_CP1252.pop("\ufffd", None)
_CONTINUATION = "".join(re.escape(character) for character, code in _CP1252.items() if code < 0xC0)
_ANY = f"[Â-ß][{_CONTINUATION}]|[à-ï][{_CONTINUATION}]{{2}}|[ð-ô][{_CONTINUATION}]{{3}}"
# What no language writes: these beginnings, or two such sequences in a row ("ß«" alone may close a German quote).
_SURE = re.compile(
    f"(?:[ÂÃ][{_CONTINUATION}]|â[€\x80][{_CONTINUATION}]|â‚¬|ï»¿|ð[Ÿ\x9f][{_CONTINUATION}]{{2}}"
    f"|[Ä-ß][{_CONTINUATION}](?=[Â-ß][{_CONTINUATION}])"
    f"|[à-ï][{_CONTINUATION}]{{2}}(?=[à-ï][{_CONTINUATION}]{{2}}))(?:{_ANY})*"
)
_FIRST_BYTES = np.frombuffer(b"#='", np.uint8)
"""What the cells begin with that are an error value, a formula, or a number made text."""

_LAYERS = 3
"""How often UTF-8 may have been read as something else before we stop undoing it."""


def control_rows(texts: pa.Array, view: TextBytes) -> Mask:
    """Rows with characters that no keyboard types: C0 and C1 controls, zero width spaces, byte order marks."""
    data = view.bytes
    hits = (data < 32) & (data != 9) & (data != 10) & (data != 13)
    hits |= data == 127
    return view.rows_with(hits) | _sure(texts, _wide_controls(view), _CONTROL)


def _wide_controls(view: TextBytes) -> Mask:
    data = view.bytes
    hits = np.zeros(len(data), np.bool_)
    if len(data) < 3 or not (data > 127).any():
        return view.rows_with(hits)
    hits[1:] = (data[:-1] == 0xC2) & (data[1:] < 0xA0)
    hits[2:] |= (data[:-2] == 0xE2) & ((data[1:-1] | 1) == 0x81) & ((data[2:] == 0x8B) | (data[2:] == 0xA0))
    hits[2:] |= (data[:-2] == 0xEF) & (data[1:-1] == 0xBB) & (data[2:] == 0xBF)
    return view.rows_with(hits)


def without_controls(text: str) -> str:
    r"""The text without control characters; those that part words leave a space.

    A C1 control is what Windows-1252 becomes when it is read as Latin-1, so it turns into the character it was.

    >>> without_controls("it\x92s\x00 a\x0btest")
    'it’s a test'
    """
    return _CONTROL.sub(_without_control, _AS_SPACE.sub(" ", text))


def _without_control(match: re.Match[str]) -> str:
    code = ord(match[0])
    return bytes([code]).decode("cp1252", "ignore") if 0x80 <= code < 0xA0 else ""


def mojibake_rows(texts: pa.Array, view: TextBytes) -> Mask:
    """Rows in which UTF-8 was read as Windows-1252 (é became Ã©), or characters were lost (U+FFFD)."""
    data = view.bytes
    if len(data) < 3 or not (data > 127).any():
        return np.zeros(len(texts), np.bool_)
    hits = np.zeros(len(data), np.bool_)
    hits[2:] = (data[:-2] == 0xC3) & (data[1:-1] >= 0x82) & (data[2:] >= 0xC2)
    lost = np.zeros(len(data), np.bool_)
    lost[2:] = (data[:-2] == 0xEF) & (data[1:-1] == 0xBF) & (data[2:] == 0xBD)
    return _sure(texts, view.rows_with(hits), _SURE) | view.rows_with(lost)


def without_mojibake(text: str) -> str:
    """The text with its original characters, as far as they can be told.

    >>> without_mojibake("cafÃ© â€œouvertâ€\\x9d")
    'café “ouvert”'
    """
    for _ in range(_LAYERS):
        mended = _SURE.sub(_decoded, text)
        if mended == text:
            return text
        text = mended
    return text


def _decoded(match: re.Match[str]) -> str:
    raw = bytes(_CP1252[character] for character in match[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def entity_rows(texts: pa.Array, view: TextBytes) -> Mask:
    """Rows with HTML entities that stand for a character."""
    return _sure(texts, view.rows_having("&"), _ENTITY, _has_entity)


def _has_entity(text: str) -> bool:
    return without_entities(text) != text


def without_entities(text: str) -> str:
    """The text with entities replaced by what they stand for; a lone & stays.

    >>> without_entities("R&amp;D &lt;3 &nosuch; AT&T")
    'R&D <3 &nosuch; AT&T'
    """
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def spreadsheet_rows(texts: pa.Array, view: TextBytes) -> Mask:
    """Rows with what spreadsheets leave behind: _x000D_, a cell that is an error value, a formula."""
    data = view.bytes
    escapes = data == ord("_")
    if escapes.any():
        np.logical_and(escapes[:-1], data[1:] == ord("x"), out=escapes[:-1])
        escapes[-1] = False
    first = np.zeros(len(view.starts), np.uint8)
    first[view.filled] = data[view.starts[view.filled]]
    candidates = view.rows_with(escapes) | np.isin(first, _FIRST_BYTES)
    return _sure(
        texts, candidates, _ESCAPED, lambda text: without_artefacts(text) != text or is_formula(text)
    )


def is_formula(text: str) -> bool:
    """Whether the cell is a formula that was never computed."""
    return _FORMULA.match(text) is not None


def without_artefacts(text: str) -> str:
    r"""The text with _x000D_ and its like decoded; empty when the cell is an error value.

    A formula that only says a text, and an apostrophe that makes one of a number, leave the text. Of other formulas
    the value is not in the file: they stay, and are told.

    >>> without_artefacts("two_x000D_\nlines"), without_artefacts("#REF!"), without_artefacts('="007"')
    ('two\nlines', '', '007')
    """
    if _CELL_ERROR.fullmatch(text):
        return ""
    if said := _TEXT_FORMULA.fullmatch(text) or _LINK_FORMULA.fullmatch(text):
        return said[1].replace('""', '"').strip()
    if forced := _FORCED_TEXT.fullmatch(text):
        return forced[1]
    decoded = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return decoded.replace("\r\n", "\n").replace("\r", "\n") if decoded != text else text


def _sure(texts: pa.Array, candidates: Mask, pattern: re.Pattern[str], test: object = None) -> Mask:
    """The candidates that really have it."""
    places = np.flatnonzero(candidates)
    rows = np.zeros(len(texts), np.bool_)
    if len(places):
        found = texts.take(pa.array(places)).to_pylist()
        check = test if callable(test) else pattern.search
        rows[places] = [bool(check(text)) for text in found]
    return rows

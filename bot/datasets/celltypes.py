"""Tells what kind of value a cell's text is; used to weigh dialects and to tell a header from data, never to convert."""

from __future__ import annotations

import re
from enum import StrEnum


class CellType(StrEnum):
    """Kinds of cell text. WORD is one short word, TEXT several, ODD what a wrong dialect leaves behind."""

    EMPTY = "empty"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    WORD = "word"
    TEXT = "text"
    ODD = "odd"


_NUMBER = re.compile(
    r"[-+(]?\s?[$€£¥]?\s?[-+]?(\d{1,3}([,.' \u00a0\u202f]\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?\s?([%€$£)]|[A-Za-zµ°]{1,2})?"
)
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[- ][A-Za-z]{3,9}\.?[- ,]+\d{2,4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2}, \d{4}|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?)"
    r"([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?)?( ?(Z|UTC|GMT|[-+]\d{2}:?\d{2}))?"
)
_ADDRESS = re.compile(
    r"([a-z][a-z0-9+.-]*://\S+|www\.\S+|[^@\s,;|]+@[^@\s,;|]+\.[A-Za-z]{2,}|\d{1,3}(\.\d{1,3}){3})", re.I
)
_MISSING = frozenset({"n/a", "na", "nan", "null", "none", "-", "--", "..", "...", "?", "*", "."})
_WORD = re.compile(r"\w[\w./:+#&'’()°%$-]*", re.UNICODE)
_ODD_EDGE = re.compile(r"^[\s]*[,;|\t]|[,;|\t][\s]*$|^\"[^\"]*$|^[^\"]*\"$|\"\s*[,;|\t]\s*\"")

_TIGHT = re.compile(r"[,;|\t][^\s,;|\t]")
"""A delimiter with a value right behind it: one may be a slip of the pen, two are a row that was not split."""


def cell_type(text: str) -> CellType:
    """The kind of this cell's text, blanks around it aside."""
    text = text.strip()
    if not text or text.lower() in _MISSING:
        return CellType.EMPTY
    if len(text) < 40:
        if text[-1:].isascii() and any(map(str.isdigit, text)):
            if _NUMBER.fullmatch(text):
                return CellType.NUMBER
            if _DATE.fullmatch(text):
                return CellType.DATE
        if len(text) > 6 and _ADDRESS.fullmatch(text):
            return CellType.ADDRESS
        if _WORD.fullmatch(text):
            return CellType.WORD
    elif _ADDRESS.fullmatch(text):
        return CellType.ADDRESS
    return CellType.ODD if _ODD_EDGE.search(text) or len(_TIGHT.findall(text)) > 1 else CellType.TEXT

"""Cells of the CSV files we hand out: none of them may be a formula to the spreadsheet that opens it."""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection", read 2026-11), full-width forms too."""
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")


def safe_cell(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would compute it. Plain numbers stay numbers.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-1"), safe_cell("hello")
    ("'=HYPERLINK(1)", '-1', 'hello')
    """
    if not text.lstrip(" ").startswith(_STARTS) or _NUMBER.fullmatch(text.strip()):
        return text
    return f"'{text}"

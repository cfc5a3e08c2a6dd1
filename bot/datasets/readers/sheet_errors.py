"""Finds the cells of an XLSX sheet that show an error value (#REF!, #N/A), which the workbook reader gives as empty."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_CELL_BYTES = 1 << 16
"""More than the cell of an error takes."""

_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>'
    rb"(?:(?!</(?:\w+:)?c>).){0,8192}?<(?:\w+:)?v>(#[A-Z0-9/!?_]{1,20})</",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")

Place = tuple[int, int]
"""A row, the first being 1, and a column, the first being 0."""


def error_cells(path: Path, sheet: str) -> dict[Place, str]:
    """The error values of a sheet by their place; none in workbooks of another kind, or in what can't be made out."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        try:
            part = _part_of(archive, sheet)
            return {} if part is None else dict(_errors(archive, part))
        except (KeyError, zipfile.BadZipFile, OSError):
            return {}


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive's member that holds the sheet of this name."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    sheets = {about.get("name"): about for about in _elements(archive, "xl/workbook.xml", "sheet")}
    if sheet not in sheets:
        return None
    own = next((value for name, value in sheets[sheet].items() if name.endswith(":id")), "")
    for about in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
        if about.get("Id") == own:
            return posixpath.normpath(posixpath.join("/xl", about["Target"])).lstrip("/")
    return None


def _elements(archive: zipfile.ZipFile, member: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of each element of this name; found without an XML parser, which strangers' files could strain."""
    text = archive.read(member).decode("utf-8", "replace")
    for element in re.findall(rf"<(?:\w+:)?{name}\b([^>]*)>", text):
        yield {key: html.unescape(value) for key, value in _ATTRIBUTE.findall(element)}


def _errors(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[Place, str]]:
    """The error cells of a member, read in blocks that overlap by more than a cell."""
    with archive.open(part) as stream:
        rest = b""
        while block := stream.read(_BLOCK_BYTES):
            text = rest + block
            if b't="e"' in text:
                for match in _ERROR_CELL.finditer(text):
                    yield (int(match[2]), _column(match[1])), match[3].decode()
            rest = text[-_CELL_BYTES:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

"""Tells from a file's first bytes what kind of file it is; the name's ending is never asked."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from pathlib import Path

from bot.texts import later, said, t


class FileKind(StrEnum):
    """What the bytes say: a packed file, a workbook, text, or something that holds no table of ours."""

    EMPTY = "empty"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZIP = "zip"
    WORKBOOK = "workbook"
    TEXT = "text"
    FOREIGN = "foreign"


_PACKED = {b"\x1f\x8b": FileKind.GZIP, b"BZh": FileKind.BZIP2, b"\xfd7zXZ\0": FileKind.XZ}
_FOREIGN = {
    b"%PDF-": later("a PDF document"),
    b"PAR1": later("a Parquet file"),
    b"ARROW1": later("an Arrow file"),
    b"\x89PNG": later("a picture"),
    b"\xff\xd8\xff": later("a picture"),
    b"GIF8": later("a picture"),
    b"SQLite format 3": later("an SQLite database"),
    b"7z\xbc\xaf\x27\x1c": later("a 7z archive"),
    b"Rar!": later("a RAR archive"),
    b"\x28\xb5\x2f\xfd": later("a Zstandard file"),
    b"\x7fELF": later("a program"),
    b"MZ\x90": later("a program"),
    b"{\\rtf": later("an RTF document"),
    b"\x89HDF": later("an HDF5 file"),
    b"\x93NUMPY": later("a NumPy file"),
    b"\x00\x05\x16\x07": later("a file that macOS keeps beside another one"),
}
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (
    (b"<!doctype html", later("a web page")),
    (b"<html", later("a web page")),
    (b"<?xml", later("an XML file")),
)


def file_kind(path: Path, head: bytes) -> FileKind:
    """The kind of the file at `path` that starts with `head` (a few KiB at least, or all of it)."""
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        return FileKind.EMPTY
    for magic, kind in _PACKED.items():
        if head.startswith(magic):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileKind.WORKBOOK if _is_workbook(path) else FileKind.ZIP
    if head.startswith(_OLE2):
        return FileKind.WORKBOOK
    return FileKind.FOREIGN if foreign_name(head) else FileKind.TEXT


def foreign_name(head: bytes) -> str:
    """What a file of no use to us is called ("a PDF document"), or ""."""
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            return said(name)
    if head[257:262] == b"ustar":
        return t("a tar archive")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    return next((said(name) for mark, name in _MARKUP if start.startswith(mark)), "")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lower() for name in archive.namelist()[:2000]}
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "xl/workbook.xml" in names or "xl/workbook.bin" in names or "content.xml" in names

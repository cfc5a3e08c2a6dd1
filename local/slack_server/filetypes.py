"""Slack's names for kinds of files, told from the file name as Slack tells them; contents are not looked at."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, kw_only=True)
class FileType:
    """The three names that a Slack file object carries for its kind."""

    filetype: str
    mimetype: str
    pretty_type: str


def _of(filetype: str, mimetype: str, pretty_type: str) -> FileType:
    return FileType(filetype=filetype, mimetype=mimetype, pretty_type=pretty_type)


UNKNOWN = _of("binary", "application/octet-stream", "Binary")
_BY_SUFFIX = {
    ".csv": _of("csv", "text/csv", "CSV"),
    ".tsv": _of("tsv", "text/tab-separated-values", "TSV"),
    ".txt": _of("text", "text/plain", "Plain Text"),
    ".md": _of("markdown", "text/markdown", "Markdown"),
    ".json": _of("json", "application/json", "JSON"),
    ".jsonl": _of("text", "text/plain", "Plain Text"),
    ".xlsx": _of(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel Spreadsheet"
    ),
    ".xls": _of("xls", "application/vnd.ms-excel", "Excel Spreadsheet"),
    ".html": _of("html", "text/html", "HTML"),
    ".pdf": _of("pdf", "application/pdf", "PDF"),
    ".zip": _of("zip", "application/zip", "Zip"),
    ".png": _of("png", "image/png", "PNG"),
    ".jpg": _of("jpg", "image/jpeg", "JPEG"),
    ".jpeg": _of("jpg", "image/jpeg", "JPEG"),
    ".gif": _of("gif", "image/gif", "GIF"),
    ".webp": _of("webp", "image/webp", "WebP"),
    ".svg": _of("svg", "image/svg+xml", "SVG"),
}


def type_of(name: str) -> FileType:
    """The type that a file name's ending stands for; `UNKNOWN` for others."""
    return _BY_SUFFIX.get(PurePosixPath(name.lower()).suffix, UNKNOWN)

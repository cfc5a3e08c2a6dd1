"""The files people drop and the app uploads: what is known about each, and where its bytes lie."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LARGEST_FILE_BYTES = 1_073_741_824
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, kw_only=True)
class Share:
    """One message that shows a file."""

    channel: str
    ts: str
    thread_ts: str | None
    user: str


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file as it stands; `name` is whatever the sender said and never becomes a path."""

    id: str
    name: str
    title: str
    size: int
    user: str
    created: int
    filetype: str
    mimetype: str
    pretty_type: str
    alt_txt: str = ""
    is_processed: bool = True
    is_deleted: bool = False
    width: int | None = None
    height: int | None = None
    shares: tuple[Share, ...] = ()
    is_given: bool = False
    """Was it put into a form that the app got?"""

    @property
    def is_image(self) -> bool:
        """Would Slack show it as a picture?"""
        return self.mimetype in ("image/png", "image/jpeg", "image/gif", "image/webp")


class Blobs(Protocol):
    """Where bytes lie, by file id. Both kinds may block, so callers with much to move use a thread."""

    def write(self, file_id: str, data: bytes) -> None:
        """Keep these bytes under the id."""

    def read(self, file_id: str) -> bytes:
        """The bytes kept under the id; KeyError where there are none."""

    def remove(self, file_id: str) -> None:
        """Forget the bytes, if there are any."""


class MemoryBlobs:
    """Bytes that live as long as the process."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def write(self, file_id: str, data: bytes) -> None:
        """Keep these bytes under the id."""
        self._data[file_id] = data

    def read(self, file_id: str) -> bytes:
        """The bytes kept under the id; KeyError where there are none."""
        return self._data[file_id]

    def remove(self, file_id: str) -> None:
        """Forget the bytes, if there are any."""
        self._data.pop(file_id, None)


class FolderBlobs:
    """Bytes in a folder, each file named by its id, which the workspace itself made."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, file_id: str, data: bytes) -> None:
        """Keep these bytes; a half-written file never has the final name."""
        half = self._folder / f"{file_id}.part"
        half.write_bytes(data)
        half.replace(self._folder / file_id)

    def read(self, file_id: str) -> bytes:
        """The bytes kept under the id; KeyError where there are none."""
        try:
            return (self._folder / file_id).read_bytes()
        except FileNotFoundError as fault:
            raise KeyError(file_id) from fault

    def remove(self, file_id: str) -> None:
        """Forget the bytes, if there are any."""
        (self._folder / file_id).unlink(missing_ok=True)


class FileShelf:
    """The files by id."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self._files: dict[str, StoredFile] = {}

    def new_id(self) -> str:
        """An id that no file has."""
        while True:
            file_id = "F0" + secrets.token_hex(5).upper()
            if file_id not in self._files:
                return file_id

    def get(self, file_id: str) -> StoredFile | None:
        """The file of that id, or None."""
        return self._files.get(file_id)

    def put(self, file: StoredFile) -> None:
        """Add a file or its new state."""
        self._files[file.id] = file

    def all(self) -> list[StoredFile]:
        """Every file, in the order of arrival."""
        return list(self._files.values())


def png_size(data: bytes) -> tuple[int | None, int | None]:
    """Width and height in pixels of a PNG, from its header; (None, None) for anything else."""
    if not data.startswith(_PNG_SIGNATURE) or len(data) < 24:
        return None, None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])

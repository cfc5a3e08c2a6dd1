"""The bytes of files on disk beside their rows: taken in, produced, read, removed."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from local.openai_server.errors import not_found
from local.openai_server.ids import new_id
from local.openai_server.store import files
from local.openai_server.store.database import Database
from local.openai_server.store.files import Purpose, StoredFile


class FileStore:
    """HOME/files and its table. A row is written only after its bytes are on disk."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], float]) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)

    def path(self, file_id: str) -> Path:
        """Where the bytes of a known file lie; only ids read from a row come here."""
        return self._folder / file_id

    def find(self, owner: str, file_id: str, *, param: str = "id") -> StoredFile:
        """The owner's file; raises ApiError 404."""
        with self._database.reading() as connection:
            file = files.find(connection, owner, file_id, self._clock())
        if file is None:
            raise not_found("File object", file_id, param=param)
        return file

    def take(
        self, source: Path, *, owner: str, filename: str, purpose: Purpose, lines: int | None = None,
        sha256: str | None = None, lifetime_s: int | None = None,
    ) -> StoredFile:  # fmt: skip
        """Move a finished file in and give its row; `source` is synced already."""
        now = int(self._clock())
        file = StoredFile(
            id=new_id("file-", 22), owner=owner, filename=filename, purpose=purpose, lines=lines,
            size_bytes=source.stat().st_size, sha256=sha256 or sha256_of(source), created_at=now,
            expires_at=None if lifetime_s is None else now + lifetime_s,
        )  # fmt: skip
        source.rename(self.path(file.id))
        sync_folder(self._folder)
        with self._database.transaction() as tx:
            files.insert(tx, file)
        return file

    def link(
        self, source: Path, *, owner: str, filename: str, purpose: Purpose, lifetime_s: int | None = None
    ) -> StoredFile:
        """A second name for a finished file; the caller inserts the row in its own unit of work."""
        now, file_id = int(self._clock()), new_id("file-", 22)
        os.link(source, self.path(file_id))
        return StoredFile(
            id=file_id,
            owner=owner,
            filename=filename,
            purpose=purpose,
            lines=None,
            size_bytes=source.stat().st_size,
            sha256=sha256_of(source),
            created_at=now,
            expires_at=None if lifetime_s is None else now + lifetime_s,
        )

    def write(self, content: bytes, *, owner: str, filename: str, purpose: Purpose) -> StoredFile:
        """A file made here, not yet in the table: the caller inserts the row in its own unit of work."""
        file_id = new_id("file-", 22)
        target = self.path(file_id)
        with target.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        return StoredFile(
            id=file_id, owner=owner, filename=filename, purpose=purpose, lines=None, size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(), created_at=int(self._clock()), expires_at=None,
        )  # fmt: skip

    def delete(self, owner: str, file_id: str) -> None:
        """Remove a file; raises ApiError 404. A job that uses it has its own link to the bytes."""
        file = self.find(owner, file_id)
        with self._database.transaction() as tx:
            files.delete(tx, owner, file.id)
        self.path(file.id).unlink(missing_ok=True)

    def purge_expired(self) -> int:
        """Remove what is past its time; how many files went."""
        with self._database.transaction() as tx:
            expired = files.delete_expired(tx, self._clock())
        for file_id in expired:
            self.path(file_id).unlink(missing_ok=True)
        return len(expired)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Unpacks gzip, bzip2, xz and zip files into a folder, and stops before a bomb goes off."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from bot.datasets.filekinds import FileKind
from bot.datasets.limits import ReadLimits
from bot.errors import DatasetError
from bot.texts import later, said, t

_CHUNK = 1 << 20
_NEXT_STEP = later("Drop the file unpacked, or in smaller pieces.")
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError, NotImplementedError)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(
    source: Path, kind: FileKind, folder: Path, *, name: str, limits: ReadLimits
) -> list[tuple[Path, str]]:
    """The files packed in `source`, written to `folder`: (path, the name a person knows it by), in archive order.

    DatasetError where the archive is broken, protected, empty of files, or unpacks to more than the limits allow.
    """
    if kind is FileKind.ZIP:
        return _unpack_zip(source, folder, name, limits)
    target = folder / "unpacked"
    try:
        with _opened(source, kind) as packed:
            _copy(packed, target, _allowed(source.stat().st_size, limits), name)
    except _BROKEN as error:
        raise DatasetError(
            t("{name} is damaged and can't be unpacked.", name=name), next_step=said(_NEXT_STEP)
        ) from error
    return [(target, _inner_name(name))]


def _opened(source: Path, kind: FileKind) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if kind is FileKind.GZIP:
        return gzip.GzipFile(source)
    return bz2.BZ2File(source) if kind is FileKind.BZIP2 else lzma.LZMAFile(source)


def check_archive(source: Path, *, name: str, limits: ReadLimits, most_bytes: int) -> list[zipfile.ZipInfo]:
    """The entries of a zip file, after a look at its directory alone: how many, how large, how much they grow."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except _BROKEN as error:
        raise DatasetError(
            t("{name} is a damaged archive.", name=name), next_step=said(_NEXT_STEP)
        ) from error
    if len(entries) > limits.container_entries:
        raise DatasetError(
            t(
                "{name} holds {number:,} files; at most {container_entries:,} are read.",
                name=name,
                number=len(entries),
                container_entries=limits.container_entries,
            )
        )
    total = sum(entry.file_size for entry in entries)
    if total > min(most_bytes, _allowed(source.stat().st_size, limits)):
        raise _too_large(name)
    return entries


def _unpack_zip(source: Path, folder: Path, name: str, limits: ReadLimits) -> list[tuple[Path, str]]:
    entries = check_archive(source, name=name, limits=limits, most_bytes=limits.file_bytes)
    if any(entry.flag_bits & 1 for entry in entries):
        raise DatasetError(
            t("{name} is protected by a password.", name=name), next_step=t("Drop it without a password.")
        )
    members: list[tuple[Path, str]] = []
    left = _allowed(source.stat().st_size, limits)
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in filter(_is_wanted, entries):
                target = folder / f"member_{len(members)}"
                with archive.open(entry) as packed:
                    left -= _copy(packed, target, left, name)
                members.append((target, Path(entry.filename.replace("\\", "/")).name))
    except _BROKEN as error:
        raise DatasetError(
            t("{name} is a damaged archive.", name=name), next_step=said(_NEXT_STEP)
        ) from error
    except RuntimeError as error:  # zipfile's way to ask for a password or to refuse a method
        raise DatasetError(f"{name} can't be unpacked: {error}", next_step=said(_NEXT_STEP)) from error
    if not members:
        raise DatasetError(
            t("{name} holds no file.", name=name), next_step=t("Pack the file with the rows into it.")
        )
    return members


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    parts = Path(entry.filename.replace("\\", "/")).parts
    return (
        bool(parts) and entry.file_size > 0 and not any(part.startswith((".", "__MACOSX")) for part in parts)
    )


def _allowed(packed_bytes: int, limits: ReadLimits) -> int:
    return min(limits.file_bytes, max(limits.unpack_free_bytes, packed_bytes * limits.unpack_ratio))


def _copy(packed: _Readable, target: Path, most_bytes: int, name: str) -> int:
    written = 0
    with target.open("wb") as sink:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > most_bytes:
                raise _too_large(name)
            sink.write(chunk)
    return written


def _too_large(name: str) -> DatasetError:
    return DatasetError(
        t("{name} unpacks to far more than it may; it was left packed.", name=name),
        next_step=said(_NEXT_STEP),
    )


def _inner_name(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.lower() in ("gz", "bz2", "xz", "gzip") else name

"""Write files and folders so that they are there whole or not at all, also after a power cut."""

import os
import shutil
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make names that were added to or taken from a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, content: bytes) -> None:
    """Write the file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Put the content in the file's place in one step."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_file(draft, content)
    draft.replace(path)
    sync_folder(path.parent)


def replace_folder(draft: Path, place: Path) -> None:
    """Move a finished folder to its place; an older one there goes away."""
    sync_folder(draft)
    if place.exists():
        shutil.rmtree(place)
    draft.replace(place)
    sync_folder(place.parent)

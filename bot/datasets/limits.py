"""How much of a file we are willing to read: the bounds that turn a bomb into a sentence."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """Bounds for reading one dataset; what goes beyond raises DatasetError or lands among the rejects.

    The defaults keep a worker process under about 600 MB whatever it is given.
    """

    file_bytes: int = 4096 * MIB
    """Largest file, and largest total of what a container unpacks to."""
    unpack_ratio: int = 200
    """Most times a container may grow when it is unpacked, once it is past `unpack_free_bytes`."""
    unpack_free_bytes: int = 32 * MIB
    container_entries: int = 1000
    record_bytes: int = 8 * MIB
    """Longest record; a longer one is rejected with its line number."""
    cell_chars: int = 2_000_000
    columns: int = 4096
    rows: int = 50_000_000
    json_depth: int = 200
    workbook_bytes: int = 400 * MIB
    """Largest unpacked workbook: a sheet is held in memory while it is read."""
    json_object_bytes: int = 48 * MIB
    """Largest JSON file that must be held whole (an object of arrays, records under a key of unknown name)."""

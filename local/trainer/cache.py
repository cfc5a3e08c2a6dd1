"""Keep encoded texts on disk by (weights, text), shared by all jobs of this machine and bounded in size.

One SQLite file; a text is stored as its sha256 only. Numbers are rounded alike, cached or not, so a cold and a warm
cache train the same weights.
"""

import hashlib
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

FILE_NAME = "encoded.sqlite3"
MAX_BYTES = 2_000_000_000
LOOKUP = 500
BUSY_S = 30.0
SCHEMA = "CREATE TABLE IF NOT EXISTS encoded (key BLOB PRIMARY KEY, used REAL NOT NULL, value BLOB NOT NULL) WITHOUT ROWID"


def text_key(weights_sha256: str, text: str) -> bytes:
    """The cache key of a text under given weights, 32 bytes."""
    return hashlib.sha256(f"{weights_sha256}\0".encode() + text.encode("utf-8", "surrogatepass")).digest()


class EncodedCache:
    """Encoded texts, as bytes, in the cache folder, as one job uses it; several processes may at once."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        self._max_bytes = max_bytes
        self._stored_bytes = 0
        with closing(self._connected()) as connection, connection:
            connection.execute(SCHEMA)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S)
        connection.execute("PRAGMA journal_mode=WAL")
        # What is lost in a power cut is computed again; waiting for the disk would cost more than that.
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The cached values among the keys."""
        found: dict[bytes, bytes] = {}
        with closing(self._connected()) as connection, connection:
            for start in range(0, len(keys), LOOKUP):
                part = keys[start : start + LOOKUP]
                marks = ",".join("?" * len(part))
                found.update(
                    connection.execute(f"SELECT key, value FROM encoded WHERE key IN ({marks})", part)
                )
                connection.execute(
                    f"UPDATE encoded SET used = ? WHERE key IN ({marks})", [time.time(), *part]
                )
        return found

    def store(self, values: Mapping[bytes, bytes]) -> None:
        """Keep the values, in one transaction; none once this job has stored what the cache may hold, for one job's
        texts would only drive each other out."""
        if self._stored_bytes >= self._max_bytes:
            return
        self._stored_bytes += sum(map(len, values.values()))
        now = time.time()
        with closing(self._connected()) as connection, connection:
            connection.executemany(
                "INSERT OR REPLACE INTO encoded VALUES (?, ?, ?)",
                ((key, now, value) for key, value in values.items()),
            )

    def trim(self) -> int:
        """Drop what was unused for longest until the cache is within its bound; how many were dropped."""
        with closing(self._connected()) as connection, connection:
            total: int = connection.execute("SELECT COALESCE(SUM(LENGTH(value)), 0) FROM encoded").fetchone()[
                0
            ]
            dropped = []
            for key, size in connection.execute("SELECT key, LENGTH(value) FROM encoded ORDER BY used"):
                if total <= self._max_bytes:
                    break
                dropped.append((key,))
                total -= size
            connection.executemany("DELETE FROM encoded WHERE key = ?", dropped)
        return len(dropped)

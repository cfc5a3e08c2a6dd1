"""Keep vectors on disk by (weights, text), shared by all jobs of this machine and bounded in size.

One SQLite file; a text is stored as its sha256 only. Vectors are float16 everywhere, cached or not, so a cold and
a warm cache train the same weights.
"""

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from local.trainer.arrays import Halves

FILE_NAME = "vectors.sqlite3"
MAX_BYTES = 1_000_000_000
LOOKUP = 500
BUSY_S = 30.0
SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, used REAL NOT NULL, vector BLOB NOT NULL) WITHOUT ROWID"


def text_key(weights_sha256: str, text: str) -> bytes:
    """The cache key of a text under given weights, 32 bytes."""
    return hashlib.sha256(f"{weights_sha256}\0".encode() + text.encode("utf-8", "surrogatepass")).digest()


class VectorCache:
    """Vectors of one width in the cache folder; several processes may use it at once."""

    def __init__(self, folder: Path, *, width: int, max_bytes: int = MAX_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        self._width = width
        self._max_bytes = max_bytes
        with closing(self._connected()) as connection, connection:
            connection.execute(SCHEMA)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S)
        connection.execute("PRAGMA journal_mode=WAL")
        # A vector lost in a power cut is computed again; waiting for the disk would cost more than that.
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Halves]:
        """The cached vectors among the keys."""
        found: dict[bytes, Halves] = {}
        with closing(self._connected()) as connection, connection:
            for start in range(0, len(keys), LOOKUP):
                part = keys[start : start + LOOKUP]
                marks = ",".join("?" * len(part))
                rows = connection.execute(
                    f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part
                ).fetchall()
                for key, blob in rows:
                    vector = np.frombuffer(blob, dtype=np.float16)
                    if len(vector) == self._width:
                        found[key] = vector
                connection.execute(
                    f"UPDATE vectors SET used = ? WHERE key IN ({marks})", [time.time(), *part]
                )
        return found

    def store(self, keys: Sequence[bytes], vectors: Halves) -> None:
        """Keep the vectors, in one transaction."""
        now = time.time()
        rows = [(key, now, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        with closing(self._connected()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def trim(self) -> int:
        """Drop the vectors unused for longest until the cache is within its bound; how many were dropped."""
        limit = self._max_bytes // (self._width * 2)
        with closing(self._connected()) as connection, connection:
            count: int = connection.execute("SELECT COUNT(*) FROM vectors").fetchone()[0]
            excess = max(0, count - limit)
            if excess:
                connection.execute(
                    "DELETE FROM vectors WHERE key IN (SELECT key FROM vectors ORDER BY used LIMIT ?)",
                    [excess],
                )
        return excess

"""The job's progress file: one JSON object a line, numbered without gaps across restarts."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE_NAME = "progress.jsonl"


def _lines_up_to(path: Path, seq: int) -> int:
    """The size in bytes of the whole lines numbered at most `seq`."""
    size = 0
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n") or json.loads(raw)["seq"] > seq:
                break
            size += len(raw)
    return size


class Progress:
    """Appends to progress.jsonl. A restarted trainer opens it with the `seq` of its saved state; what was written
    later is cut off, for the same steps will be made and told again."""

    def __init__(self, folder: Path, *, seq: int = 0, clock: Callable[[], float] = time.time) -> None:
        path = folder / FILE_NAME
        path.touch()
        os.truncate(path, _lines_up_to(path, seq))
        self._file = path.open("ab")
        self._clock = clock
        self.seq = seq

    def tell(self, kind: str, **fields: Any) -> None:
        """Append one line of this type; readers see it at once."""
        self.seq += 1
        line = {"seq": self.seq, "at": round(self._clock(), 3), "type": kind, **fields}
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def message(self, text: str, *, level: str = "info") -> None:
        """Append a message line; level info, warn or error."""
        self.tell("message", level=level, message=text)

    def sync(self) -> None:
        """Wait until the disk has every line."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        self._file.close()


def last_line(folder: Path) -> dict[str, Any] | None:
    """The last whole line of the progress file; None where there is none."""
    path = folder / FILE_NAME
    last: dict[str, Any] | None = None
    if path.exists():
        for raw in path.read_bytes().splitlines(keepends=True):
            if raw.endswith(b"\n"):
                last = json.loads(raw)
    return last

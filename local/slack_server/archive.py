"""Keeps messages, files, channels and Home tabs in one SQLite file, so that a workspace with a home survives a restart."""

import asyncio
import dataclasses
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from local.slack_server.files import Share, StoredFile
from local.slack_server.messages import Message
from local.slack_server.people import Channel, ChannelKind
from local.slack_server.views import View

if TYPE_CHECKING:
    from local.slack_server.workspace import Workspace

WRITE_AFTER_S = 0.2
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
)


class ArchiveError(Exception):
    """The home folder can't be used; the message says why."""


class Archive:
    """What changed is gathered for a moment and written in one transaction; a kill loses that moment at most."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("BEGIN EXCLUSIVE")
            self._database.execute(_SCHEMA)
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as fault:
            self._database.close()
            raise ArchiveError(f"{path} is in use by another workspace ({fault}).") from fault
        self._dirty: dict[tuple[str, str], object] = {}
        self._timer: asyncio.TimerHandle | None = None

    def mark(self, kind: str, key: str, value: object) -> None:
        """Write this value soon; None removes what is kept under the key."""
        self._dirty[(kind, key)] = value
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_AFTER_S, self.write)

    def write(self) -> None:
        """Write what changed since the last time."""
        self._timer = None
        dirty, self._dirty = self._dirty, {}
        rows = [(*key, orjson.dumps(value)) for key, value in dirty.items() if value is not None]
        gone = [key for key, value in dirty.items() if value is None]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
        self._database.executemany("DELETE FROM kept WHERE kind = ? AND key = ?", gone)
        self._database.execute("COMMIT")

    def restore(self, workspace: "Workspace") -> None:
        """Put what is kept back into a fresh workspace."""
        for body in self._bodies("channel"):
            channel = Channel(**_tuples(Channel, body) | {"kind": ChannelKind(body["kind"])})
            workspace.channels[channel.id] = channel
        for body in self._bodies("file"):
            shares = tuple(Share(**share) for share in body.pop("shares"))
            workspace.files.put(StoredFile(**body, shares=shares))
        for body in self._bodies("message"):
            reactions = tuple((name, tuple(users)) for name, users in body.pop("reactions"))
            workspace.messages.put(Message(**_tuples(Message, body), reactions=reactions))
        for body in self._bodies("home"):
            workspace.views.put(View(**body))

    def close(self) -> None:
        """Write the rest and let the file go."""
        if self._timer:
            self._timer.cancel()
        self.write()
        self._database.close()

    def _bodies(self, kind: str) -> list[dict[str, Any]]:
        rows = self._database.execute("SELECT body FROM kept WHERE kind = ? ORDER BY key", (kind,))
        return [orjson.loads(body) for (body,) in rows]


def _tuples(kind: type, body: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples: lists become tuples where the dataclass says so."""
    tuple_fields = {f.name for f in dataclasses.fields(kind) if str(f.type).startswith("tuple")}
    return {name: tuple(value) if name in tuple_fields else value for name, value in body.items()}

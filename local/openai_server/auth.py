"""Who is calling: bearer keys, the server's own key file, and the functions behind `keys create|list|revoke`."""

import hmac
import time
from pathlib import Path

from starlette.datastructures import Headers

from local.openai_server.errors import ApiError
from local.openai_server.store import keys
from local.openai_server.store.database import Database
from local.openai_server.store.keys import ApiKey, KeyNameTaken

__all__ = [
    "ApiKey",
    "Authenticator",
    "KeyNameTaken",
    "create_key",
    "ensure_key_file",
    "list_keys",
    "revoke_key",
]

DATABASE_NAME = "server.sqlite3"
KEY_FILE_NAME = "api_key"


class Authenticator:
    """Turns a request's headers into the owner whose things it may see."""

    def __init__(self, database: Database, default_key: str) -> None:
        self._database = database
        self._default_key = default_key.encode()

    def owner(self, headers: Headers) -> str:
        """The owner behind the bearer key; raises ApiError 401 without one that is valid.

        The keys' table is asked each time (about 20 microseconds), so that a revoked key stops at once.
        """
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise _unauthorized(
                "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY`.", None
            )
        if hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), self._default_key):
            return keys.DEFAULT_OWNER
        with self._database.reading() as connection:
            owner = keys.owner_of(connection, secret)
        if owner is None:
            raise _unauthorized("Incorrect API key provided.", "invalid_api_key")
        return owner


def ensure_key_file(home: Path) -> tuple[str, Path]:
    """The key kept in HOME/api_key, made at first start, readable by its user only."""
    path = home / KEY_FILE_NAME
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(keys.new_secret() + "\n")
    path.chmod(0o600)
    return path.read_text().strip(), path


def create_key(home: Path, name: str) -> tuple[ApiKey, str]:
    """Make a key; returns it and its secret. Works beside a running server. Raises KeyNameTaken."""
    database = _open(home)
    with database.transaction() as tx:
        made = keys.create_key(tx, name, int(time.time()))
    database.close()
    return made


def list_keys(home: Path) -> list[ApiKey]:
    """All keys but the server's own, oldest first."""
    database = _open(home)
    with database.reading() as connection:
        listed = keys.list_keys(connection)
    database.close()
    return listed


def revoke_key(home: Path, key: str) -> bool:
    """Revoke a key by id or name; False where there is no such live key."""
    database = _open(home)
    with database.transaction() as tx:
        revoked = keys.revoke_key(tx, key, int(time.time()))
    database.close()
    return revoked


def _open(home: Path) -> Database:
    home.mkdir(parents=True, exist_ok=True)
    return Database(home / DATABASE_NAME)


def _unauthorized(message: str, code: str | None) -> ApiError:
    return ApiError(401, message, code=code, headers={"www-authenticate": "Bearer"})

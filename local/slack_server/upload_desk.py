"""The uploads that the app announced and hasn't completed yet."""

import secrets
from dataclasses import dataclass


@dataclass(kw_only=True)
class PendingUpload:
    """A file the app announced; `is_received` once its bytes came."""

    file_id: str
    name: str
    size: int
    alt_txt: str
    is_received: bool = False


class UploadDesk:
    """Announced uploads by the secret part of their URL."""

    def __init__(self) -> None:
        self._pending: dict[str, PendingUpload] = {}

    def announce(self, upload: PendingUpload) -> str:
        """The secret part of the URL to which the bytes are to be sent."""
        key = secrets.token_urlsafe(24)
        self._pending[key] = upload
        return key

    def get(self, key: str) -> PendingUpload | None:
        """The upload of that URL, or None."""
        return self._pending.get(key)

    def is_received(self, file_id: str) -> bool:
        """Have the bytes of this file come, and was it not completed yet?"""
        return any(p.file_id == file_id and p.is_received for p in self._pending.values())

    def take(self, file_id: str) -> PendingUpload:
        """The received upload of this file, which is then no longer pending; KeyError where there is none."""
        for key, pending in self._pending.items():
            if pending.file_id == file_id and pending.is_received:
                return self._pending.pop(key)
        raise KeyError(file_id)

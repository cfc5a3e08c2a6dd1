"""Who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One thing somebody did: `action` is a word of ours ("start", "approve", …), `subject` what it was done to (a
    job's, dataset's or model's id, or a channel), `user` "" for what time did."""

    id: int
    at: datetime
    channel: str
    user: str
    action: str
    subject: str
    details: dict[str, str]

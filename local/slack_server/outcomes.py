"""What goes to the app in one delivery, and what came of it; shared by both transports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Json = dict[str, Any]


class EnvelopeKind(StrEnum):
    """The three kinds of Socket Mode envelopes."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One payload on its way; `attempt` counts redeliveries, 0 for the first time."""

    kind: EnvelopeKind
    payload: Json
    accepts_payload: bool = False
    attempt: int = 0
    retry_reason: str = ""

    @property
    def is_event(self) -> bool:
        """Is it of the one kind that is delivered again when it wasn't acked?"""
        return self.kind is EnvelopeKind.EVENT


class OutcomeReason(StrEnum):
    """How a delivery ended; the words are those of Slack's X-Slack-Retry-Reason where it has one."""

    ACKED = "acked"
    TIMEOUT = "timeout"
    NO_CONNECTION = "connection_failed"
    HTTP_TIMEOUT = "http_timeout"
    HTTP_ERROR = "http_error"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came back: the ack's body in `payload`, the time from sending to ack in milliseconds."""

    reason: OutcomeReason
    payload: Any = None
    ack_ms: float | None = None
    connection: str | None = None
    wants_no_retry: bool = False

    @property
    def is_acked(self) -> bool:
        """Did the app take it?"""
        return self.reason is OutcomeReason.ACKED


class Transport(Protocol):
    """A way to reach the app: Socket Mode or signed HTTP."""

    @property
    def is_connected(self) -> bool:
        """Can the app be reached right now?"""

    async def send(self, envelope: Envelope, timeout_s: float) -> Outcome:
        """Deliver once and wait for the ack at most `timeout_s` seconds."""

    async def close(self) -> None:
        """Let go of every connection."""

"""What a test or the demo may change while the workspace runs: timings, order of events, and faults to come."""

from dataclasses import dataclass, field
from enum import StrEnum


class FileEventsOrder(StrEnum):
    """Which of the two events of a dropped file goes first; Slack promises neither."""

    FILE_SHARED_FIRST = "file_shared_first"
    MESSAGE_FIRST = "message_first"


@dataclass(kw_only=True)
class Fault:
    """The next `times` calls of `method` fail: with Slack's `error`, or with the bare HTTP `status`."""

    method: str
    error: str | None = None
    status: int | None = None
    times: int = 1


@dataclass(kw_only=True)
class FileGuise:
    """The next `times` answers about a file show it as another mode: external, tombstone, hidden_by_limit, file_access."""

    mode: str
    times: int = 1


@dataclass(kw_only=True)
class Settings:
    """The running workspace's knobs; seconds throughout.

    The retry schedule is Slack's: at once, after a minute, after five (Events API, "Error handling",
    docs.slack.dev/apis/events-api, read 2026-11).
    """

    ack_timeout_s: float = 3.0
    retry_after_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    redeliver_next: int = 0
    file_events_order: FileEventsOrder = FileEventsOrder.FILE_SHARED_FIRST
    file_processing_s: float = 0.3
    empty_shares_next: int = 0
    rate_limits: bool = True
    command_entities: bool = False
    faults: list[Fault] = field(default_factory=list)
    file_guises: list[FileGuise] = field(default_factory=list)

    def take_fault(self, method: str) -> Fault | None:
        """The fault that this call of `method` meets, used up by one."""
        for fault in self.faults:
            if fault.method in (method, "*"):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def take_file_guise(self) -> FileGuise | None:
        """The guise in which this answer shows the file, used up by one."""
        if not self.file_guises:
            return None
        guise = self.file_guises[0]
        guise.times -= 1
        if guise.times <= 0:
            self.file_guises.pop(0)
        return guise

    def take_empty_shares(self) -> bool:
        """Shall this answer leave `shares` empty, as Slack does for a moment after an upload?"""
        if self.empty_shares_next <= 0:
            return False
        self.empty_shares_next -= 1
        return True

    def take_redelivery(self) -> bool:
        """Shall this event be sent again although it was acked?"""
        if self.redeliver_next <= 0:
            return False
        self.redeliver_next -= 1
        return True

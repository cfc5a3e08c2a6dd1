"""A clock that moves when told to."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Call it for the time; `advance` it by seconds."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

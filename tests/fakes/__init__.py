"""Hand-written stand-ins for the outside world, for tests and for people who write plugins."""

from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.provider import FakeProvider

__all__ = ["FakeClock", "FakeDirectory", "FakeProvider", "RecordingNotifier"]

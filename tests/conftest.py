"""What many tests need: a clock, a store in a temporary folder, values to start from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import Store
from tests.fakes import FakeClock, FakeDirectory, FakeProvider, RecordingNotifier


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(tmp_path / "tunesmith.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def notifier() -> RecordingNotifier:
    return RecordingNotifier()


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()

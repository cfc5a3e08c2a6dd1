"""One running product for all end-to-end tests: workspace, embedded server and bot, each a process of its own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import demo
from bot.demo import Running
from bot.headless import Person
from bot.manifest import manifest_path

PARCELS = ("parcel", "package", "order", "box", "delivery", "letter")
WHERE = (
    "has not arrived",
    "is late again",
    "was left at the wrong door",
    "is stuck in transit",
    "never came",
)
MONEY = ("invoice", "card", "refund", "payment", "bill", "charge")
WHAT = ("was charged twice", "shows the wrong amount", "is missing from my account", "failed this morning")


def ticket_rows() -> list[tuple[str, str]]:
    """54 short tickets in two plain classes."""
    delivery = [(f"My {thing} {what}", "delivery") for thing in PARCELS for what in WHERE]
    billing = [(f"The {thing} {what}", "billing") for thing in MONEY for what in WHAT]
    return delivery + billing


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    with demo.running(port=0, home=home, manifest=manifest_path()) as started:
        yield started


@pytest.fixture
def person(running: Running) -> Person:
    return Person(running.control, lambda row: None)


@pytest.fixture
def tickets(tmp_path: Path) -> Callable[[str], Path]:
    def write(name: str) -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as sink:
            csv.writer(sink).writerows([("text", "queue"), *ticket_rows()])
        return path

    return write

"""Stored work is brought forward one task an item, in the language of who asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.errors import ProviderUnavailableError
from bot.services import advancing
from bot.services.advancing import Advancing
from bot.texts import language


@dataclass
class Work:
    id: str
    team: str = "T1"
    user: str = "U1"


class Shop:
    """Items that are open until `advance` finishes them."""

    def __init__(self) -> None:
        self.open = {"a": Work("a"), "b": Work("b")}
        self.begun: list[str] = []
        self.spoken: list[str] = []
        self.go_on = asyncio.Event()
        self.failures = 0

    async def find(self) -> list[Work]:
        return list(self.open.values())

    async def advance(self, work: Work) -> None:
        self.begun.append(work.id)
        self.spoken.append(language())
        if self.failures:
            self.failures -= 1
            raise ProviderUnavailableError("away")
        await self.go_on.wait()
        del self.open[work.id]

    async def language_of(self, team: str, user: str) -> str:
        return "zh_CN"


@pytest.fixture
async def shop() -> Shop:
    return Shop()


@pytest.fixture
def stepper(shop: Shop) -> Advancing[Work]:
    return Advancing("work", shop.find, shop.advance, shop.language_of)


async def test_an_item_under_way_is_left_alone(shop: Shop, stepper: Advancing[Work]):
    await stepper.tick()
    await asyncio.sleep(0)
    await stepper.tick()
    await asyncio.sleep(0)
    shop.go_on.set()
    await asyncio.gather(*stepper._running.values())

    assert sorted(shop.begun) == ["a", "b"]
    assert shop.spoken == ["zh_CN", "zh_CN"]
    assert shop.open == {}


async def test_a_failed_step_is_taken_again(
    shop: Shop, stepper: Advancing[Work], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(advancing, "PAUSE_S", 0)
    shop.failures = 2
    await stepper.tick()
    await asyncio.gather(*stepper._running.values())
    shop.go_on.set()

    await stepper.tick()
    await asyncio.gather(*stepper._running.values())

    assert sorted(shop.begun) == ["a", "a", "b", "b"]
    assert shop.open == {}


async def test_a_stop_breaks_off_what_is_under_way(shop: Shop, stepper: Advancing[Work]):
    await stepper.tick()
    await asyncio.sleep(0)

    await stepper.drain()

    assert sorted(shop.open) == ["a", "b"]

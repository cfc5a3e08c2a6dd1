import asyncio
from dataclasses import replace

import pytest

from bot.domain import Person
from bot.errors import SlackError
from bot.services.people import People
from storage import Store
from tests.fakes import FakeClock, FakeDirectory

MEI = Person(id="U2", locale="zh-CN", tz="Asia/Shanghai")
DAY_S = 24 * 3600


@pytest.fixture
def people(store: Store, directory: FakeDirectory, clock: FakeClock) -> People:
    directory.people["U2"] = MEI
    return People(store=store, directory=directory, default="en", clock=clock)


async def test_slack_is_asked_once_a_day(people: People, directory: FakeDirectory, clock: FakeClock):
    await people.person("T1", "U2")
    await people.person("T1", "U2")
    clock.advance(DAY_S + 1)
    directory.people["U2"] = replace(MEI, is_guest=True)

    assert (await people.person("T1", "U2")).is_guest
    assert directory.asked == ["U2", "U2"]


async def test_a_restart_remembers_people(
    people: People, store: Store, directory: FakeDirectory, clock: FakeClock
):
    await people.person("T1", "U2")

    again = People(store=store, directory=directory, default="en", clock=clock)

    assert await again.language("T1", "U2") == "zh_CN"
    assert directory.asked == ["U2"]


async def test_two_questions_about_one_person_are_one(people: People, directory: FakeDirectory):
    await asyncio.gather(*(people.person("T1", "U2") for _ in range(3)))

    assert directory.asked == ["U2"]


async def test_an_old_description_serves_while_slack_is_silent(
    people: People, directory: FakeDirectory, clock: FakeClock
):
    await people.person("T1", "U2")
    clock.advance(3 * DAY_S)
    directory.failure = SlackError("no answer")

    assert await people.person("T1", "U2") == MEI


async def test_somebody_unknown_is_spoken_to_in_the_default(
    people: People, directory: FakeDirectory, clock: FakeClock
):
    directory.failure = SlackError("no", code="missing_scope")

    assert await people.language_soon("T1", "U2") == "en"
    assert await people.language_soon("T1", "U2") == "en"
    assert directory.asked == ["U2"]

    clock.advance(301)
    directory.failure = None
    assert await people.language_soon("T1", "U2") == "zh_CN"


async def test_a_slow_answer_is_not_waited_for_but_kept(
    people: People, directory: FakeDirectory, monkeypatch: pytest.MonkeyPatch
):
    gate = asyncio.Event()

    async def slow(team: str, user: str) -> Person:
        await gate.wait()
        return MEI

    monkeypatch.setattr(directory, "person", slow)
    monkeypatch.setattr("bot.services.people.WAIT_S", 0.01)

    first = await people.language_soon("T1", "U2")
    gate.set()
    second = await people.person("T1", "U2")

    assert (first, second) == ("en", MEI)


async def test_people_are_welcomed_once(store: Store, clock: FakeClock):
    assert await store.people.welcome("T1", "U2", now=clock())
    assert not await store.people.welcome("T1", "U2", now=clock())


async def test_nobody_is_asked_about_while_slack_is_busy(
    people: People, directory: FakeDirectory, clock: FakeClock
):
    directory.failure = SlackError("slow down", code="ratelimited", retry_after_s=20)
    for user in ("U2", "U3", "U4"):
        assert await people.language_soon("T1", user) == "en"
    assert directory.asked == ["U2"]

    clock.advance(21)
    directory.failure = None
    assert await people.language_soon("T1", "U2") == "zh_CN"

import asyncio

import pytest

from bot import dispatcher as module
from bot.dispatcher import Dispatcher, Pace
from bot.errors import BusyError, UserError


@pytest.fixture
async def dispatcher():
    started = Dispatcher()
    started.start()
    yield started
    await started.drain(1)


async def test_work_runs_and_is_drained(dispatcher: Dispatcher):
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    for number in range(50):
        dispatcher.submit(f"work-{number}", lambda number=number: work(number))

    assert await dispatcher.drain(5)
    assert sorted(done) == list(range(50))


async def test_a_failure_is_logged_and_the_rest_goes_on(dispatcher: Dispatcher, caplog):
    done: list[str] = []

    async def fail() -> None:
        raise UserError("no such thing")

    async def succeed() -> None:
        done.append("yes")

    dispatcher.submit("fails", fail)
    dispatcher.submit("works", succeed)
    await dispatcher.drain(5)

    assert done == ["yes"]
    assert "name=fails" in caplog.text


async def test_too_much_work_is_refused(dispatcher: Dispatcher, monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 2)

    async def nothing() -> None:
        return None

    dispatcher.submit("1", nothing)
    dispatcher.submit("2", nothing)
    with pytest.raises(BusyError, match="try again"):
        dispatcher.submit("3", nothing)


async def test_only_so_much_runs_at_once(dispatcher: Dispatcher, monkeypatch):
    monkeypatch.setattr(module, "MAX_RUNNING", 3)
    running = 0
    most = 0
    gate = asyncio.Event()

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1

    for _ in range(8):
        dispatcher.submit("work", work)
    while running < 3:
        await asyncio.sleep(0)
    gate.set()
    await dispatcher.drain(5)

    assert most == 3


async def test_what_does_not_end_is_cancelled_after_the_time(dispatcher: Dispatcher):
    dispatcher.submit("forever", asyncio.Event().wait)
    while not dispatcher._running:
        await asyncio.sleep(0)

    assert not await dispatcher.drain(0.05)
    with pytest.raises(BusyError):
        dispatcher.submit("late", asyncio.Event().wait)


@pytest.mark.parametrize("pass_s", [0.0001, 0.002, 0.007])
def test_the_pace_holds_in_the_long_run(pass_s: float):
    pace, now, starts = Pace(0.002, 0.016), 100.0, 0

    while now < 110.0:
        starts += 1
        now += pass_s + 0.002 if pace.is_ahead_after(now) else pass_s / 8

    assert 10 / (0.002 + pass_s) <= starts <= 10 / 0.002 + 10


def test_a_late_loop_makes_up_for_a_few_starts_only():
    pace = Pace(0.002, 0.016)
    pace.is_ahead_after(100.0)

    at_once = sum(not pace.is_ahead_after(160.0) for _ in range(100))

    assert at_once == 8

"""Learning curves through the real jobs and poller, with the server and Slack as fakes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain import JobStatus
from bot.errors import InputError, NotAllowedError, NotFoundError, ProviderUnavailableError
from bot.sandbox import ProcessSandbox
from bot.services.curve import Curves
from bot.services.curve_offer import points_of
from bot.services.estimates import Estimates
from bot.services.jobs import Jobs
from bot.services.poller import Poller, PollSettings
from bot.services.submission import Submission
from tests.bot.services.test_compare import English
from tests.bot.services.worlds import LEASE, Home
from tests.values import ACTOR, DATASET, REPORT

TRAIN = [(f"where is parcel {n}", "delivery") for n in range(48)] + [
    (f"pay invoice {n}", "billing") for n in range(32)
]
TEST = [(f"where is box {n}", "delivery") for n in range(6)] + [
    (f"pay bill {n}", "billing") for n in range(4)
]


class World:
    def __init__(self, store, clock, provider, notifier, root: Path):
        self.store, self.clock, self.provider, self.notifier = store, clock, provider, notifier
        self.home = Home(store, root)
        self.estimates = Estimates(provider=provider, clock=clock)
        self.jobs = Jobs(
            store=store,
            provider=provider,
            datasets=self.home,
            estimates=self.estimates,
            wake_poller=lambda: None,
            clock=clock,
        )
        submission = Submission(store=store, provider=provider, datasets=self.home, home=root)
        self.poller = Poller(
            store=store,
            provider=provider,
            submission=submission,
            estimates=self.estimates,
            settings=PollSettings(interval_s=1, evaluation_rows=100),
            clock=clock,
            on_news=lambda: None,
        )
        self.curves = self.fresh()

    def fresh(self) -> Curves:
        """The service as a new process would build it."""
        return Curves(
            store=self.store,
            notifier=self.notifier,
            sandbox=ProcessSandbox(),
            datasets=self.home,
            estimates=self.estimates,
            jobs=self.jobs,
            people=English(),
            home=self.home.root,
            clock=self.clock,
        )

    async def look(self) -> None:
        await self.curves.work_once()
        await self.curves.settle()
        for claimed in await self.store.jobs.claim_due(now=self.clock(), lease=LEASE, limit=9):
            await self.poller._look_guarded(claimed)
        self.clock.advance(60)

    async def run(self, looks: int = 12) -> str:
        for _ in range(looks):
            await self.look()
        return self.notifier.texts[-1]

    async def accept(self, delivery: str = "d1"):
        return await self.curves.accept(ACTOR, "ds-1", "ngram-hash-1", delivery=delivery)


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path) -> World:
    world = World(store, clock, provider, notifier, tmp_path)
    await store.datasets.accept_drop(DATASET, delivery="drop", now=clock(), lease=LEASE)
    await store.datasets.save(DATASET)
    folder = world.home.folder("ds-1")
    for name, rows in (("train", TRAIN), ("validation", TEST), ("test", TEST)):
        world.home.write(folder, name, rows)
    return world


async def test_four_trainings_on_nested_parts_of_the_data(world: World):
    request = await world.accept()

    await world.run()

    jobs = [job for job, _ in await world.store.jobs.of_curve("T1", request.id)]
    sizes = [len((world.home.folder_of(job) / "train.jsonl").read_text().splitlines()) for job in jobs]
    tests = {(world.home.folder_of(job) / "test.jsonl").read_bytes() for job in jobs}
    assert [job.plan.portion for job in jobs] == [0.125, 0.25, 0.5, 1.0]
    assert sizes == list(request.rows) == [10, 20, 40, 80]
    assert {job.plan.seed for job in jobs} == {42}
    assert len(tests) == 1
    assert jobs[0].dataset_name == "tickets.csv (12%)"


async def test_the_thread_hears_one_answer_with_a_picture(world: World):
    await world.accept()

    told = await world.run()

    assert len(world.notifier.posts) == 2
    assert "whether more data will help" in told
    assert "<@U1>" in told
    assert [name for _, name in world.notifier.uploads] == ["learning-curve.png"]
    assert "Done" in world.notifier.texts[0]


async def test_its_trainings_are_nobodys_models(world: World):
    await world.accept()

    await world.run()

    assert await world.store.models.of_team("T1") == []
    assert await world.store.outbox.waiting() == 0


async def test_the_points_are_measured_on_the_test_part(world: World):
    request = await world.accept()

    await world.run()

    curve = (await world.store.curves.get("T1", request.id))[1]
    assert [point.accuracy for point in curve.points] == [1.0] * 4
    assert [point.tested for point in curve.points] == [10] * 4
    assert curve.gain == (0.0, 0.3)


async def test_a_killed_bot_starts_no_training_twice(world: World):
    await world.accept()
    await world.look()
    world.curves = world.fresh()

    await world.run()

    assert len(world.provider.jobs) == 4
    assert len(world.notifier.posts) == 2


async def test_an_outage_is_waited_out(world: World):
    await world.accept()
    world.provider.failures = [ProviderUnavailableError("down")] * 3

    await world.run(16)

    assert await world.store.curves.unfinished() == []


async def test_a_training_that_fails_leaves_a_gap(world: World):
    world.provider.outcome = JobStatus.FAILED
    request = await world.accept()

    told = await world.run()

    curve = (await world.store.curves.get("T1", request.id))[1]
    assert [point.problem for point in curve.points] == ["failed: the data is bad"] * 4
    assert "could not be measured" in told


async def test_a_start_that_is_not_allowed_stops_it_and_says_why(world: World):
    request = await world.accept()

    async def refuse(*arguments, **options):
        raise NotAllowedError("Only the leads may start jobs here.", next_step="Ask one of them.")

    world.jobs.start = refuse
    told = await world.run(2)

    assert "Only the leads may start jobs here. Ask one of them." in told
    assert (await world.store.curves.get("T1", request.id))[1] is None
    assert await world.store.curves.unfinished() == []


async def test_stopping_cancels_what_runs(world: World):
    request = await world.accept()
    await world.look()
    await world.look()

    await world.curves.stop(ACTOR, request.id)
    told = await world.run()

    assert len(world.provider.cancelled) == 4
    assert "could not be measured" in told
    with pytest.raises(NotFoundError):
        await world.curves.stop(ACTOR, "curve-none")


async def test_the_offer_says_what_it_would_take(world: World):
    offer = await world.curves.offer(ACTOR, "tickets.csv")

    assert (offer.model, offer.rows) == ("ngram-hash-1", (10, 20, 40, 80))
    assert offer.usd == Decimal(0)
    assert offer.minutes == pytest.approx(12 / 60 * 1.875)
    assert await world.store.curves.unfinished() == []


async def test_an_unknown_base_is_refused_with_those_there_are(world: World):
    with pytest.raises(InputError, match="no base model nothing") as caught:
        await world.curves.offer(ACTOR, "", "nothing")
    assert "ngram-hash-1" in caught.value.next_step


async def test_the_same_press_is_taken_once(world: World):
    assert await world.accept()
    assert await world.accept() is None


def test_too_few_rows_are_refused():
    small = replace(REPORT.splits[0], rows=30, labels={"delivery": 20, "billing": 10})
    report = replace(REPORT, splits=(small, *REPORT.splits[1:]))

    with pytest.raises(InputError, match="30 training rows: too few"):
        points_of(replace(DATASET, report=report))


def test_sizes_too_small_for_the_api_are_left_out():
    small = replace(REPORT.splits[0], rows=50, labels={"delivery": 30, "billing": 20})
    report = replace(REPORT, splits=(small, *REPORT.splits[1:]))

    assert points_of(replace(DATASET, report=report)) == ((0.25, 0.5, 1.0), (13, 25, 50))

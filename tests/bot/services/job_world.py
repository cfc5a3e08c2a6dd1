"""One bot as far as jobs go: poller, submission and delivery over a real database; Slack and the server are fakes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bot.domain import Choices, Dataset, FineTuningJob, Update, UpdateKind
from bot.errors import NotFoundError
from bot.services.delivery import Delivery
from bot.services.estimates import Estimates
from bot.services.job_pictures import JobPicture
from bot.services.poller import Poller, PollSettings
from bot.services.submission import Submission
from storage import Store
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import DATASET, JOB

LEASE = timedelta(seconds=120)


class World:
    """One bot: looks and deliveries happen when told to."""

    def __init__(
        self, store: Store, clock: FakeClock, provider: FakeProvider, notifier: RecordingNotifier, home: Path
    ):
        self.store, self.clock, self.provider, self.notifier, self.home = (
            store,
            clock,
            provider,
            notifier,
            home,
        )
        estimates = Estimates(provider=provider, clock=clock)
        self.submission = Submission(store=store, provider=provider, datasets=self, home=home)
        self.poller = Poller(
            store=store,
            provider=provider,
            submission=self.submission,
            estimates=estimates,
            settings=PollSettings(interval_s=10, evaluation_rows=50),
            clock=clock,
            on_news=lambda: None,
        )
        self.delivery = Delivery(
            store=store, notifier=notifier, estimates=estimates, pictures=self, clock=clock
        )
        self.decided: list[Choices] = []
        self.drawn: list[str] = []

    async def training(self, job: FineTuningJob) -> JobPicture:
        self.drawn.append(job.op_id)
        return JobPicture(path=self.home / "training.png", alt_text="Training loss went down.")

    async def get(self, dataset_id: str):
        dataset = await self.store.datasets.get(dataset_id)
        if dataset is None:
            raise NotFoundError("There is no such dataset.")
        return dataset

    def folder(self, dataset_id: str) -> Path:
        return self.home / "datasets" / dataset_id

    async def decide(self, dataset_id: str, choices):
        self.decided.append(choices)
        return await self.get(dataset_id)

    async def in_channel(self, team: str, channel: str) -> list[Dataset]:
        return await self.store.datasets.in_channel(team, channel)

    async def look(self) -> int:
        claims = await self.store.jobs.claim_due(now=self.clock(), lease=LEASE, limit=5)
        for claimed in claims:
            await self.poller._look_guarded(claimed)
        return len(claims)

    async def run(self, looks: int = 30) -> FineTuningJob:
        for _ in range(looks):
            await self.look()
            for _ in range(8):
                await self.delivery.deliver_once()
                self.clock.advance(3)
            self.clock.advance(60)
        job = await self.store.jobs.get("op-1")
        assert job is not None
        return job


async def start(world: World, job: FineTuningJob = JOB) -> None:
    first = [Update(kind=UpdateKind.CARD, key="card")]
    assert await world.store.jobs.accept_start(job, delivery=f"d-{job.op_id}", first=first, now=world.clock())


async def with_dataset(world: World) -> World:
    """The world with one ready dataset and its files."""
    await world.store.datasets.accept_drop(DATASET, delivery="drop", now=world.clock(), lease=LEASE)
    await world.store.datasets.save(DATASET)
    folder = world.folder("ds-1")
    folder.mkdir(parents=True)
    for part in DATASET.report.splits:
        rows = [("I want to pay", "billing"), ("where is it", "delivery"), ("pay later", "delivery")]
        lines = [
            json.dumps(
                {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]}
            )
            for text, label in rows
        ]
        (folder / part.path).write_text("\n".join(lines) + "\n")
    return world

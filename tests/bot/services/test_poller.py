"""The poller, submission and delivery together, over a real database, with Slack and the server as fakes."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import FineTuningJob, JobStatus, Update, UpdateKind
from bot.errors import NotFoundError, ProviderError, ProviderUnavailableError, SlackError
from bot.services.delivery import Delivery
from bot.services.estimates import Estimates
from bot.services.job_pictures import JobPicture
from bot.services.poller import Poller, PollSettings
from bot.services.submission import Submission
from storage import Store
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import DATASET, JOB, PLAN

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
        self.decided: list[float] = []
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
        self.decided.append(choices.validation_share)
        return await self.get(dataset_id)

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


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path):
    await store.datasets.accept_drop(DATASET, delivery="drop", now=clock(), lease=LEASE)
    await store.datasets.save(DATASET)
    world = World(store, clock, provider, notifier, tmp_path)
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


async def start(world: World, job: FineTuningJob = JOB) -> None:
    first = [Update(kind=UpdateKind.CARD, key="card")]
    assert await world.store.jobs.accept_start(job, delivery=f"d-{job.op_id}", first=first, now=world.clock())


async def test_a_job_is_told_from_start_to_end(world: World):
    await start(world)

    job = await world.run()

    assert world.notifier.texts[1:] == [
        "Epoch 1/3 done: training loss 1.000, validation loss 1.100, validation accuracy 50.0%",
        "Epoch 2/3 done: training loss 0.500, validation loss 0.550, validation accuracy 50.0%",
        "Epoch 3/3 done: training loss 0.333, validation loss 0.367, validation accuracy 50.0%",
        "Cost: $0.00 for 1,200 tokens trained with `ngram-hash-1` (on your own server)",
        world.notifier.texts[5],
    ]
    assert world.notifier.texts[5].startswith("<@U1> your model is ready: `ft:ngram-hash-1:tunesmith::abc`")
    assert "Accuracy on 3 held-out rows: *66.7%*" in world.notifier.texts[5]
    assert "Succeeded" in world.notifier.texts[0]
    assert job.evaluation.correct == 2
    assert len(world.provider.jobs) == 1


async def test_the_model_remembers_how_it_was_trained(world: World):
    await start(world)

    await world.run()

    model = await world.store.models.of_channel("T1", "C1")
    assert model.labels == ("delivery", "billing")
    assert model.accuracy == pytest.approx(2 / 3)


async def test_a_lost_creation_is_adopted_not_repeated(world: World):
    world.provider.lost_creations = [ProviderUnavailableError("the answer was lost")]
    await start(world)

    job = await world.run()

    assert len(world.provider.jobs) == 1
    assert job.progress.status is JobStatus.SUCCEEDED


async def test_files_are_uploaded_once_when_the_creation_fails(world: World):
    await start(world)
    world.provider.failures = []
    original = world.provider.create_job
    tries = 0

    async def flaky(plan, **arguments):
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ProviderUnavailableError("busy")
        return await original(plan, **arguments)

    world.provider.create_job = flaky
    await world.run()

    assert world.provider.uploads == ["op-1.train.jsonl", "op-1.validation.jsonl"]


async def test_a_refusal_ends_the_job_in_the_servers_words(world: World):
    async def refuse(plan, **arguments):
        raise ProviderError("no new fine-tuning jobs", status=403, code="training_not_available")

    world.provider.create_job = refuse
    await start(world)

    job = await world.run(5)

    assert job.progress.status is JobStatus.FAILED
    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` failed: no new fine-tuning jobs"


async def test_a_failed_job_says_why(world: World):
    world.provider.outcome = JobStatus.FAILED
    await start(world)

    await world.run()

    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` failed: the data is bad"


async def test_an_outage_is_waited_out(world: World):
    await start(world)
    await world.look()
    world.provider.failures = [ProviderUnavailableError("down")] * 4

    job = await world.run()

    assert job.progress.status is JobStatus.SUCCEEDED


async def test_cancelling_reaches_the_server_and_the_thread(world: World):
    await start(world)
    await world.run(2)
    await world.store.jobs.request_cancel(JOB, user="U2", now=world.clock())

    job = await world.run(3)

    assert world.provider.cancelled
    assert job.progress.status is JobStatus.CANCELLED
    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` was cancelled."


async def test_a_job_cancelled_before_it_was_sent_never_reaches_the_server(world: World):
    await start(world)
    await world.store.jobs.request_cancel(JOB, user="U2", now=world.clock())

    job = await world.run(2)

    assert world.provider.jobs == {}
    assert job.progress.status is JobStatus.CANCELLED


async def test_another_validation_share_is_decided_before_the_upload(world: World):
    await start(world, replace(JOB, plan=replace(PLAN, validation_share=0.2)))

    await world.run(2)

    assert world.decided == [0.2]


async def test_a_post_whose_answer_was_lost_is_found_not_repeated(world: World):
    await start(world)
    world.notifier.lost_answers = [SlackError("lost", in_doubt=True)]

    await world.run()

    assert len(world.notifier.texts) == len(set(world.notifier.texts)) == 6
    assert world.notifier.lookups >= 1


async def test_a_rate_limit_is_waited_out_without_a_look_up(world: World):
    await start(world)
    world.notifier.failures = [SlackError("slow down", code="ratelimited", retry_after_s=5)]

    await world.run()

    assert len(world.notifier.texts) == 6
    assert world.notifier.lookups == 0


async def test_a_dead_channel_does_not_stop_the_job(world: World):
    await start(world)
    world.notifier.failures = [SlackError("gone", code="is_archived")] * 50

    job = await world.run()

    assert job.progress.status is JobStatus.SUCCEEDED
    assert await world.store.models.of_channel("T1", "C1")


async def test_the_end_is_told_without_a_score_when_the_model_never_answers(world: World):
    async def mute(model, text):
        raise ProviderUnavailableError("still loading")

    world.provider.answer = mute
    await start(world)

    job = await world.run(40)

    assert job.evaluation is None
    assert world.notifier.texts[-1].startswith("<@U1> your model is ready")


async def test_ticks_do_not_look_twice_at_a_job_under_way(world: World):
    await start(world)

    counts = await asyncio.gather(*(world.poller.poll_once() for _ in range(5)))
    await asyncio.gather(*world.poller._running)

    assert sum(counts) == 1
    assert len(world.provider.jobs) == 1


async def test_a_broken_job_does_not_stop_the_others(world: World):
    await start(world)
    await start(world, replace(JOB, op_id="op-2", dataset_id="ds-missing"))

    await world.run()

    assert (await world.store.jobs.get("op-1")).progress.status is JobStatus.SUCCEEDED
    assert (await world.store.jobs.get("op-2")).progress.status is JobStatus.FAILED

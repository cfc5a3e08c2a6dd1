"""Dropped files over a real database, with Slack and the worker process as fakes."""

from pathlib import Path

import pytest

from bot.domain import Dataset, DatasetStatus, Thread
from bot.errors import DatasetError, SlackError
from bot.ports import DroppedFile, Message, Share
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from storage import Store
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR, REPORT

DROPPED = DroppedFile(
    id="F9",
    name="tickets.csv",
    size_bytes=5,
    mode="hosted",
    user="U1",
    url="https://files.slack.com/F9",
    shares=(Share(channel="C1", ts="100.000100", thread_ts="100.000100"),),
)


class OneFile:
    async def file(self, file_id: str) -> DroppedFile:
        return DROPPED

    async def download(self, file: DroppedFile, target: Path, *, max_bytes: int) -> None:
        target.write_bytes(b"a,b\n1")


class FakeSandbox:
    """Gives back REPORT, or raises `error`; `calls` are the functions asked for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.error: DatasetError | None = None

    async def run(self, function: str, arguments: dict[str, object], kind: type) -> object:
        self.calls.append(function)
        if kind is str:
            return "a picture in words"
        if self.error:
            raise self.error
        return REPORT


class CuriousNotifier(RecordingNotifier):
    """Looks at what is stored at the moment a report reaches Slack, as a quick person would."""

    store: Store
    seen: list[Dataset]

    async def post(self, thread, message, *, outbox_id="", broadcast=False) -> str:
        self.seen = await self.store.datasets.in_channel(ACTOR.team, ACTOR.channel)
        return await super().post(thread, message, outbox_id=outbox_id, broadcast=broadcast)


@pytest.fixture
def notifier(store: Store) -> CuriousNotifier:
    made = CuriousNotifier()
    made.store, made.seen = store, []
    return made


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox()


@pytest.fixture
def datasets(
    store: Store, notifier: CuriousNotifier, sandbox: FakeSandbox, clock: FakeClock, tmp_path: Path
) -> Datasets:
    return Datasets(
        store=store,
        files=OneFile(),
        notifier=notifier,
        sandbox=sandbox,
        estimates=Estimates(provider=FakeProvider(), clock=clock),
        home=tmp_path,
        max_bytes=1_000,
        clock=clock,
        settle_s=0,
    )


async def drop(datasets: Datasets) -> Dataset:
    dataset = await datasets.accept(ACTOR, "F9", delivery="event:T1:E1")
    assert dataset is not None
    return dataset


async def test_a_report_in_the_thread_can_be_acted_on_at_once(datasets: Datasets, notifier: CuriousNotifier):
    await datasets.ingest(await drop(datasets))

    assert [(found.status, found.report) for found in notifier.seen] == [(DatasetStatus.READY, REPORT)]


async def test_a_report_that_did_not_reach_slack_is_posted_later_without_reading_again(
    datasets: Datasets, notifier: CuriousNotifier, sandbox: FakeSandbox, clock: FakeClock
):
    notifier.failures.append(SlackError("no answer", in_doubt=True))
    await datasets.ingest(await drop(datasets))

    clock.advance(360)
    await datasets.resume()

    assert len(notifier.posts) == 1
    assert sandbox.calls.count("bot.datasets.drop:ingest_drop") == 1


async def test_a_report_whose_answer_was_lost_is_not_posted_twice(
    datasets: Datasets, notifier: CuriousNotifier, clock: FakeClock
):
    notifier.lost_answers.append(SlackError("no answer", in_doubt=True))
    await datasets.ingest(await drop(datasets))

    clock.advance(360)
    await datasets.resume()

    (found,) = await datasets.in_channel(ACTOR.team, ACTOR.channel)
    assert len(notifier.posts) == 1
    assert found.report_ts == notifier.posts[0].ts


async def test_a_refusal_whose_answer_was_lost_is_not_posted_twice(
    datasets: Datasets, notifier: CuriousNotifier, sandbox: FakeSandbox, clock: FakeClock
):
    sandbox.error = DatasetError("It is empty.")
    dataset = await drop(datasets)
    # A bot that was killed right after Slack took its refusal leaves this behind.
    await notifier.post(Thread(channel="C1", ts="100.000100"), Message(text="no"), outbox_id=dataset.id)

    clock.advance(360)
    await datasets.resume()

    assert len(notifier.posts) == 1


async def test_a_refusal_is_said_in_the_thread_of_the_file(
    datasets: Datasets, notifier: CuriousNotifier, sandbox: FakeSandbox
):
    sandbox.error = DatasetError("It is empty.")

    await datasets.ingest(await drop(datasets))

    (refusal,) = notifier.posts
    assert refusal.thread == Thread(channel="C1", ts="100.000100")
    assert "It is empty." in refusal.message.text


async def test_a_bot_that_starts_again_posts_the_report_of_a_killed_one(
    datasets: Datasets, notifier: CuriousNotifier, store: Store, clock: FakeClock
):
    notifier.failures.append(SlackError("the bot was killed here", in_doubt=True))
    await datasets.ingest(await drop(datasets))

    await store.release_leases(clock())
    await datasets.resume()

    assert len(notifier.posts) == 1

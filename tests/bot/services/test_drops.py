"""Files dropped in one message: together where they belong together, also when events are late or the bot is killed."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Choices
from bot.errors import SlackError
from bot.services.datasets import Datasets
from storage import Store
from tests.bot.services.making import Folder, accepted, datasets_over, plain_rows, table
from tests.fakes import FakeClock, RecordingNotifier
from tests.values import ACTOR

POS = ("film.pos", b"".join(b"a lovely film number %d\n" % number for number in range(30)))
NEG = ("film.neg", b"".join(b"a dreadful film number %d\n" % number for number in range(30)))
TRAIN = ("mail_train.csv", table(plain_rows()))
TEST = ("mail_test.csv", table([*plain_rows(2), *plain_rows(4, start=100)]))


@pytest.fixture
def folder() -> Folder:
    return Folder({"F1": POS, "F2": NEG, "F3": TRAIN, "F4": TEST, "F5": ("orders.csv", TRAIN[1])})


@pytest.fixture
def datasets(
    store: Store, folder: Folder, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path
) -> Datasets:
    return datasets_over(store, folder, notifier, clock, tmp_path)


async def in_channel(datasets: Datasets):
    return await datasets.in_channel(ACTOR.team, ACTOR.channel)


async def test_two_classes_are_one_dataset_with_one_report(datasets: Datasets, notifier: RecordingNotifier):
    dropped = [await accepted(datasets, "F1"), await accepted(datasets, "F2")]

    await asyncio.gather(*(datasets.ingest(dataset) for dataset in dropped))

    (found,) = await in_channel(datasets)
    assert sorted(found.name.split(" + ")) == ["film.neg", "film.pos"]
    assert found.report is not None
    assert found.report.labels == {"neg": 30, "pos": 30}
    assert len(notifier.posts) == 1


async def test_a_test_file_is_the_test_part(datasets: Datasets):
    dropped = [await accepted(datasets, "F3"), await accepted(datasets, "F4")]

    await asyncio.gather(*(datasets.ingest(dataset) for dataset in dropped))

    (found,) = await in_channel(datasets)
    assert found.report is not None
    assert found.report.part("test").rows == 4
    assert "leakage" in {finding.code for finding in found.report.findings}


async def test_unrelated_files_stay_apart(datasets: Datasets, notifier: RecordingNotifier):
    dropped = [await accepted(datasets, "F3"), await accepted(datasets, "F5")]

    await asyncio.gather(*(datasets.ingest(dataset) for dataset in dropped))

    assert {found.name for found in await in_channel(datasets)} == {"mail_train.csv", "orders.csv"}
    assert len(notifier.posts) == 2


async def test_files_of_two_messages_stay_apart(datasets: Datasets, folder: Folder):
    await datasets.ingest(await accepted(datasets, "F3"))
    folder.ts = "200.000100"
    await datasets.ingest(await accepted(datasets, "F4"))

    assert {found.name for found in await in_channel(datasets)} == {"mail_train.csv", "mail_test.csv"}


async def test_a_file_that_comes_late_joins_the_report_that_is_there(
    datasets: Datasets, notifier: RecordingNotifier
):
    await datasets.ingest(await accepted(datasets, "F1"))
    assert "film.pos" in notifier.posts[0].message.text

    await datasets.ingest(await accepted(datasets, "F2"))

    (found,) = await in_channel(datasets)
    assert (found.files, found.files_read) == (2, 2)
    assert len(notifier.posts) == 1
    assert "(60 rows" in notifier.posts[0].message.text


async def test_a_file_that_comes_after_a_decision_is_left_alone(
    datasets: Datasets, store: Store, notifier: RecordingNotifier
):
    await datasets.ingest(await accepted(datasets, "F3"))
    (first,) = await in_channel(datasets)
    await store.datasets.save(replace(first, history=(Choices(),)))

    await datasets.ingest(await accepted(datasets, "F4"))

    assert len(await in_channel(datasets)) == 2


async def test_a_bot_killed_before_the_second_file_makes_no_second_dataset(
    store: Store, folder: Folder, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path
):
    killed = datasets_over(store, folder, notifier, clock, tmp_path)
    await accepted(killed, "F1")
    await accepted(killed, "F2")

    await store.release_leases(clock())
    again = datasets_over(store, folder, notifier, clock, tmp_path)
    await again.resume()

    (found,) = await in_channel(again)
    assert found.files_read == 2
    assert len(notifier.posts) == 1


async def test_a_bot_killed_after_the_join_reads_the_files_again(
    store: Store, folder: Folder, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path
):
    killed = datasets_over(store, folder, notifier, clock, tmp_path)
    await killed.ingest(await accepted(killed, "F1"))
    late = await accepted(killed, "F2")
    joined = await killed._drops.gather(late)
    assert joined.id != late.id

    await store.release_leases(clock())
    again = datasets_over(store, folder, notifier, clock, tmp_path)
    await again.resume()

    (found,) = await in_channel(again)
    assert found.files_read == 2
    assert "(60 rows" in notifier.posts[0].message.text


async def test_a_look_up_that_failed_is_made_again_and_nothing_is_lost(
    datasets: Datasets, folder: Folder, clock: FakeClock
):
    folder.failures.append(SlackError("no answer", in_doubt=True))
    dropped = [await accepted(datasets, "F1"), await accepted(datasets, "F2")]
    for dataset in dropped:
        await datasets.ingest(dataset)

    clock.advance(360)
    await datasets.resume()

    (found,) = await in_channel(datasets)
    assert found.report is not None
    assert found.report.labels == {"neg": 30, "pos": 30}


async def test_an_empty_file_among_several_is_named(
    datasets: Datasets, folder: Folder, notifier: RecordingNotifier
):
    folder.files["F3"] = ("mail_train.csv", b"")
    await datasets.ingest(await accepted(datasets, "F3"))

    await datasets.ingest(await accepted(datasets, "F4"))

    (refusal,) = notifier.texts
    assert "mail_train.csv is empty" in refusal


async def test_the_event_that_comes_second_may_be_the_one_that_knows_the_message(
    datasets: Datasets, folder: Folder, notifier: RecordingNotifier
):
    folder.ts = ""
    first = await datasets.accept(ACTOR, "F3", delivery="file_shared")
    assert first is not None
    again = await datasets.accept(ACTOR, "F3", delivery="message", drop_ts="300.1", thread_ts="299.9")

    await datasets.ingest(first)

    assert again is None
    assert notifier.posts[0].thread.ts == "299.9"
    assert notifier.reactions[0][0].ts == "300.1"


async def test_the_sources_are_removed_once_they_are_read(datasets: Datasets, tmp_path: Path):
    dropped = [await accepted(datasets, "F1"), await accepted(datasets, "F2")]

    await asyncio.gather(*(datasets.ingest(dataset) for dataset in dropped))

    assert list(tmp_path.rglob("source*")) == []

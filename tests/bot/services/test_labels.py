"""Label fixing over what runs in worker processes: cards, decisions that last, and the version that comes of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.domain import Dataset, LabelVerdict
from bot.errors import DatasetError, SlackError
from bot.services.datasets import Datasets
from bot.services.labels import Labels
from bot.views import labels as views
from storage import Store
from tests.bot.services.making import Folder, InThisProcess, accepted, datasets_over, plain_rows, table
from tests.fakes import FakeClock, RecordingNotifier
from tests.values import ACTOR

TOPICS = {
    "billing": ["invoice", "refund", "card", "charge", "payment", "price", "euro", "bank", "money", "fee"],
    "delivery": [
        "parcel",
        "courier",
        "late",
        "door",
        "box",
        "tracking",
        "shipped",
        "van",
        "address",
        "street",
    ],
}
WRONG = (10, 41, 70)


def doubtful_rows() -> list[tuple[str, str]]:
    rng = random.Random(1)
    rows = [
        (" ".join(rng.choices(words, k=6)) + f" {number}", topic)
        for number in range(60)
        for topic, words in TOPICS.items()
    ]
    for place in WRONG:
        text, label = rows[place]
        rows[place] = (text, "billing" if label == "delivery" else "delivery")
    return rows


@pytest.fixture
def datasets(store: Store, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path) -> Datasets:
    files = {"F1": ("tickets.csv", table(doubtful_rows())), "F2": ("plain.csv", table(plain_rows()))}
    return datasets_over(store, Folder(files), notifier, clock, tmp_path)


@pytest.fixture
def labels(store: Store, datasets: Datasets, notifier: RecordingNotifier, clock: FakeClock) -> Labels:
    return Labels(store=store, datasets=datasets, notifier=notifier, sandbox=InThisProcess(), clock=clock)


async def read(datasets: Datasets, file_id: str = "F1") -> Dataset:
    await datasets.ingest(await accepted(datasets, file_id))
    return (await datasets.in_channel(ACTOR.team, ACTOR.channel))[0]


async def test_the_cards_are_the_rows_that_look_wrong(
    datasets: Datasets, labels: Labels, notifier: RecordingNotifier
):
    dataset = await read(datasets)

    await labels.show(dataset.id, user="U2")

    desk = await labels.desk(dataset.id)
    assert {card.suspect.row for card in desk.queue.cards} == set(WRONG)
    assert "Label 1 of 3" in notifier.texts[-1]


async def test_a_card_asked_for_twice_stands_once(
    datasets: Datasets, labels: Labels, notifier: RecordingNotifier
):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")

    await labels.show(dataset.id, user="U3")

    assert sum("Label 1 of 3" in text for text in notifier.texts) == 1
    ((_, user, told),) = notifier.whispers
    assert user == "U3"
    assert "in this thread" in told.text


async def test_a_card_whose_message_was_deleted_is_posted_anew(
    datasets: Datasets, labels: Labels, notifier: RecordingNotifier
):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    notifier.failures.append(SlackError("gone", code="message_not_found"))

    await labels.show(dataset.id, user="U2")

    assert sum("Label 1 of 3" in text for text in notifier.texts) == 2


async def test_decisions_become_a_version_of_the_dataset(datasets: Datasets, labels: Labels):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.CHANGE, user="U2")
    await labels.decide(dataset.id, 2, LabelVerdict.KEEP, user="U3")
    await labels.decide(dataset.id, 3, LabelVerdict.DROP, user="U2")

    desk = await labels.save(dataset.id, user="U2")

    version, first = await datasets.in_channel(ACTOR.team, ACTOR.channel)
    assert desk.version is not None
    assert (version.id, version.version, version.parent, version.made_by) == (
        desk.version.id,
        2,
        first.id,
        "U2",
    )
    assert version.change == "1 label changed, 1 row dropped"
    assert version.report is not None
    assert version.report.rows_kept == 119
    assert "suspicious_labels" not in {finding.code for finding in version.report.findings}
    assert first.report == dataset.report


async def test_a_card_decided_by_two_people_keeps_the_first_decision(
    datasets: Datasets, labels: Labels, notifier: RecordingNotifier
):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.KEEP, user="U2")

    with pytest.raises(DatasetError, match="decided on already"):
        await labels.decide(dataset.id, 1, LabelVerdict.DROP, user="U3")

    (card, *_) = (await labels.desk(dataset.id)).queue.cards
    assert (card.verdict, card.decided_by) == (LabelVerdict.KEEP, "U2")


async def test_the_last_decision_is_taken_back_first(datasets: Datasets, labels: Labels, clock: FakeClock):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    for place in (1, 2):
        clock.advance(1)
        await labels.decide(dataset.id, place, LabelVerdict.KEEP, user="U2")

    desk = await labels.undo(dataset.id)

    assert desk.queue.current is not None
    assert desk.queue.current.place == 2
    await labels.undo(dataset.id)
    with pytest.raises(DatasetError, match="nothing to take back"):
        await labels.undo(dataset.id)


async def test_another_label_is_chosen_by_its_key(datasets: Datasets, labels: Labels):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")

    desk = await labels.relabel(dataset.id, 1, views.label_key("billing"), user="U2")

    assert desk.queue.cards[0].label == "billing"
    assert await labels.matching(dataset.id, "LIV") == ["delivery"]
    with pytest.raises(DatasetError, match="not in the dataset any more"):
        await labels.relabel(dataset.id, 2, views.label_key("no such label"), user="U2")


async def test_saving_twice_makes_one_version(datasets: Datasets, labels: Labels):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.CHANGE, user="U2")

    await labels.save(dataset.id, user="U2")

    with pytest.raises(DatasetError, match="saved already"):
        await labels.save(dataset.id, user="U3")
    with pytest.raises(DatasetError, match="decided on already"):
        await labels.decide(dataset.id, 2, LabelVerdict.CHANGE, user="U3")
    assert len(await datasets.in_channel(ACTOR.team, ACTOR.channel)) == 2


async def test_a_bot_killed_while_it_saved_goes_on(
    datasets: Datasets,
    labels: Labels,
    store: Store,
    notifier: RecordingNotifier,
    clock: FakeClock,
    monkeypatch,
):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.CHANGE, user="U2")

    # Patched: the kill falls right after the decision was stored.
    async def killed(made, *, tries=0):
        raise RuntimeError("killed")

    monkeypatch.setattr(datasets, "ingest", killed)
    with pytest.raises(RuntimeError):
        await labels.save(dataset.id, user="U2")
    monkeypatch.undo()
    await store.release_leases(clock())
    await datasets.resume()

    version = (await datasets.in_channel(ACTOR.team, ACTOR.channel))[0]
    assert version.version == 2
    assert sum("(v2): ready" in text for text in notifier.texts) == 1


async def test_a_version_can_be_looked_through_again(datasets: Datasets, labels: Labels):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.CHANGE, user="U2")
    desk = await labels.save(dataset.id, user="U2")
    assert desk.version is not None

    second = await labels.open(desk.version.id, user="U2")
    for card in second.queue.cards:
        await labels.decide(desk.version.id, card.place, LabelVerdict.CHANGE, user="U2")
    third = await labels.save(desk.version.id, user="U2")

    assert len(second.queue.cards) == 2
    assert third.version is not None
    assert third.version.version == 3
    version = await datasets.get(third.version.id)
    assert version.report is not None
    assert len(version.report.choices.relabels) == 3


async def test_nothing_changed_is_nothing_to_save(datasets: Datasets, labels: Labels):
    dataset = await read(datasets)
    await labels.show(dataset.id, user="U2")
    await labels.decide(dataset.id, 1, LabelVerdict.KEEP, user="U2")

    with pytest.raises(DatasetError, match="nothing to save"):
        await labels.save(dataset.id, user="U2")


async def test_labels_that_all_look_right_are_said_to(datasets: Datasets, labels: Labels):
    dataset = await read(datasets, "F2")

    with pytest.raises(DatasetError, match=r"No label of plain\.csv looks wrong"):
        await labels.show(dataset.id, user="U2")

"""Decisions about a dataset: applied in place, taken back, and never twice; over what runs in worker processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Choices, Dataset
from bot.errors import DatasetError, NotFoundError, SandboxError, SlackError
from bot.services.datasets import Datasets
from bot.services.fixes import REMEMBERED, Fixes
from storage import Store
from tests.bot.services.making import Folder, accepted, datasets_over, plain_rows, table
from tests.fakes import FakeClock, RecordingNotifier
from tests.values import ACTOR

ROWS = [*plain_rows(), *plain_rows(2), ("two labels", "a"), ("two labels", "b"), ("two labels", "b")]


@pytest.fixture
def datasets(store: Store, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path) -> Datasets:
    return datasets_over(store, Folder({"F1": ("t.csv", table(ROWS))}), notifier, clock, tmp_path)


@pytest.fixture
def fixes(store: Store, datasets: Datasets, notifier: RecordingNotifier) -> Fixes:
    return Fixes(store=store, datasets=datasets, notifier=notifier)


@pytest.fixture
async def dataset(datasets: Datasets) -> Dataset:
    await datasets.ingest(await accepted(datasets, "F1"))
    (found,) = await datasets.in_channel(ACTOR.team, ACTOR.channel)
    return found


async def rows_of(datasets: Datasets, dataset: Dataset) -> int:
    found = await datasets.get(dataset.id)
    assert found.report is not None
    return found.report.rows_kept


def in_use(found: Dataset) -> set[str]:
    assert found.report is not None
    return {remedy.code for finding in found.report.findings for remedy in finding.remedies if remedy.applied}


async def test_a_fix_is_taken_back_and_the_report_edited_in_place(
    fixes: Fixes, datasets: Datasets, dataset: Dataset, notifier: RecordingNotifier
):
    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U2")

    (report,) = notifier.posts
    assert await rows_of(datasets, dataset) == 42
    assert "(42 rows" in report.message.text
    assert "<@U2> took back: Drop repeated rows" in report.message.text
    assert "(42 rows" in str((await datasets.get(dataset.id)).report) or report.edits == 2


async def test_the_other_way_to_deal_with_a_finding_gives_way(
    fixes: Fixes, datasets: Datasets, dataset: Dataset
):
    assert "drop_conflicts" in in_use(dataset)

    await fixes.set_fix(dataset.id, "keep_majority", applied=True, user="U2")

    found = await datasets.get(dataset.id)
    assert in_use(found) == {"drop_duplicates", "keep_majority"}
    assert await rows_of(datasets, dataset) == 41


async def test_decisions_are_taken_back_one_by_one(fixes: Fixes, datasets: Datasets, dataset: Dataset):
    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")
    await fixes.choose_columns(dataset.id, Choices(text="label", label="", fixes=()), user="U1")

    await fixes.undo(dataset.id, user="U1")
    after_one = await rows_of(datasets, dataset)
    await fixes.undo(dataset.id, user="U1")

    assert after_one == 42
    assert await rows_of(datasets, dataset) == 40
    with pytest.raises(DatasetError, match="nothing to take back"):
        await fixes.undo(dataset.id, user="U1")


async def test_a_report_that_was_deleted_is_posted_anew(
    fixes: Fixes, datasets: Datasets, dataset: Dataset, notifier: RecordingNotifier
):
    notifier.failures.append(SlackError("gone", code="message_not_found"))

    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")

    assert len(notifier.posts) == 2
    assert "(42 rows" in notifier.posts[1].message.text
    assert (await datasets.get(dataset.id)).report_ts == notifier.posts[1].ts


async def test_other_columns_make_the_label_cards_void(
    fixes: Fixes, store: Store, dataset: Dataset, clock: FakeClock
):
    await store.labels.open(dataset.id, [], user="U1", now=clock())

    await fixes.choose_columns(dataset.id, Choices(text="label", label="", fixes=()), user="U1")

    assert await store.labels.queue(dataset.id) is None


async def test_recommended_puts_everything_back(fixes: Fixes, datasets: Datasets, dataset: Dataset):
    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")

    await fixes.recommend(dataset.id, user="U1")

    assert await rows_of(datasets, dataset) == 40
    with pytest.raises(DatasetError, match="in use already"):
        await fixes.recommend(dataset.id, user="U1")


async def test_an_old_button_is_answered_and_changes_nothing(
    fixes: Fixes, datasets: Datasets, dataset: Dataset
):
    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")

    with pytest.raises(DatasetError, match="is not in use"):
        await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U2")
    with pytest.raises(DatasetError, match="no longer on offer"):
        await fixes.set_fix(dataset.id, "merge_label_variants", applied=True, user="U2")

    assert await rows_of(datasets, dataset) == 42


async def test_a_decision_that_fails_leaves_everything_as_it_was(
    fixes: Fixes, datasets: Datasets, dataset: Dataset, notifier: RecordingNotifier, monkeypatch
):
    # Patched: nothing that people can choose makes the worker process fail.
    async def fails(function, arguments, kind):
        raise SandboxError("out of memory")

    monkeypatch.setattr(datasets._sandbox, "run", fails)
    with pytest.raises(SandboxError):
        await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")

    found = await datasets.get(dataset.id)
    assert (found.report, found.history) == (dataset.report, ())
    assert "Working on" not in notifier.posts[0].message.text


async def test_only_so_many_decisions_are_remembered(store: Store, fixes: Fixes, dataset: Dataset, datasets):
    await store.datasets.save(replace(dataset, history=(Choices(),) * REMEMBERED))

    await fixes.set_fix(dataset.id, "drop_duplicates", applied=False, user="U1")

    assert len((await datasets.get(dataset.id)).history) == REMEMBERED


async def test_a_dataset_that_is_gone_is_said_to_be(fixes: Fixes):
    with pytest.raises(NotFoundError):
        await fixes.undo("ds-none", user="U1")

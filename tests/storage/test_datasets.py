"""Rows of datasets: versions are numbered once, files join one leader, and the rows of an earlier release stay."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.domain import Choices, DatasetStatus, VersionPlan
from storage import Store
from storage.codec import to_json
from storage.migrations.m001_first_release import m001_first_release
from storage.migrations.m006_dataset_versions import m006_dataset_versions
from tests.fakes import FakeClock
from tests.values import DATASET, REPORT

LEASE = timedelta(minutes=5)
DROPPED = replace(DATASET, report=None, report_ts="", status=DatasetStatus.READING, root="ds-1")
PLAN = VersionPlan(choices=Choices(drops=(3,)), additions=(("text", "label"),))


async def drop(store: Store, clock: FakeClock, **fields):
    dataset = replace(DROPPED, **fields)
    assert await store.datasets.accept_drop(dataset, delivery=dataset.id, now=clock(), lease=LEASE)
    await store.datasets.save(dataset)
    return dataset


def version(name: str):
    return replace(DROPPED, id=name, parent="ds-1", made_by="U2", change="1 label changed")


async def test_versions_made_at_once_have_different_numbers(store: Store, clock: FakeClock):
    await drop(store, clock)

    made = await asyncio.gather(
        *(
            store.datasets.accept_version(version(f"v{n}"), PLAN, delivery=f"d{n}", now=clock(), lease=LEASE)
            for n in range(5)
        )
    )

    assert sorted(found.version for found in made if found) == [2, 3, 4, 5, 6]
    assert [found.version for found in await store.datasets.family("ds-1")] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("name", "delivery"), [("v1", "other"), ("v2", "once")])
async def test_a_version_asked_for_twice_is_made_once(
    store: Store, clock: FakeClock, name: str, delivery: str
):
    await drop(store, clock)
    await store.datasets.accept_version(version("v1"), PLAN, delivery="once", now=clock(), lease=LEASE)

    again = await store.datasets.accept_version(
        version(name), PLAN, delivery=delivery, now=clock(), lease=LEASE
    )

    assert again is None
    assert await store.datasets.plan_of("v1") == PLAN
    assert await store.datasets.plan_of("ds-1") is None


async def test_of_files_that_join_at_once_one_leads(store: Store, clock: FakeClock):
    files = [
        await drop(
            store, clock, id=f"f{n}", root=f"f{n}", file_id=f"F{n}", file_name=f"{n}.txt", drop_ts="9.9"
        )
        for n in range(4)
    ]

    leaders = await asyncio.gather(*(store.datasets.join(file, lambda names: True) for file in files))

    alone = [file for file, leader in zip(files, leaders, strict=True) if file.id == leader.id]
    assert len(alone) == 1
    assert len(await store.datasets.files_of(alone[0].id)) == 4
    (leader,) = [found for found, _ in await unread(store, clock)]
    assert (leader.id, leader.files) == (alone[0].id, 4)


async def unread(store: Store, clock: FakeClock):
    clock.advance(600)
    return await store.datasets.claim_unread(now=clock(), lease=LEASE, limit=9)


async def test_a_dataset_that_is_trained_takes_no_more_files(store: Store, clock: FakeClock):
    first = await drop(store, clock, file_name="a", drop_ts="9.9")
    late = await drop(store, clock, id="f2", root="f2", file_id="F2", file_name="b", drop_ts="9.9")
    await store._database.write(
        lambda connection: connection.execute(
            "INSERT INTO jobs (op_id, team, channel, user, thread_ts, card_ts, dataset_id, dataset_name, base_model,"
            " plan, train_tokens, created_at, progress, state, next_poll_at)"
            " VALUES ('o', 'T1', 'C1', 'U1', '', '', ?, '', '', '{}', 1, 1, '{}', 'done', 1)",
            (first.id,),
        )
    )

    assert (await store.datasets.join(late, lambda names: True)).id == "f2"


async def test_history_and_places_are_kept(store: Store, clock: FakeClock):
    dataset = await drop(store, clock)

    kept = replace(dataset, history=(Choices(fixes=()), Choices(drops=(1,))), drop_ts="1.1", files_read=1)
    await store.datasets.save(kept)

    assert await store.datasets.get(dataset.id) == kept


def test_datasets_of_the_first_release_stay(tmp_path: Path):
    path = tmp_path / "old.db"
    migrate(path, m001_first_release)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO datasets (id, team, channel, user, file_id, name, thread_ts, report_ts, status, problem,"
            " created_at, report) VALUES ('ds-9', 'T1', 'C1', 'U1', 'F9', 'old.csv', '1.1', '2.2', 'ready', '', 5, ?)",
            (to_json(REPORT),),
        )
    connection.close()

    migrate(path, m001_first_release, m006_dataset_versions)

    with sqlite3.connect(path) as connection:
        row = connection.execute("SELECT name, version, root, files_read, report FROM datasets").fetchone()
    connection.close()
    assert row == ("old.csv", 1, "ds-9", 1, to_json(REPORT))


def migrate(path: Path, *steps) -> None:
    migrations = Migrations("tunesmith")
    for step in steps:
        migrations()(step)
    database = Database(path)
    migrations.apply(database)
    database.close()

import asyncio
import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest

from storage.database import Database, StorageClosedError


@pytest.fixture
async def database(tmp_path: Path):
    opened = Database(tmp_path / "rows.db")
    await opened.open()
    yield opened
    await opened.close()


def insert(key: str):
    return lambda connection: (
        connection.execute("INSERT INTO inbox (key, received_at) VALUES (?, 0)", (key,)).rowcount
    )


def count(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT COUNT(*) FROM inbox").fetchone()[0]


async def test_writes_that_arrive_together_are_all_kept(database: Database):
    await asyncio.gather(*(database.write(insert(str(number))) for number in range(1000)))

    assert await database.read(count) == 1000


async def test_a_failing_unit_undoes_only_itself(database: Database):
    def half_done(connection: sqlite3.Connection) -> None:
        insert("half")(connection)
        raise ValueError("no")

    results = await asyncio.gather(
        database.write(insert("before")),
        database.write(half_done),
        database.write(insert("after")),
        return_exceptions=True,
    )

    keys = await database.read(
        lambda connection: [row["key"] for row in connection.execute("SELECT key FROM inbox ORDER BY key")]
    )
    assert isinstance(results[1], ValueError)
    assert keys == ["after", "before"]


async def test_readers_cannot_write(database: Database):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.read(insert("x"))


async def test_a_closed_database_refuses_work(tmp_path: Path):
    database = Database(tmp_path / "rows.db")
    await database.open()
    await database.close()

    with pytest.raises(StorageClosedError):
        await database.write(insert("x"))


async def test_an_unusable_file_is_told_at_open(tmp_path: Path):
    (tmp_path / "rows.db").write_bytes(b"this is no database at all, but long enough to be looked at" * 20)

    with pytest.raises(sqlite3.DatabaseError):
        await Database(tmp_path / "rows.db").open()


def _open_and_write(path: str, key: str) -> None:
    async def go() -> None:
        database = Database(Path(path))
        await database.open()
        await database.write(insert(key))
        await database.close()

    asyncio.run(go())


def test_processes_that_start_at_once_migrate_once(tmp_path: Path):
    path = str(tmp_path / "rows.db")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open_and_write, args=(path, str(number))) for number in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with sqlite3.connect(path) as connection:
        assert count(connection) == 4
    connection.close()


async def test_a_write_given_up_before_its_turn_is_not_made(database: Database):
    go = threading.Event()
    made: list[str] = []
    under_way = threading.Event()

    def hold(connection: sqlite3.Connection) -> None:
        under_way.set()
        go.wait(10)

    first = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(under_way.wait, 10)
    given_up = asyncio.create_task(database.write(lambda connection: made.append("given up")))
    await asyncio.sleep(0)

    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    go.set()
    await first
    await database.write(lambda connection: made.append("next"))

    assert made == ["next"]

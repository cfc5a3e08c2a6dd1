from storage import Store
from tests.fakes import FakeClock


async def fill(store: Store, clock: FakeClock, count: int = 5) -> None:
    for number in range(count):
        await store.audit.record(
            team="T1",
            user="U1",
            action="delete",
            subject=f"ds-{number}",
            channel="C1" if number % 2 == 0 else "C2",
            now=clock(),
        )


async def test_the_newest_rows_come_first_and_by_channel(store: Store, clock: FakeClock):
    await fill(store, clock)

    here = await store.audit.page("T1", "C1", limit=10)
    everywhere = await store.audit.page("T1", "", limit=10)

    assert [entry.subject for entry in here] == ["ds-4", "ds-2", "ds-0"]
    assert len(everywhere) == 5
    assert await store.audit.page("T2", "", limit=10) == []


async def test_leafing_older_and_newer(store: Store, clock: FakeClock):
    await fill(store, clock)
    first = await store.audit.page("T1", "", limit=2)

    older = await store.audit.page("T1", "", limit=2, before=first[-1].id)
    newer = await store.audit.page("T1", "", limit=2, after=older[0].id)

    assert [entry.subject for entry in older] == ["ds-2", "ds-1"]
    assert [entry.subject for entry in newer] == ["ds-4", "ds-3"]

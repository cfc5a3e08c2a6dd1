import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import AuditEntry, ChannelSettings, Person
from bot.errors import NotAllowedError
from bot.services.audit import PAGE, Audit, write_csv
from bot.services.people import People
from storage import Store
from tests.fakes import FakeClock, FakeDirectory, RecordingNotifier
from tests.values import ACTOR, NOW

ADMIN = replace(ACTOR, user="U0")
APPROVER = replace(ACTOR, user="U9")


@pytest.fixture
async def audit(
    store: Store, directory: FakeDirectory, notifier: RecordingNotifier, clock: FakeClock
) -> Audit:
    directory.people["U0"] = Person(id="U0", is_admin=True)
    settings = ChannelSettings(approvers=("U9",))
    await store.channels.save(settings, team="T1", channel="C1", user="U0", changes={}, now=clock())
    for number in range(2 * PAGE):
        await store.audit.record(
            team="T1", user="U1", action="delete", subject=f"ds-{number}", channel="C1", now=clock()
        )
    people = People(store=store, directory=directory, default="en", clock=clock)
    return Audit(store=store, people=people, notifier=notifier)


async def test_pages_know_their_neighbours(audit: Audit):
    first = await audit.page(ACTOR)
    second = await audit.page(ACTOR, before=first.entries[-1].id)
    last = await audit.page(ACTOR, before=second.entries[-1].id)
    back = await audit.page(ACTOR, after=last.entries[0].id)

    assert [(page.newer, page.older) for page in (first, second, last)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert back.entries == second.entries
    assert back.older


async def test_only_admins_see_all_channels(audit: Audit):
    with pytest.raises(NotAllowedError, match="workspace admins"):
        await audit.page(APPROVER, everywhere=True)

    assert (await audit.page(ADMIN, everywhere=True)).channel == ""


async def test_approvers_and_admins_download(audit: Audit, notifier: RecordingNotifier):
    with pytest.raises(NotAllowedError):
        await audit.download(ACTOR)
    with pytest.raises(NotAllowedError):
        await audit.download(APPROVER, everywhere=True)

    await audit.download(APPROVER)
    await audit.download(ADMIN, everywhere=True)

    assert [(await audit.page(actor)).may_download for actor in (ACTOR, APPROVER, ADMIN)] == [
        False,
        True,
        True,
    ]
    assert [name for _, name in notifier.uploads] == ["audit.csv", "audit.csv"]


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path):
    entry = AuditEntry(
        id=1, at=NOW, channel="C1", user="U1", action="use", subject="=HYPERLINK()", details={"a": "b"}
    )

    write_csv(tmp_path / "audit.csv", [entry])

    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    assert rows[1] == ["2026-11-21T12:00:00+00:00", "C1", "U1", "use", "'=HYPERLINK()", "a: b"]

"""What a workspace with a home keeps over a restart, and that one without keeps nothing."""

import sqlite3

import pytest

from local.slack_server.app import bind, serve
from local.slack_server.archive import ArchiveError
from local.slack_server.workspace import Workspace

from .conftest import Person


async def test_messages_files_channels_and_home_survive(manifest, session, tmp_path):
    first = Workspace(manifest=manifest, home=tmp_path)
    async with serve(first, bind("127.0.0.1", 0)) as url:
        person = Person(session, url)
        dropped = await person.drop("a.csv", b"a,b\n")
        await person.say("reply", thread_ts=dropped["ts"])
        gone = await person.say("gone")
        await person.post("message_deletions", user="U0LEAD", channel="C0TICKETS", ts=gone["ts"])
        place = {"user": "U0MATE", "channel": "C0TICKETS", "ts": dropped["ts"]}
        await person.post("reactions", name="tada", **place)
        await person.post("invite", user="U0LEAD", channel="C0PRIVATE")
        before = await person.messages()

    second = Workspace(manifest=manifest, home=tmp_path)
    async with serve(second, bind("127.0.0.1", 0)) as url:
        person = Person(session, url)
        after = await person.messages()
        later = await person.say("later")

    assert after == before
    assert len(before) == 2
    assert later["ts"] > before[-1]["ts"]
    assert second.channels["C0PRIVATE"].bot_is_member
    assert second.files.blobs.read(dropped["file"]["id"]) == b"a,b\n"


async def test_home_tab_survives(manifest, tmp_path):
    from local.slack_server.modals import publish_home

    first = Workspace(manifest=manifest, home=tmp_path)
    published = publish_home(first, "U0LEAD", {"type": "home", "blocks": [{"type": "divider"}]})
    await first.close()

    second = Workspace(manifest=manifest, home=tmp_path)

    assert second.views.home("U0LEAD") == published
    await second.close()


async def test_what_changed_is_written_within_a_moment(manifest, session, tmp_path):
    workspace = Workspace(manifest=manifest, home=tmp_path)
    async with serve(workspace, bind("127.0.0.1", 0)) as url:
        person = Person(session, url)
        await person.say("hello")
        archive = workspace._archive
        assert archive._timer is not None
        await person.get("changes", after=workspace.changes.seq, wait=1)
        assert archive._timer is None

    with sqlite3.connect(tmp_path / "workspace.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    database.close()


async def test_home_belongs_to_one_workspace(manifest, tmp_path):
    first = Workspace(manifest=manifest, home=tmp_path)

    with pytest.raises(ArchiveError, match="in use"):
        Workspace(manifest=manifest, home=tmp_path)
    await first.close()


async def test_ephemerals_are_not_kept(manifest, tmp_path):
    from local.slack_server.posting import Draft, post_ephemeral

    first = Workspace(manifest=manifest, home=tmp_path)
    post_ephemeral(first, first.channels["C0TICKETS"], "U0LEAD", Draft(text="psst"))
    await first.close()

    second = Workspace(manifest=manifest, home=tmp_path)

    assert second.messages.ephemerals("C0TICKETS", "U0LEAD") == []
    await second.close()

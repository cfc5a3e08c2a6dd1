"""Files: drops, look-ups, downloads, the app's upload, and the disguises a test may ask for."""

import asyncio

import pytest
from slack_sdk.errors import SlackApiError

from local.slack_server.app import bind, serve
from local.slack_server.workspace import Workspace

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (320).to_bytes(4) + (200).to_bytes(4) + b"rest"


async def error_of(call) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


async def download(session, url: str, token: str) -> tuple[int, str, bytes]:
    async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status, response.content_type, await response.read()


async def test_info_describes_the_drop(bot, person):
    dropped = await person.drop("Tickets (März).csv", b"a,b\n1,2\n")

    file = (await bot.files_info(file=dropped["file"]["id"]))["file"]

    assert (file["name"], file["size"], file["mode"]) == ("Tickets (März).csv", 8, "hosted")
    assert (file["filetype"], file["mimetype"], file["pretty_type"]) == ("csv", "text/csv", "CSV")
    assert file["url_private_download"].endswith(f"T0LOCAL-{file['id']}/download/tickets__m_rz_.csv")
    assert file["channels"] == ["C0TICKETS"]
    assert file["shares"]["public"]["C0TICKETS"][0]["ts"] == dropped["ts"]


async def test_file_of_a_channel_without_the_bot_is_not_found(bot, person, session, workspace, url):
    dropped = await person.drop("a.csv", b"x", channel="C0PRIVATE")
    file_id = dropped["file"]["id"]

    assert await error_of(bot.files_info(file=file_id)) == "file_not_found"
    address = f"{url}files-pri/T0LOCAL-{file_id}/download/a.csv"
    assert (await download(session, address, workspace.tokens.bot_token))[0] == 404


async def test_download_gives_the_bytes(bot, person, session, workspace):
    data = bytes(range(256)) * 8000
    dropped = await person.drop("a.bin", data)
    file = (await bot.files_info(file=dropped["file"]["id"]))["file"]

    for key in ("url_private", "url_private_download"):
        answer = await download(session, file[key], workspace.tokens.bot_token)
        assert answer == (200, "application/octet-stream", data)


@pytest.mark.parametrize("token", ["", "xoxb-other"])
async def test_download_without_token_is_a_login_page_with_200(bot, person, session, token):
    dropped = await person.drop("a.csv", b"x")
    file = (await bot.files_info(file=dropped["file"]["id"]))["file"]

    status, kind, body = await download(session, file["url_private_download"], token)

    assert (status, kind) == (200, "text/html")
    assert body.lower().startswith(b"<!doctype html>")


async def test_download_without_scope_is_a_login_page_with_200(bot, person, session, workspace):
    dropped = await person.drop("a.csv", b"x")
    file = (await bot.files_info(file=dropped["file"]["id"]))["file"]
    workspace.scopes = ("chat:write",)

    status, kind, _ = await download(session, file["url_private_download"], workspace.tokens.bot_token)

    assert (status, kind) == (200, "text/html")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\x.csv", "a/b.csv", "x" * 200 + ".csv", "<script>.csv"]
)
async def test_names_are_never_paths(manifest, session, tmp_path, name):
    from .conftest import Person

    workspace = Workspace(manifest=manifest, home=tmp_path)
    async with serve(workspace, bind("127.0.0.1", 0)) as url:
        dropped = await Person(session, url).drop(name, b"x")
        file_id = dropped["file"]["id"]

    assert [path.name for path in (tmp_path / "files").iterdir()] == [file_id]


async def test_upload_of_the_sdk_shows_in_the_thread(bot, person):
    parent = await person.say("parent")

    answer = await bot.files_upload_v2(
        channel="C0TICKETS",
        thread_ts=parent["ts"],
        filename="curve.png",
        content=PNG,
        title="Loss",
        alt_txt="loss over epochs",
        initial_comment="the curve",
    )

    assert answer["file"]["mimetype"] == ""
    assert answer["file"]["shares"] == {}
    change = await person.change(lambda c: c["type"] == "message" and c["message"]["files"])
    message = change["message"]
    assert (message["text"], message["thread_ts"]) == ("the curve", parent["ts"])
    shown = message["files"][0]
    assert (shown["title"], shown["alt_txt"], shown["is_image"]) == ("Loss", "loss over epochs", True)
    file = (await bot.files_info(file=answer["file"]["id"]))["file"]
    assert (file["mimetype"], file["original_w"], file["original_h"]) == ("image/png", 320, 200)
    assert file["shares"]["public"]["C0TICKETS"][0]["thread_ts"] == parent["ts"]


async def test_picture_block_waits_for_the_processing(bot, person, workspace):
    answer = await bot.files_upload_v2(filename="curve.png", content=PNG)
    file_id = answer["file"]["id"]
    blocks = [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "curve"}]

    early = bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=blocks)
    assert await error_of(early) == "invalid_blocks"
    async with asyncio.timeout(5):
        while not (await bot.files_info(file=file_id))["file"]["mimetype"]:
            await asyncio.sleep(0.02)

    assert (await bot.chat_postMessage(channel="C0TICKETS", text="x", blocks=blocks))["ok"]


async def test_upload_refusals(bot, session, workspace):
    async def announce(**more):
        return await bot.files_getUploadURLExternal(**({"filename": "a.csv", "length": 3} | more))

    announced = await announce()
    async with session.post(announced["upload_url"], data=b"four") as response:
        assert response.status == 400
    unsent = bot.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "a"}])

    assert await error_of(unsent) == "file_not_found"
    assert await error_of(announce(length=0)) == "invalid_arguments"
    async with session.post(announced["upload_url"], data=b"abc") as response:
        assert (response.status, await response.text()) == (200, "OK - 3")
    async with session.post(announced["upload_url"], data=b"abc") as response:
        assert response.status == 400
    workspace.set_bot_membership(workspace.channels["C0GENERAL"], is_member=False)

    def complete(channel):
        files = [{"id": announced["file_id"], "title": "a"}]
        return bot.files_completeUploadExternal(files=files, channel_id=channel)

    assert await error_of(complete("C0GENERAL")) == "not_in_channel"
    assert await error_of(complete("C0NOWHERE")) == "channel_not_found"
    assert (await complete("C0TICKETS"))["ok"]


async def test_disguises_for_tests(bot, person):
    dropped = await person.drop("a.csv", b"x")
    file_id = dropped["file"]["id"]
    for mode in ("external", "tombstone", "hidden_by_limit", "file_access"):
        await person.settings(next_file_info={"mode": mode})
    await person.settings(empty_shares_next=1)

    modes = [(await bot.files_info(file=file_id))["file"]["mode"] for _ in range(4)]
    empty = (await bot.files_info(file=file_id))["file"]["shares"]
    full = (await bot.files_info(file=file_id))["file"]["shares"]

    assert modes == ["external", "tombstone", "hidden_by_limit", "file_access"]
    assert (empty, "public" in full) == ({}, True)


async def test_deleted_files(bot, person):
    theirs = (await person.drop("a.csv", b"x"))["file"]["id"]
    own = (await bot.files_upload_v2(filename="b.csv", content="x"))["file"]["id"]

    assert await error_of(bot.files_delete(file=theirs)) == "cant_delete_file"
    await bot.files_delete(file=own)
    await person.post("file_deletions", user="U0LEAD", file=theirs)

    assert await error_of(bot.files_info(file=own)) == "file_deleted"
    assert await error_of(bot.files_info(file=theirs)) == "file_deleted"
    history = await bot.conversations_history(channel="C0TICKETS")
    assert history["messages"][0]["files"] == [{"id": theirs, "mode": "tombstone"}]


async def test_list_shows_newest_first(bot, person):
    for name in ("a.csv", "b.csv"):
        await person.drop(name, b"x")

    files = (await bot.files_list(channel="C0TICKETS"))["files"]

    assert [file["name"] for file in files] == ["b.csv", "a.csv"]


async def test_page_gets_files_in_a_form_that_nothing_runs(person, session, url):
    page = (await person.drop("evil.html", b"<script>alert(1)</script>"))["file"]
    picture = (await person.drop("curve.png", PNG))["file"]

    async with session.get(url + page["url"][1:]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with session.get(url + picture["url"][1:]) as response:
        assert response.headers["Content-Disposition"].startswith("inline")
        assert await response.read() == PNG


async def test_sample_is_offered(person, session, url):
    sample = (await person.get("workspace"))["sample"]

    async with session.get(url + sample["url"][1:]) as response:
        assert response.status == 200
        assert sample["name"] in response.headers["Content-Disposition"]

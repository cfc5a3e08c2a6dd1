import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DatasetError, SlackError
from bot.ports import DroppedFile
from handlers.downloads import SlackFiles, _is_from, dropped_file

ORIGIN = "https://files.slack.com"


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.csv", True),
        ("https://files.slack.com:443/x", True),
        ("https://FILES.slack.com/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com.evil.example/x", False),
        ("https://evil.example/files.slack.com", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://user:pw@files.slack.com/x", False),
        ("https://evil.example\\@files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://files.slack.com:99999/x", False),
        ("//files.slack.com/x", False),
        ("file:///etc/passwd", False),
        ("https://slack.com/x", False),
        ("https://127.0.0.1/x", False),
        ("", False),
    ],
)
def test_the_token_goes_to_one_origin_only(url, fine):
    assert _is_from(url, ORIGIN) is fine


def test_a_record_with_nulls_and_two_shares():
    record = {
        "id": "F1",
        "name": None,
        "title": None,
        "size": None,
        "user": "U1",
        "url_private": "https://files.slack.com/x",
        "shares": {"public": {"C1": [{"ts": "5.1"}]}, "private": {"G1": [{"ts": "6.1", "thread_ts": "4.1"}]}},
    }

    file = dropped_file(record)

    assert (file.name, file.size_bytes, file.mode) == ("file", 0, "hosted")
    assert [(share.channel, share.ts, share.thread_ts) for share in file.shares] == [
        ("C1", "5.1", "5.1"),
        ("G1", "6.1", "4.1"),
    ]


class Host:
    """A file host on loopback that remembers what it was sent."""

    def __init__(self) -> None:
        self.authorizations: list[str] = []
        self.elsewhere: list[str] = []

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.authorizations.append(request.headers.get("Authorization", ""))
        name = request.match_info["name"]
        if name == "login":
            return web.Response(text="<!DOCTYPE html><html>sign in</html>", content_type="text/html")
        if name == "disguised":
            return web.Response(body=b"\n <HTML>sign in</HTML>", content_type="text/csv")
        if name == "redirect":
            raise web.HTTPFound(f"http://localhost:{request.url.port}/elsewhere")
        if name == "endless":
            response = web.StreamResponse()
            await response.prepare(request)
            try:
                while True:
                    await response.write(b"x" * 65536)
            except (ConnectionError, asyncio.CancelledError):
                return response
        return web.Response(body=b"text,label\na,b\n", content_type="text/csv")

    async def other(self, request: web.Request) -> web.Response:
        self.elsewhere.append(request.headers.get("Authorization", ""))
        return web.Response(body=b"a,b\n")


@pytest.fixture
async def host() -> AsyncIterator[tuple[Host, str]]:
    host = Host()
    app = web.Application()
    app.router.add_get("/files/{name}", host.file)
    app.router.add_get("/elsewhere", host.other)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield host, f"http://127.0.0.1:{port}"
    await runner.cleanup()


def file_at(url: str, /, **changes) -> DroppedFile:
    file = DroppedFile(id="F1", name="a.csv", size_bytes=10, mode="hosted", user="U1", url=url)
    return replace(file, **changes)


async def download(origin: str, file: DroppedFile, target: Path, max_bytes: int = 1000) -> None:
    async with aiohttp.ClientSession() as session:
        files = SlackFiles(AsyncWebClient(), session, origin=origin, token="xoxb-secret")
        await files.download(file, target, max_bytes=max_bytes)


async def test_a_file_is_written_with_the_token_sent(host, tmp_path: Path):
    server, origin = host

    await download(origin, file_at(f"{origin}/files/a"), tmp_path / "source")

    assert (tmp_path / "source").read_bytes() == b"text,label\na,b\n"
    assert server.authorizations == ["Bearer xoxb-secret"]


@pytest.mark.parametrize("name", ["login", "disguised"])
async def test_a_login_page_names_the_missing_scope(host, tmp_path: Path, name):
    _, origin = host

    with pytest.raises(SlackError, match="files:read") as caught:
        await download(origin, file_at(f"{origin}/files/{name}"), tmp_path / "source")

    assert caught.value.code == "file_not_readable"


async def test_a_redirect_is_not_followed(host, tmp_path: Path):
    server, origin = host

    with pytest.raises(SlackError):
        await download(origin, file_at(f"{origin}/files/redirect"), tmp_path / "source")

    assert server.elsewhere == []


async def test_a_stream_is_cut_at_the_cap(host, tmp_path: Path):
    _, origin = host

    with pytest.raises(DatasetError, match="at most"):
        await download(origin, file_at(f"{origin}/files/endless"), tmp_path / "source", max_bytes=200_000)


@pytest.mark.parametrize("changes", [{"mode": "external"}, {"url": "https://evil.example/a.csv"}])
async def test_files_outside_slack_are_refused_without_a_request(host, tmp_path: Path, changes):
    server, origin = host

    with pytest.raises(DatasetError, match="outside Slack"):
        await download(origin, file_at(f"{origin}/files/a", **changes), tmp_path / "source")

    assert server.authorizations == []


async def test_a_declared_size_over_the_cap_is_refused_at_once(host, tmp_path: Path):
    _, origin = host

    with pytest.raises(DatasetError, match="at most") as caught:
        await download(origin, file_at(f"{origin}/files/a", size_bytes=5_000_000), tmp_path / "source")

    assert "TUNESMITH_MAX_FILE_MB" in caught.value.next_step


async def test_an_unreachable_host_is_tried_again(tmp_path: Path):
    with pytest.raises(SlackError) as caught:
        await download("http://127.0.0.1:9", file_at("http://127.0.0.1:9/files/a"), tmp_path / "source")

    assert caught.value.retrying

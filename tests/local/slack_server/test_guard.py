"""The control interface and the page refuse other origins; the API and the sockets ask for their own secrets."""

import pytest
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import InvalidStatus


async def status(session, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers) as response:
        return response.status


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["control/workspace", "", "static/x.js", "control/file/F0"])
async def test_foreign_host_is_refused(session, url, host, path):
    assert await status(session, url + path, Host=host) == 403


async def test_own_names_are_welcome(session, url):
    port = url.rsplit(":", 1)[1].strip("/")

    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert await status(session, f"{url}control/workspace", Host=host) == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"])
async def test_foreign_origin_is_refused(session, url, origin):
    body = {"user": "U0LEAD", "channel": "C0TICKETS", "text": "x"}
    async with session.post(f"{url}control/messages", json=body, headers={"Origin": origin}) as response:
        assert response.status == 403
        assert (await response.json())["error"] == "foreign_origin"


async def test_own_origin_is_welcome(session, url):
    assert await status(session, f"{url}control/workspace", Origin=url.rstrip("/")) == 200


async def test_cross_site_fetch_is_refused_but_a_link_to_the_page_is_not(session, url):
    cross = {"Sec-Fetch-Site": "cross-site"}

    assert await status(session, f"{url}control/workspace", **cross) == 403
    assert await status(session, url, **cross) in (200, 404)


async def test_stream_of_a_foreign_page_is_refused(url):
    address = url.replace("http", "ws") + "control/stream"

    with pytest.raises(InvalidStatus, match="403"):
        await connect_socket(address, origin="http://evil.example")


async def test_api_asks_for_its_token_only(session, url, workspace):
    headers = {"Host": "slack.internal", "Authorization": f"Bearer {workspace.tokens.bot_token}"}

    assert await status(session, f"{url}api/auth.test", **headers) == 200


async def test_page_has_a_strict_policy(session, url):
    async with session.get(url) as response:
        if response.status == 200:
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]

"""The process: its ready line, its clean stop, and how it says that it couldn't start."""

import asyncio
import json
import signal
import sys
import urllib.request

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient
from websockets.asyncio.client import connect as connect_socket

from local.slack_server.__main__ import main
from local.slack_server.app import bind
from local.slack_server.manifest import ManifestError, parse_manifest, read_manifest

from .conftest import MANIFEST


@pytest.fixture
def manifest_path(tmp_path):
    path = tmp_path / "manifest.yml"
    path.write_text(yaml.safe_dump(MANIFEST))
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_process_says_ready_and_stops_cleanly(manifest_path, number):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local.slack_server", "--port", "0", "--manifest", str(manifest_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"TUNESMITH_LOCAL_BOT_TOKEN": "xoxb-mine", "PATH": ""},
    )
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    with await asyncio.to_thread(urllib.request.urlopen, f"{ready['url']}control/workspace") as response:
        assert json.load(response)["ok"]
    client = AsyncWebClient(token=ready["app_token"], base_url=ready["api"])
    address = (await client.apps_connections_open(app_token=ready["app_token"]))["url"]
    async with connect_socket(address) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
    process.send_signal(number)

    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert ready["event"] == "ready"
    assert ready["api"] == f"{ready['url']}api/"
    assert ready["bot_token"] == "xoxb-mine"
    logged = (await process.stderr.read()).decode()
    assert not any(secret in logged for secret in ("xoxb-", "xapp-", "ticket=", ready["signing_secret"]))


def test_taken_port_is_one_clear_sentence(manifest_path, capsys):
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--manifest", str(manifest_path)]) == 1

    assert f"Port {port} of 127.0.0.1 can't be used" in capsys.readouterr().err


def test_missing_manifest_is_one_clear_sentence(tmp_path, capsys):
    assert main(["--port", "0", "--manifest", str(tmp_path / "none.yml")]) == 1

    assert "can't be read" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[", "- a", "display_information: {}", "display_information: text"])
def test_broken_manifests_are_refused(tmp_path, text):
    path = tmp_path / "manifest.yml"
    path.write_text(text)

    with pytest.raises(ManifestError):
        read_manifest(path)


def test_manifest_is_read_whole():
    manifest = parse_manifest(MANIFEST)

    assert manifest.command("/finetune").usage_hint == "start | list"
    assert manifest.shortcut("ask_message", "message").name == "Classify"
    assert manifest.shortcut("ask_message", "global") is None
    assert "channels:history" in manifest.optional_scopes


def test_projects_own_manifest_is_taken(pytestconfig):
    manifest = read_manifest(pytestconfig.rootpath / "manifest.yml")

    assert manifest.command("/classify")
    assert manifest.is_socket_mode

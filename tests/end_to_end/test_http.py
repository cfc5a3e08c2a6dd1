"""The same bot over signed HTTP instead of Socket Mode."""

from __future__ import annotations

import socket
from urllib import error, request

import pytest

from bot.headless import Person
from bot.manifest import manifest_path
from bot.processes import Children

pytestmark = pytest.mark.xdist_group("end_to_end")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def over_http(tmp_path):
    port = free_port()
    with Children(tmp_path / "logs") as children:
        url = f"http://127.0.0.1:{port}/slack/events"
        arguments = ["local.slack_server", "--port", "0", "--manifest", str(manifest_path()), "--http", url]
        workspace = children.start("slack", arguments).read_ready()
        environment = {
            "SLACK_API_URL": workspace["api"],
            "SLACK_BOT_TOKEN": workspace["bot_token"],
            "SLACK_SIGNING_SECRET": workspace["signing_secret"],
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_API_KEY": "unused",
            "TUNESMITH_HOME": str(tmp_path / "bot"),
        }
        children.start("bot", ["bot", "run", "--http", str(port)], environment).read_ready()
        control = f"{workspace['url']}control"
        person = Person(control, lambda row: None)
        person.wait_until(lambda: person.get("workspace")["app"]["connected"], "the endpoint's verification")
        yield control, port


def test_commands_and_drops_arrive_signed(over_http, tickets):
    control, _ = over_http
    person = Person(control, lambda row: None)

    person.command("/finetune help")
    thread = person.drop(tickets("http.csv"))

    person.wait_for(lambda message: "Drop a dataset" in message["text"], "the help", 20)
    report = person.wait_for(
        lambda message: message["thread_ts"] == thread and bool(message["bot_id"]), "the report", 60
    )
    assert "http.csv: ready to train" in report["text"]
    assert "named no base models" in str(report["blocks"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1"},
        {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "not a number"},
        {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "99999999999999"},
    ],
)
def test_unsigned_requests_are_refused(over_http, headers):
    _, port = over_http
    call = request.Request(f"http://127.0.0.1:{port}/slack/events", b"command=%2Ffinetune", headers)

    with pytest.raises(error.HTTPError) as caught:
        request.urlopen(call, timeout=10)

    assert caught.value.code == 401
    caught.value.close()


def test_health_is_told_without_data(over_http):
    _, port = over_http

    with request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
        assert b'"ok":true' in answer.read().replace(b" ", b"")

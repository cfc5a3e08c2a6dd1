"""A bot that brings its own fine-tuning server, killed and started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo import Running
from bot.processes import Child, Children

pytestmark = pytest.mark.xdist_group("end_to_end")


def start(children: Children, running: Running, home: Path) -> Child:
    workspace = running.workspace
    return children.start(
        "own",
        ["bot", "run"],
        {
            "SLACK_API_URL": workspace["api"],
            "SLACK_BOT_TOKEN": workspace["bot_token"],
            "SLACK_APP_TOKEN": workspace["app_token"],
            "OPENAI_BASE_URL": "",
            "OPENAI_API_KEY": "",
            "TUNESMITH_HOME": str(home),
        },
    )


def test_a_killed_bot_starts_again_with_its_own_server(running: Running, tmp_path: Path):
    with Children(tmp_path / "logs") as children:
        killed = start(children, running, tmp_path / "home")
        killed.read_ready()
        killed.process.kill()
        killed.process.wait()

        assert start(children, running, tmp_path / "home").read_ready()["event"] == "ready"

"""The command line as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo import Running

pytestmark = pytest.mark.xdist_group("end_to_end")


def tunesmith(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SLACK_", "OPENAI_", "TUNESMITH_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        env={**clean, **environment},
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", ["demo", "run", "serve", "prepare", "check"])
def test_every_command_has_help_with_an_example(command):
    answer = tunesmith(command, "--help")

    assert answer.returncode == 0
    assert f"tunesmith {command}" in answer.stdout


def test_run_without_settings_says_all_that_is_missing():
    answer = tunesmith("run")

    assert answer.returncode == 1
    assert "SLACK_BOT_TOKEN" in answer.stderr
    assert "SLACK_APP_TOKEN" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_check_tells_a_line_each(running: Running, tmp_path: Path):
    environment = {
        "SLACK_API_URL": running.workspace["api"],
        "SLACK_BOT_TOKEN": running.workspace["bot_token"],
        "SLACK_APP_TOKEN": running.workspace["app_token"],
        "OPENAI_BASE_URL": running.server["base_url"],
        "OPENAI_API_KEY": Path(running.server["api_key_file"]).read_text().strip(),
        "TUNESMITH_HOME": str(tmp_path),
    }

    good = tunesmith("check", **environment)
    bad = tunesmith("check", **{**environment, "SLACK_BOT_TOKEN": "xoxb-wrong", "OPENAI_API_KEY": "wrong"})

    assert good.returncode == 0, good.stdout + good.stderr
    assert [line[:5] for line in good.stdout.splitlines()] == ["ok   "] * 6
    assert bad.returncode == 1
    assert "WRONG bot token: Slack says invalid_auth" in bad.stdout
    assert "WRONG fine-tuning server" in bad.stdout


def test_a_second_bot_with_the_same_home_is_refused(running: Running):
    environment = {
        "SLACK_API_URL": running.workspace["api"],
        "SLACK_BOT_TOKEN": running.workspace["bot_token"],
        "SLACK_APP_TOKEN": running.workspace["app_token"],
        "OPENAI_API_KEY": "x",
        "TUNESMITH_HOME": str(running.home / "bot"),
    }

    answer = tunesmith("run", **environment)

    assert answer.returncode == 1
    assert "Another Tunesmith is running" in answer.stderr


def test_prepare_writes_the_files_and_the_report(tickets, tmp_path: Path):
    answer = tunesmith("prepare", str(tickets("cli.csv")), "--out", str(tmp_path / "out"), "--json")

    report = json.loads(answer.stdout)
    lines = (tmp_path / "out" / "train.jsonl").read_text().splitlines()
    assert report["rows_read"] == 54
    assert len(lines) == report["splits"]["train"]["rows"]
    assert json.loads(lines[0])["messages"][-1]["role"] == "assistant"


def test_prepare_of_a_hopeless_file_is_a_sentence(tmp_path: Path):
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")

    answer = tunesmith("prepare", str(path))

    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert answer.stderr.strip()


def test_demo_options_that_need_headless_say_so(tmp_path: Path):
    answer = tunesmith("demo", "--ask", "x")

    assert answer.returncode == 2
    assert "--headless" in answer.stderr

"""The main messages as people read them in Simplified Chinese, held word for word; see test_snapshots.py."""

from __future__ import annotations

import json
import os

import pytest

from bot.texts import using
from tests.bot.views import (
    test_ask_snapshots,
    test_dataset_snapshots,
    test_job_snapshots,
    test_results_snapshots,
    test_snapshots,
    test_team_snapshots,
)
from tests.snapshots_kept import SNAPSHOTS, shown, texts_of_type

FOLDER = SNAPSHOTS / "zh_CN"
SOURCES = {
    test_snapshots: ("help", "unknown_command", "problem_of_a_service"),
    test_dataset_snapshots: ("report_full", "datasets_none", "unusable", "columns_form"),
    test_job_snapshots: ("card_running", "end_succeeded", "end_failed", "reply_epochs", "start_form"),
    test_ask_snapshots: ("answer", "answer_unsure", "how_to_ask"),
    test_results_snapshots: ("results_two_classes", "compare_outcome"),
    test_team_snapshots: ("home", "settings_form", "approval_request", "audit", "welcome"),
}
CASES = {name: module.CASES[name] for module, names in SOURCES.items() for name in names}


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read_in_chinese(name: str):
    path = FOLDER / f"{name}.json"
    with using("zh_CN"):
        now = json.dumps(shown(CASES[name]()), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")

    assert now == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(CASES))
def test_slacks_limits_are_kept_in_chinese(name: str):
    with using("zh_CN"):
        value = shown(CASES[name]())

    assert all(len(text) <= 3000 for text in texts_of_type(value.get("blocks"), "mrkdwn"))
    assert all(0 < len(text) <= 3000 for text in texts_of_type(value.get("blocks"), "plain_text"))

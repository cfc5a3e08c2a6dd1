"""What people read, held word for word: read a changed snapshot as you would read code.

`UPDATE_SNAPSHOTS=1 make test` writes them anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain import (
    Estimate,
    Evaluation,
    Finding,
    JobProgress,
    JobStatus,
    Metrics,
    Remedy,
    Severity,
)
from bot.errors import InputError, ProviderUnavailableError
from bot.ports import Message
from bot.views import help as help_views
from bot.views import models
from tests.values import DATASET, JOB, MODEL, NOW, REPORT

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
NASTY = "<!channel> *bold* `code` <http://x|y> & \u202eevil"

ESTIMATES = (
    Estimate(
        model="minilm-l6-blend-1",
        n_epochs=8,
        tokens=3200,
        usd=Decimal(0),
        minutes=0.5,
        source="measured on this machine",
        as_of="2026-11-21",
    ),
    Estimate(
        model="gpt-4.1-mini-2025-04-14",
        n_epochs=3,
        tokens=1200,
        usd=Decimal("0.006"),
        minutes=None,
        source="OpenAI pricing and deprecations pages",
        as_of="2026-11-21",
    ),
)
FINDINGS = (
    Finding(
        code="duplicate_rows",
        severity=Severity.WARNING,
        rows=5,
        message="5 rows repeat an earlier row.",
        lines=(4, 9, 11),
        examples=("line 4: “where is it”",),
        remedies=(
            Remedy(
                code="drop_duplicates",
                title="Drop repeated rows",
                recommended=True,
                applied=True,
                rows_before=120,
                rows_after=115,
            ),
        ),
    ),
    Finding(
        code="label_variants",
        severity=Severity.WARNING,
        rows=1,
        message="Labels that look like another spelling of one.",
        lines=(7,),
        examples=(NASTY,),
        remedies=(
            Remedy(
                code="merge_label_variants",
                title="Merge spellings",
                recommended=False,
                applied=False,
                rows_before=115,
                rows_after=115,
            ),
        ),
    ),
    Finding(code="imbalance", severity=Severity.INFO, rows=0, message="“delivery” has 60% of the rows."),
)
TROUBLED = replace(DATASET, name=NASTY, report=replace(REPORT, findings=FINDINGS))
RUNNING = JobProgress(
    status=JobStatus.RUNNING,
    status_text="running",
    step=12,
    total_steps=40,
    n_epochs=4,
    epochs_done=1,
    losses=((1, 2.0), (6, 1.0), (12, 0.5)),
    epoch_metrics=(Metrics(step=10, train_loss=0.7, valid_loss=0.8, valid_accuracy=0.9),),
    last=Metrics(step=12, train_loss=0.5),
    started_at=NOW,
)
DONE = replace(
    RUNNING,
    status=JobStatus.SUCCEEDED,
    step=30,
    epochs_done=3,
    trained_tokens=1200,
    finished_at=NOW + timedelta(seconds=75),
    fine_tuned_model=MODEL.name,
)
SCORE = Evaluation(rows=50, correct=47, majority_correct=30)
LATER = NOW + timedelta(seconds=24)


def job(progress: JobProgress, **changes):
    return replace(JOB, remote_id="ftjob-1", progress=progress, **changes)


CASES = {
    "models_list": lambda: models.models(
        [replace(MODEL, accuracy=0.94), replace(MODEL, name="ft:b")], MODEL.name
    ),
    "help": help_views.command_help,
    "unknown_command": lambda: help_views.unknown_command("strat"),
    "problem_of_a_field": lambda: help_views.problem(
        InputError("Too many.", field="n_epochs", next_step="Use 3.")
    ),
    "problem_of_a_service": lambda: help_views.problem(ProviderUnavailableError("The server is down.")),
}


def shown(value) -> dict:
    return {"text": value.text, "blocks": list(value.blocks)} if isinstance(value, Message) else value


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read(name: str):
    path = SNAPSHOTS / f"{name}.json"
    now = json.dumps(shown(CASES[name]()), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(now, encoding="utf-8")

    assert now == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_a_stranger_wrote_becomes_markup(name: str):
    value = shown(CASES[name]())
    markdown = [value.get("text")] if isinstance(value.get("text"), str) else []
    markdown += texts_of_type(value.get("blocks"), "mrkdwn")

    for text in markdown:
        assert "<!channel>" not in text
        assert "<http" not in text
        assert "\u202e" not in text


def texts_of_type(value, kind: str) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == kind and isinstance(value.get("text"), str) else []
        return own + [text for child in value.values() for text in texts_of_type(child, kind)]
    if isinstance(value, list):
        return [text for child in value for text in texts_of_type(child, kind)]
    return []


@pytest.mark.parametrize("name", sorted(CASES))
def test_slacks_limits_are_kept(name: str):
    value = shown(CASES[name]())

    assert len(value.get("blocks") or []) <= (100 if value.get("type") in ("modal", "home") else 50)
    assert all(len(text) <= 3000 for text in texts_of_type(value.get("blocks"), "mrkdwn"))
    if isinstance(value.get("text"), str):
        assert 0 < len(value["text"]) <= 4000

"""What people read, held word for word: read a changed snapshot as you would read code.

`UPDATE_SNAPSHOTS=1 make test` writes them anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

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
from bot.views import help as help_views
from bot.views import models
from tests.snapshots_kept import assert_as_kept, assert_no_markup, assert_within_limits
from tests.values import DATASET, JOB, MODEL, NOW, REPORT

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


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read(name: str):
    assert_as_kept(name, CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_a_stranger_wrote_becomes_markup(name: str):
    assert_no_markup(CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_slacks_limits_are_kept(name: str):
    assert_within_limits(CASES[name]())

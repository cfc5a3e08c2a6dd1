"""Models, files to classify and rounds of training, held word for word; see test_snapshots.py."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import Batch, BatchState, Gathered, JobProgress, JobStatus, Round, RoundState, Score
from bot.domain.lineage import Descent, Generation
from bot.views import batches, models, rounds
from tests.bot.views.test_snapshots import NASTY
from tests.snapshots_kept import assert_as_kept, assert_no_markup, assert_within_limits, shown
from tests.values import DATASET, JOB, MODEL, NOW

OTHER = replace(MODEL, name="ft:b", title=NASTY, accuracy=0.94, dataset_id="ds-gone")
ORIGINS = {"ds-1": DATASET}
SUBJECT = models.Subject(name=MODEL.name, channel="C1")
PLACE = batches.FilePlace(dataset_id="ds-1", channel="C1")
BATCH = Batch(
    id="batch-1",
    team="T1",
    channel="C1",
    user="U1",
    thread_ts="100.000100",
    dataset_id="ds-2",
    name=NASTY,
    model=MODEL.name,
    state=BatchState.RUNNING,
    created_at=NOW,
    rows=10_000,
    done=2_500,
    started_at=NOW,
)
LABELLED = replace(
    BATCH,
    state=BatchState.DONE,
    done=9_990,
    failed=10,
    unsure=12,
    mix=(("delivery", 6_000), ("billing", 3_900), *((f"label {place}", 6) for place in range(15))),
    finished_at=NOW + timedelta(seconds=31),
)
ROUND = Round(
    id="round-1",
    team="T1",
    channel="C1",
    user="U1",
    model=MODEL.name,
    parent_id="ds-1",
    dataset_id="ds-2",
    state=RoundState.DONE,
    created_at=NOW,
    corrections=4,
    left_out=1,
    learned=3,
    before=Score(model=MODEL.name, rows=200, correct=180),
    after=Score(model="ft:b", rows=200, correct=192),
    chance=0.012,
    new_model="ft:b",
)
DONE = replace(
    JOB,
    remote_id="ftjob-1",
    cost_usd=Decimal("1.20"),
    progress=JobProgress(status=JobStatus.SUCCEEDED, fine_tuned_model=MODEL.name),
)
SAID = Gathered(model=MODEL.name, right=5, wrong=3, people=2, pairs=(), waiting=(), newest=())
VERSION = replace(
    DATASET,
    id="ds-2",
    version=2,
    parent="ds-1",
    made_by="U2",
    change="3 corrections from feedback",
    name=NASTY,
)

CASES = {
    "models_of_two_kinds": lambda: models.models([MODEL, OTHER], MODEL.name, ORIGINS),
    "models_many": lambda: models.models(
        [replace(MODEL, name=f"ft:{place}") for place in range(25)], "", ORIGINS
    ),
    "model_renamed": lambda: models.renamed(OTHER),
    "model_rename_form": lambda: models.rename_form(SUBJECT, OTHER),
    "model_delete_form": lambda: models.delete_model_form(SUBJECT, OTHER, ["C1", "C2"]),
    "dataset_delete_form": lambda: models.delete_dataset_form(SUBJECT, VERSION, [MODEL]),
    "lineage": lambda: models.lineage(
        [
            Generation(
                dataset=DATASET, jobs=(Descent(job=DONE, model=MODEL, feedback=SAID), Descent(job=JOB))
            ),
            Generation(dataset=VERSION, jobs=(Descent(job=DONE, model=OTHER, is_deleted=True),)),
        ]
    ),
    "batch_form": lambda: batches.batch_form(PLACE, [MODEL, OTHER], OTHER, name=NASTY),
    "batch_form_with_a_file": lambda: batches.batch_form(
        batches.FilePlace(dataset_id="", channel=""), [MODEL], None
    ),
    "batch_form_without_models": lambda: batches.batch_form(PLACE, [], None),
    "batch_card_running": lambda: batches.card(BATCH, NOW + timedelta(seconds=10)),
    "batch_card_done": lambda: batches.card(LABELLED, NOW),
    "batch_done": lambda: batches.ended(LABELLED, MODEL),
    "batch_failed": lambda: batches.ended(replace(BATCH, state=BatchState.FAILED, problem=NASTY), MODEL),
    "batch_cancelled": lambda: batches.ended(replace(BATCH, state=BatchState.CANCELLED), MODEL),
    "round_begun": lambda: rounds.begun(ROUND, VERSION),
    "round_better": lambda: rounds.ended(ROUND, OTHER),
    "round_hardly_better": lambda: rounds.ended(replace(ROUND, chance=0.5), OTHER),
    "round_as_good": lambda: rounds.ended(replace(ROUND, after=ROUND.before), OTHER),
    "round_worse": lambda: rounds.ended(replace(ROUND, before=ROUND.after, after=ROUND.before), OTHER),
    "round_failed": lambda: rounds.ended(replace(ROUND, state=RoundState.FAILED, problem=NASTY), None),
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


def test_only_a_better_model_is_offered():
    offered = {name for name in CASES if "rounds_switch" in json.dumps(shown(CASES[name]()))}

    assert offered == {"round_better", "round_hardly_better"}

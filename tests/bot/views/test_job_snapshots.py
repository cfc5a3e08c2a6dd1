"""The start form, the job card, its replies and the lists of jobs, held word for word; see test_snapshots.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import (
    BaseModel,
    Checkpoint,
    Cost,
    EventPage,
    JobEvent,
    JobProgress,
    JobStatus,
    Metrics,
    PastScore,
    StartOptions,
    Update,
    UpdateKind,
    Wish,
)
from bot.views import card, events, jobs, replies, start
from tests.bot.views.test_snapshots import DONE, ESTIMATES, LATER, NASTY, RUNNING, SCORE, TROUBLED, job
from tests.snapshots_kept import (
    assert_as_kept,
    assert_no_markup,
    assert_within_limits,
)
from tests.values import DATASET, JOB, MODEL, NOW

OWN = Cost(tokens=1200, usd=Decimal(0), is_own=True)
HOSTED = Cost(tokens=50_000, usd=Decimal("1.25"), usd_per_1m_tokens=Decimal("25.00"), as_of="2026-11-21")
UNKNOWN = Cost(tokens=0, usd=None)
CHECKPOINTS = tuple(
    Checkpoint(
        id=f"ftckpt-{step}",
        step=step,
        model=f"{MODEL.name}:ckpt-step-{step}",
        metrics=Metrics(step=step, valid_loss=0.8, valid_accuracy=0.9),
    )
    for step in (10, 20)
)
OPTIONS = StartOptions(
    datasets=(DATASET, TROUBLED),
    chosen=DATASET,
    bases=(
        BaseModel(id="minilm-l6-blend-1", kind="classifier", description="Intents and topics in English."),
        BaseModel(id="gpt-4.1-mini-2025-04-14"),
    ),
    unavailable=(BaseModel(id="smollm2-135m", kind="generator", problem="install tunesmith[generate]"),),
    models=(replace(MODEL, title=""), replace(MODEL, name="ft:b", title=NASTY)),
    estimates=(replace(ESTIMATES[0], accuracy=0.93), ESTIMATES[1]),
    scores=(PastScore(base="gpt-4.1-mini-2025-04-14", accuracy=0.967, rows=30),),
    wandb_project="tunesmith",
)
EVENTS = EventPage(
    events=(
        JobEvent(id="e2", created_at=LATER, level="warn", message=NASTY),
        JobEvent(id="e1", created_at=NOW, level="info", message="Fine-tuning job started"),
    ),
    older="e1",
)
PACED = replace(RUNNING, pace=((NOW.timestamp(), 4), (LATER.timestamp(), 12)))
LOST = replace(job(DONE, evaluation=SCORE), lost="is_archived")


def epochs(first: int, last: int) -> Update:
    return Update(
        kind=UpdateKind.EPOCHS, key="e", first=first, last=last, n_epochs=30, metrics=RUNNING.epoch_metrics[0]
    )


def of_kind(kind: UpdateKind, text: str = "") -> Update:
    return Update(kind=kind, key="k", text=text, user="U2")


CASES = {
    "start_form": lambda: start.start_form(OPTIONS, channel="C1"),
    "start_form_without_bases": lambda: start.start_form(
        StartOptions(datasets=(DATASET,), chosen=DATASET, bases=()), channel="C1"
    ),
    "card_starting": lambda: card.card(JOB, UNKNOWN, now=LATER),
    "card_queued": lambda: card.card(
        job(JobProgress(status=JobStatus.QUEUED, queue_position=3)), OWN, now=LATER
    ),
    "card_unknown_state": lambda: card.card(
        job(JobProgress(status=JobStatus.UNKNOWN, status_text="pre<b>")), UNKNOWN, now=LATER
    ),
    "card_running": lambda: card.card(job(PACED), HOSTED, now=LATER),
    "card_paused": lambda: card.card(
        job(replace(PACED, status=JobStatus.PAUSED, pace=())), HOSTED, now=LATER
    ),
    "card_stopped_early": lambda: card.card(job(DONE), OWN, now=LATER),
    "reply_epoch": lambda: replies.reply(job(RUNNING), epochs(4, 4)),
    "reply_epochs": lambda: replies.reply(job(RUNNING), epochs(4, 6)),
    "reply_cost": lambda: replies.reply(job(DONE), of_kind(UpdateKind.COST), HOSTED),
    "reply_cost_unknown": lambda: replies.reply(job(DONE), of_kind(UpdateKind.COST), UNKNOWN),
    "reply_notice": lambda: replies.reply(job(DONE), of_kind(UpdateKind.NOTICE, NASTY)),
    "reply_refused": lambda: replies.reply(
        job(RUNNING), of_kind(UpdateKind.REFUSED, "This fine-tuning server can't pause jobs.")
    ),
    "reply_lost": lambda: replies.reply(
        replace(job(RUNNING), lost="not_in_channel"), of_kind(UpdateKind.LOST)
    ),
    "end_succeeded": lambda: replies.end(job(DONE, evaluation=SCORE)),
    "end_succeeded_elsewhere": lambda: replies.end(LOST),
    "end_failed": lambda: replies.end(job(replace(RUNNING, status=JobStatus.FAILED, error=NASTY))),
    "end_cancelled": lambda: replies.end(job(replace(RUNNING, status=JobStatus.CANCELLED))),
    "jobs_list": lambda: jobs.listing(
        [job(PACED), job(replace(RUNNING, status=JobStatus.PAUSED)), job(DONE, evaluation=SCORE)], LATER
    ),
    "jobs_none": lambda: jobs.listing([], LATER),
    "job_started": lambda: jobs.started(JOB, jobs.smaller_data_advice(80, 4000)),
    "job_already_started": lambda: jobs.already_started(job(RUNNING)),
    "job_already_started_form": lambda: jobs.already_started_form(job(RUNNING)),
    "job_pausing": lambda: jobs.wished(JOB, Wish.PAUSE),
    "job_resuming": lambda: jobs.wished(JOB, Wish.RESUME),
    "events": lambda: events.events(job(replace(DONE, checkpoints=CHECKPOINTS)), EVENTS, is_first=True),
    "events_none": lambda: events.events(JOB, EventPage(events=()), is_first=True),
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


def test_every_field_that_can_be_wrong_is_one_of_the_form():
    form = start.start_form(OPTIONS, channel="C1")

    assert tuple(block["block_id"] for block in form["blocks"] if block["type"] == "input") == start.FIELDS


def test_the_time_left_follows_the_observed_rate():
    """Eight steps in 24 seconds: 28 more take 84, whatever the server guessed."""
    guessed = replace(PACED, estimated_finish=NOW + timedelta(hours=9))

    assert card.seconds_left(guessed, LATER) == pytest.approx(84)
    assert card.seconds_left(guessed, LATER + timedelta(seconds=4)) == pytest.approx(80)


def test_without_a_rate_the_server_s_estimate_counts():
    guessed = replace(RUNNING, estimated_finish=LATER + timedelta(seconds=30))

    assert card.seconds_left(guessed, LATER) == pytest.approx(30)


def test_a_paused_job_has_no_time_left():
    assert card.seconds_left(replace(PACED, status=JobStatus.PAUSED), LATER) is None

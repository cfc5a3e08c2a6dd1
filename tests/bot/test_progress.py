from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import Checkpoint, JobEvent, JobProgress, JobStatus, Metrics, RemoteJob, UpdateKind
from bot.progress import MAX_LOSS_POINTS, epoch_of, epochs_finished, updates_between

START = datetime(2026, 11, 21, tzinfo=UTC)
RUNNING = RemoteJob(
    id="ftjob-1", status=JobStatus.RUNNING, status_text="running", model="base", created_at=START, n_epochs=4
)
SUCCEEDED = replace(
    RUNNING, status=JobStatus.SUCCEEDED, status_text="succeeded", fine_tuned_model="ft:x", trained_tokens=99
)


def step(number: int, total: int = 40, loss: float | None = 1.0, **more: float) -> JobEvent:
    metrics = Metrics(step=number, total_steps=total, train_loss=loss, **more)
    return JobEvent(
        id=f"e{number}",
        created_at=START + timedelta(seconds=number),
        level="info",
        message=f"Step {number}/{total}",
        metrics=metrics,
    )


def epochs(updates) -> list[tuple[int, int]]:
    return [(update.first, update.last) for update in updates if update.kind is UpdateKind.EPOCHS]


@pytest.mark.parametrize(
    ("number", "total", "n_epochs", "expected"),
    [
        (1, 40, 4, 1),
        (10, 40, 4, 1),
        (11, 40, 4, 2),
        (40, 40, 4, 4),
        (41, 40, 4, 4),
        (1, 3, 3, 1),
        (5, None, 4, None),
    ],
)
def test_epoch_of_a_step(number, total, n_epochs, expected):
    assert epoch_of(number, total_steps=total, n_epochs=n_epochs) == expected


@pytest.mark.parametrize(("number", "expected"), [(9, 0), (10, 1), (19, 1), (40, 4)])
def test_an_epoch_is_finished_with_its_last_step(number, expected):
    assert epochs_finished(number, total_steps=40, n_epochs=4) == expected


def test_each_finished_epoch_is_told_once():
    first, told = updates_between(JobProgress(), RUNNING, [step(5), step(10)])
    second, told_again = updates_between(first, RUNNING, [step(12)])
    _, told_last = updates_between(second, RUNNING, [step(20), step(30)])

    assert epochs(told) == [(1, 1)]
    assert epochs(told_again) == []
    assert epochs(told_last) == [(2, 2), (3, 3)]


def test_an_epoch_is_told_with_its_last_numbers():
    _, told = updates_between(
        JobProgress(), RUNNING, [step(9, loss=3.0), step(10, loss=2.0, valid_loss=2.5), step(11)]
    )

    metrics = told[0].metrics
    assert (metrics.step, metrics.train_loss, metrics.valid_loss) == (10, 2.0, 2.5)


def test_checkpoints_fill_in_what_steps_lack():
    checkpoint = Checkpoint(
        id="c1",
        step=10,
        model="ft:x:ckpt-step-10",
        metrics=Metrics(step=10, valid_loss=0.7, valid_accuracy=0.8),
    )

    after, _ = updates_between(JobProgress(), RUNNING, [step(10, loss=2.0)], [checkpoint])

    assert after.epoch_metrics[0].train_loss == 2.0
    assert after.epoch_metrics[0].valid_accuracy == 0.8


def test_nothing_new_tells_nothing():
    seen, _ = updates_between(JobProgress(), RUNNING, [step(10)])

    again, told = updates_between(seen, RUNNING, [])

    assert (again, told) == (seen, ())


def test_many_epochs_are_told_in_groups():
    long = replace(RUNNING, n_epochs=30)
    first, told = updates_between(JobProgress(), long, [step(5, 60)])
    second, told_more = updates_between(first, long, [step(6, 60), step(13, 60)])
    _, told_end = updates_between(second, replace(long, status=JobStatus.SUCCEEDED), [step(60, 60)])

    assert epochs(told) == []
    assert epochs(told_more) == [(1, 3), (4, 6)]
    assert epochs(told_end)[-1] == (28, 30)


def test_early_stopping_inside_a_group_tells_the_rest():
    long = replace(RUNNING, n_epochs=30)
    first, _ = updates_between(JobProgress(), long, [step(10, 60)])

    after, told = updates_between(first, replace(long, status=JobStatus.SUCCEEDED), [])

    assert after.epochs_done == 5
    assert epochs(told) == [(4, 5)]


def test_a_server_without_steps_is_done_with_all_epochs_at_the_end():
    after, told = updates_between(JobProgress(), SUCCEEDED, [])

    assert after.epochs_done == 4
    assert epochs(told) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_warnings_are_told_in_the_servers_words():
    warning = JobEvent(id="w1", created_at=START, level="warn", message="weights do not match")

    after, told = updates_between(JobProgress(), RUNNING, [warning])

    assert told[0].kind is UpdateKind.NOTICE
    assert told[0].text == after.notice == "weights do not match"


def test_losses_are_thinned_and_keep_their_ends():
    events = [step(number, 10_000, loss=float(number)) for number in range(1, 1001)]

    after, _ = updates_between(JobProgress(), RUNNING, events)

    assert len(after.losses) == MAX_LOSS_POINTS
    assert (after.losses[0][0], after.losses[-1][0]) == (1, 1000)


def test_infinite_losses_do_not_reach_the_curve():
    after, _ = updates_between(JobProgress(), RUNNING, [step(1, loss=float("nan")), step(2, loss=1.0)])

    assert after.losses == ((2, 1.0),)


def test_what_was_known_is_not_forgotten():
    known = JobProgress(
        total_steps=40, n_epochs=4, step=20, trained_tokens=5, fine_tuned_model="ft:x", epochs_done=2
    )

    after, _ = updates_between(known, replace(RUNNING, n_epochs=None), [])

    assert (after.total_steps, after.n_epochs, after.step, after.fine_tuned_model) == (40, 4, 20, "ft:x")


def test_the_start_is_when_the_server_says_so():
    started = JobEvent(id="s", created_at=START, level="info", message="Fine-tuning job started")

    after, _ = updates_between(JobProgress(), RUNNING, [started])

    assert after.started_at == START


def test_the_pace_keeps_points_some_seconds_apart():
    events = [step(number, 40) for number in range(1, 31)]

    after, _ = updates_between(JobProgress(), RUNNING, events)

    steps = [at for _, at in after.pace]
    assert steps[-1] == 30
    assert steps == sorted(set(steps))
    assert len(steps) <= 12


def test_waiting_is_no_pace():
    running, _ = updates_between(JobProgress(), RUNNING, [step(1, 40), step(2, 40)])

    paused, _ = updates_between(running, replace(RUNNING, status=JobStatus.PAUSED, status_text="paused"), [])

    assert running.pace
    assert paused.pace == ()

"""What happened between two looks at a job: pure functions from what was known and what the server says now.

OpenAI's API has no epoch in its events and promises no order, so epochs are computed from steps, and events are
merged by id. Rules: docs of the events as servers really send them are in docs/server.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Checkpoint, JobEvent, JobProgress, JobStatus, Metrics, RemoteJob, Update, UpdateKind

MAX_LOSS_POINTS = 200
PACE_POINTS = 12
PACE_GAP_S = 5.0
"""Together a window of about a minute: long enough to be steady, short enough to notice a busier machine."""
MAX_EPOCH_POSTS = 10
"""Milestone replies a job may have; with more epochs, several are told together."""


def updates_between(
    before: JobProgress,
    remote: RemoteJob,
    events: Sequence[JobEvent],
    checkpoints: Sequence[Checkpoint] = (),
) -> tuple[JobProgress, tuple[Update, ...]]:
    """The progress as it is now, and what the thread should be told, in order.

    `events` are those not seen before, oldest first. The end is not told here: it needs the cost and the test.
    """
    after = _merge(before, remote, events)
    after = replace(after, checkpoints=tuple(checkpoints) or before.checkpoints)
    after = replace(after, epoch_metrics=_epoch_metrics(after, before, events, checkpoints))
    after = replace(after, epochs_done=max(before.epochs_done, _epochs_done(after)))
    updates = [*_notices(events), *_epoch_updates(before, after)]
    if after != before:
        updates.append(Update(kind=UpdateKind.CARD, key="card"))
    return after, tuple(updates)


def epoch_of(step: int, *, total_steps: int | None, n_epochs: int | None) -> int | None:
    """The epoch (1-based) that a step belongs to, or None while the totals are unknown."""
    if not total_steps or not n_epochs or step <= 0:
        return None
    return min(n_epochs, math.ceil(step * n_epochs / total_steps))


def epochs_finished(step: int, *, total_steps: int | None, n_epochs: int | None) -> int:
    """How many epochs are complete once this step is done."""
    if not total_steps or not n_epochs:
        return 0
    return min(n_epochs, step * n_epochs // total_steps)


def _merge(before: JobProgress, remote: RemoteJob, events: Sequence[JobEvent]) -> JobProgress:
    steps = [event.metrics for event in events if event.metrics is not None]
    newest = max(steps, key=lambda metrics: metrics.step, default=None)
    last = newest if newest and (before.last is None or newest.step >= before.last.step) else before.last
    total = next((metrics.total_steps for metrics in reversed(steps) if metrics.total_steps), None)
    started = before.started_at
    if started is None and remote.status is not JobStatus.QUEUED:
        started = next((event.created_at for event in events if "started" in event.message.lower()), None)
    said = [event.message for event in events if event.metrics is None and event.level == "info"]
    warnings = [event.message for event in events if event.level in ("warn", "warning", "error")]
    return replace(
        before,
        status=remote.status,
        status_text=remote.status_text,
        step=max(before.step, last.step if last else 0),
        total_steps=total or before.total_steps,
        n_epochs=remote.n_epochs or before.n_epochs,
        losses=_thin(before.losses, steps),
        last=last,
        trained_tokens=remote.trained_tokens if remote.trained_tokens is not None else before.trained_tokens,
        started_at=started,
        finished_at=remote.finished_at or before.finished_at,
        estimated_finish=remote.estimated_finish,
        queue_position=remote.queue_position,
        fine_tuned_model=remote.fine_tuned_model or before.fine_tuned_model,
        error=remote.error or before.error,
        notice=warnings[-1] if warnings else before.notice,
        activity=said[-1] if said else before.activity,
        pace=_pace(before, remote, events),
    )


def _pace(
    before: JobProgress, remote: RemoteJob, events: Sequence[JobEvent]
) -> tuple[tuple[float, int], ...]:
    """The newest (time, step) pairs, PACE_GAP_S apart: servers tell whole seconds, and many steps fit into one."""
    if remote.status is not JobStatus.RUNNING and not remote.status.is_finished:
        return ()  # waiting is no pace
    points = list(before.pace)
    for event in events:
        if event.metrics is None or (points and event.metrics.step <= points[-1][1]):
            continue
        at = event.created_at.timestamp()
        if len(points) > 1 and at - points[-2][0] < PACE_GAP_S:
            points.pop()
        points.append((at, event.metrics.step))
    return tuple(points[-PACE_POINTS:])


def _thin(known: tuple[tuple[int, float], ...], steps: Sequence[Metrics]) -> tuple[tuple[int, float], ...]:
    """Merge losses by step and keep at most MAX_LOSS_POINTS, evenly, always with the last."""
    merged = dict(known)
    merged.update(
        (metrics.step, metrics.train_loss)
        for metrics in steps
        if metrics.train_loss is not None and math.isfinite(metrics.train_loss)
    )
    points = sorted(merged.items())
    if len(points) <= MAX_LOSS_POINTS:
        return tuple(points)
    stride = (len(points) - 1) / (MAX_LOSS_POINTS - 1)
    return tuple(points[round(index * stride)] for index in range(MAX_LOSS_POINTS))


def _epoch_metrics(
    after: JobProgress, before: JobProgress, events: Sequence[JobEvent], checkpoints: Sequence[Checkpoint]
) -> tuple[Metrics, ...]:
    """The last metrics known of each finished epoch, in order; checkpoints say best, steps fill in."""
    known = dict(enumerate(before.epoch_metrics, start=1))
    seen = [event.metrics for event in events if event.metrics is not None]
    for metrics in (*seen, *(checkpoint.metrics for checkpoint in checkpoints)):
        done = epochs_finished(metrics.step, total_steps=after.total_steps, n_epochs=after.n_epochs)
        epoch = epoch_of(metrics.step, total_steps=after.total_steps, n_epochs=after.n_epochs)
        if epoch is None or done < epoch:
            continue
        known[epoch] = _fill(metrics, known.get(epoch))
    count = 0
    while count + 1 in known:
        count += 1
    return tuple(known[epoch] for epoch in range(1, count + 1))


def _fill(metrics: Metrics, other: Metrics | None) -> Metrics:
    """These metrics, with what they lack taken from another report of the same epoch."""
    if other is None:
        return metrics
    return Metrics(
        step=metrics.step,
        total_steps=metrics.total_steps or other.total_steps,
        train_loss=_first(metrics.train_loss, other.train_loss),
        train_accuracy=_first(metrics.train_accuracy, other.train_accuracy),
        valid_loss=_first(metrics.valid_loss, other.valid_loss),
        valid_accuracy=_first(metrics.valid_accuracy, other.valid_accuracy),
    )


def _first(value: float | None, other: float | None) -> float | None:
    return other if value is None else value


def _epochs_done(progress: JobProgress) -> int:
    if progress.status is JobStatus.SUCCEEDED and progress.n_epochs and not progress.total_steps:
        return progress.n_epochs  # the server gave no steps: all we know is that it is over
    return epochs_finished(progress.step, total_steps=progress.total_steps, n_epochs=progress.n_epochs)


def _epoch_updates(before: JobProgress, after: JobProgress) -> list[Update]:
    """One update per finished epoch, or one per group of epochs when there are more than MAX_EPOCH_POSTS."""
    group = math.ceil((after.n_epochs or 1) / MAX_EPOCH_POSTS)
    ends = [
        end
        for end in range(before.epochs_done + 1, after.epochs_done + 1)
        if end % group == 0 or end == after.n_epochs
    ]
    if after.status.is_finished and not before.status.is_finished and after.epochs_done not in (*ends, 0):
        already_told = after.epochs_done % group == 0 or after.epochs_done == after.n_epochs
        if not already_told:  # training stopped early, inside a group
            ends.append(after.epochs_done)
    return [_epochs_update(after, end, group) for end in ends]


def _epochs_update(progress: JobProgress, end: int, group: int) -> Update:
    return Update(
        kind=UpdateKind.EPOCHS,
        key=f"epoch-{end}",
        first=(end - 1) // group * group + 1,
        last=end,
        n_epochs=progress.n_epochs,
        metrics=progress.epoch_metrics[end - 1] if end <= len(progress.epoch_metrics) else None,
    )


def _notices(events: Sequence[JobEvent]) -> list[Update]:
    return [
        Update(kind=UpdateKind.NOTICE, key=f"notice-{event.id}", text=event.message)
        for event in events
        if event.level in ("warn", "warning")
    ]

"""The job card: one message a job, rendered whole each time and edited in place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bot.domain import FineTuningJob, JobProgress, JobStatus
from bot.ports import Block, Message
from bot.views.amounts import count, duration, loss, moment, percent, usd
from bot.views.blocks import (
    actions,
    bar,
    bold,
    button,
    confirm,
    context,
    escape,
    literal,
    message,
    section,
    sparkline,
)

STATE_WORDS = {
    JobStatus.STARTING: "⏳ Starting: sending the files",
    JobStatus.VALIDATING_FILES: "🔎 Validating files",
    JobStatus.QUEUED: "⏳ Queued",
    JobStatus.RUNNING: "🏃 Running",
    JobStatus.PAUSING: "⏸️ Pausing",
    JobStatus.PAUSED: "⏸️ Paused",
    JobStatus.SUCCEEDED: "✅ Succeeded",
    JobStatus.FAILED: "❌ Failed",
    JobStatus.CANCELLED: "🚫 Cancelled",
}


def card(job: FineTuningJob, *, cost_usd: Decimal | None, now: datetime) -> Message:
    """The job as it is now, rendered whole each time; edited in place."""
    progress = job.progress
    title = f"{bold('Fine-tuning')} {literal(job.dataset_name)} → {literal(job.base_model)}"
    lines = [title, state_line(progress)]
    if progress.total_steps:
        done = share(progress)
        lines.append(f"`{bar(done)}` {percent(done, 0)}")
        lines.append(epoch_line(progress))
    elif progress.activity and not progress.status.is_finished:
        lines.append(escape(progress.activity))
    lines += _loss_lines(progress)
    lines.append(_cost_line(job, cost_usd))
    remaining = _time_line(progress, now)
    if remaining:
        lines.append(remaining)
    if progress.fine_tuned_model:
        lines.append(f"Model: {literal(progress.fine_tuned_model, 200)}")
    if progress.error:
        lines.append(f"Why: {escape(progress.error)}")
    blocks: list[Block] = [section("\n".join(lines)), context(_origin(job))]
    if not progress.status.is_finished:
        blocks.append(actions(cancel_button(job)))
    return message("\n".join(lines), blocks)


def share(progress: JobProgress) -> float:
    """How much of the training is done, 0 to 1."""
    if progress.status is JobStatus.SUCCEEDED:
        return 1.0
    return min(1.0, progress.step / progress.total_steps) if progress.total_steps else 0.0


def state_line(progress: JobProgress) -> str:
    """The state in words; the place in the queue while it waits."""
    words = STATE_WORDS.get(progress.status) or f"State: {literal(progress.status_text or 'unknown')}"
    if progress.status is JobStatus.QUEUED and progress.queue_position:
        words += f", place {progress.queue_position} in the queue"
    return words


def epoch_line(progress: JobProgress) -> str:
    """Epoch and step; for one that stopped early, after which epoch."""
    text = f"Step {progress.step:,}/{progress.total_steps or 0:,}"
    if not progress.n_epochs:
        return text
    current = min(progress.n_epochs, progress.epochs_done + 1)
    if progress.status.is_finished:
        current = progress.epochs_done
        if progress.status is JobStatus.SUCCEEDED and current < progress.n_epochs:
            return f"Stopped early after epoch {current}/{progress.n_epochs} · {text}"
    return f"Epoch {current}/{progress.n_epochs} · {text}"


def _loss_lines(progress: JobProgress) -> list[str]:
    if progress.last is None or progress.last.train_loss is None:
        return []
    text = f"Training loss {bold(loss(progress.last.train_loss))}"
    curve = sparkline([value for _, value in progress.losses])
    if len(progress.losses) > 1:
        text += f"  `{curve}`"
    newest = progress.epoch_metrics[-1] if progress.epoch_metrics else None
    if newest and newest.valid_loss is not None:
        text += f"  validation {bold(loss(newest.valid_loss))}"
        if newest.valid_accuracy is not None:
            text += f" ({percent(newest.valid_accuracy)} right)"
    return [text]


def _cost_line(job: FineTuningJob, cost_usd: Decimal | None) -> str:
    tokens = tokens_so_far(job)
    money = "price unknown" if cost_usd is None else usd(cost_usd)
    when = "" if job.progress.status.is_finished else " so far"
    return f"{count(tokens, 'token')} trained, {money}{when}"


def tokens_so_far(job: FineTuningJob) -> int:
    """The server's own count once it gives one, before that the share of the steps done."""
    progress = job.progress
    if progress.trained_tokens is not None:
        return progress.trained_tokens
    if not progress.total_steps or not progress.n_epochs:
        return 0
    return round(job.train_tokens * progress.n_epochs * min(1.0, progress.step / progress.total_steps))


def _time_line(progress: JobProgress, now: datetime) -> str:
    if progress.status.is_finished:
        if progress.started_at and progress.finished_at:
            return f"Took {duration((progress.finished_at - progress.started_at).total_seconds())}"
        return ""
    left = seconds_left(progress, now)
    return "" if left is None or left < 1 else f"About {duration(left)} left"


def seconds_left(progress: JobProgress, now: datetime) -> float | None:
    """The server's estimate, else from the steps done since the start; None while nothing is known."""
    if progress.estimated_finish:
        return max(0.0, (progress.estimated_finish - now).total_seconds())
    if progress.started_at and progress.step and progress.total_steps:
        elapsed = max(0.0, (now - progress.started_at).total_seconds())
        return elapsed / progress.step * max(0, progress.total_steps - progress.step)
    return None


def _origin(job: FineTuningJob) -> str:
    remote = f" · {literal(job.remote_id)}" if job.remote_id else ""
    return f"Started by <@{job.user}> {moment(job.created_at)}{remote}"


def cancel_button(job: FineTuningJob) -> Block:
    """Cancel, with its question."""
    question = confirm(
        "Cancel this job?",
        f"Training on {job.dataset_name} stops; what was trained so far is lost.",
        yes="Cancel the job",
        no="Keep training",
    )
    return button("Cancel", "jobs_cancel", value=job.op_id, style="danger", confirm=question)

"""The job card: one message a job, rendered whole each time and edited in place."""

from __future__ import annotations

from datetime import datetime

from bot.domain import Cost, FineTuningJob, JobProgress, JobStatus
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import duration, loss, moment, percent, usd
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


def card(job: FineTuningJob, cost: Cost, *, now: datetime) -> Message:
    """The job as it is now, rendered whole each time; edited in place."""
    progress = job.progress
    lines = [_title(job), state_line(progress)]
    if progress.total_steps:
        done = share(progress)
        lines.append(f"`{bar(done)}` {percent(done, 0)}")
        lines.append(epoch_line(progress))
    elif progress.activity and not progress.status.is_finished:
        lines.append(escape(progress.activity))
    lines += _loss_lines(progress)
    lines.append(cost_line(cost, is_final=progress.status.is_finished))
    remaining = _time_line(progress, now)
    if remaining:
        lines.append(remaining)
    if progress.fine_tuned_model:
        lines.append(t("Model: {model}", model=literal(progress.fine_tuned_model, 200)))
    if progress.error:
        lines.append(t("Why: {reason}", reason=escape(progress.error)))
    buttons = _buttons(job)
    blocks: list[Block] = [section("\n".join(lines)), context(_origin(job))]
    if buttons:
        blocks.append(actions(*buttons))
    return message("\n".join(lines), blocks)


def _title(job: FineTuningJob) -> str:
    return t(
        "*Fine-tuning* {dataset} → {model}",
        dataset=literal(job.dataset_name),
        model=literal(job.base_model, 200),
    )


def share(progress: JobProgress) -> float:
    """How much of the training is done, 0 to 1."""
    if progress.status is JobStatus.SUCCEEDED:
        return 1.0
    return min(1.0, progress.step / progress.total_steps) if progress.total_steps else 0.0


def state_line(progress: JobProgress) -> str:
    """The state in words; the place in the queue while it waits."""
    words = _state_words().get(progress.status)
    if words is None:
        return t("State: {state}", state=literal(progress.status_text or "unknown"))
    if progress.status is JobStatus.QUEUED and progress.queue_position:
        return t("{state}, place {place} in the queue", state=words, place=progress.queue_position)
    return words


def _state_words() -> dict[JobStatus, str]:
    return {
        JobStatus.WAITING: t("✋ Waiting for approval: nothing has started"),
        JobStatus.STARTING: t("⏳ Starting: sending the files"),
        JobStatus.VALIDATING_FILES: t("🔎 Validating files"),
        JobStatus.QUEUED: t("⏳ Queued"),
        JobStatus.RUNNING: t("🏃 Running"),
        JobStatus.PAUSING: t("⏸️ Pausing"),
        JobStatus.PAUSED: t("⏸️ Paused"),
        JobStatus.SUCCEEDED: t("✅ Succeeded"),
        JobStatus.FAILED: t("❌ Failed"),
        JobStatus.CANCELLED: t("🚫 Cancelled"),
    }


def epoch_line(progress: JobProgress) -> str:
    """Epoch and step; for one that stopped early, after which epoch."""
    step = t("Step {step:,}/{total:,}", step=progress.step, total=progress.total_steps or 0)
    if not progress.n_epochs:
        return step
    current = min(progress.n_epochs, progress.epochs_done + 1)
    if progress.status.is_finished:
        current = progress.epochs_done
    values = {"epoch": current, "epochs": progress.n_epochs, "step": step}
    if progress.status is JobStatus.SUCCEEDED and current < progress.n_epochs:
        return t("Stopped early after epoch {epoch}/{epochs} · {step}", **values)
    return t("Epoch {epoch}/{epochs} · {step}", **values)


def _loss_lines(progress: JobProgress) -> list[str]:
    if progress.last is None or progress.last.train_loss is None:
        return []
    text = t("Training loss {loss}", loss=bold(loss(progress.last.train_loss)))
    if len(progress.losses) > 1:
        text += f"  `{sparkline([value for _, value in progress.losses])}`"
    newest = progress.epoch_metrics[-1] if progress.epoch_metrics else None
    if newest and newest.valid_loss is not None:
        text += "  " + t("validation {loss}", loss=bold(loss(newest.valid_loss)))
        if newest.valid_accuracy is not None:
            text += " " + t("({share} right)", share=percent(newest.valid_accuracy))
    return [text]


def cost_line(cost: Cost, *, is_final: bool) -> str:
    """Tokens trained and what they cost, with the dated rate; "so far" until the end."""
    tokens = n("{number:,} token trained", "{number:,} tokens trained", cost.tokens)
    if cost.usd is None:
        return t("{tokens}, price unknown", tokens=tokens)
    values = {"tokens": tokens, "cost": usd(cost.usd)}
    text = t("{tokens}, {cost}", **values) if is_final else t("{tokens}, {cost} so far", **values)
    rate = rate_words(cost)
    return f"{text} ({rate})" if rate else text


def rate_words(cost: Cost) -> str:
    """The rate a cost was counted by, and of which day it is; "" where there is none."""
    if cost.is_own:
        return t("on your own server")
    if cost.usd_per_1m_tokens is None:
        return ""
    return t(
        "{rate} per 1M tokens, prices of {date}", rate=f"${cost.usd_per_1m_tokens:,.2f}", date=cost.as_of
    )


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
            took = (progress.finished_at - progress.started_at).total_seconds()
            return t("Took {time}", time=duration(took))
        return ""
    left = seconds_left(progress, now)
    return "" if left is None or left < 1 else t("About {time} left", time=duration(left))


def seconds_left(progress: JobProgress, now: datetime) -> float | None:
    """From the observed step rate, else the server's own estimate; None while nothing is known or it stands still."""
    if progress.status is not JobStatus.RUNNING:
        return None
    if progress.total_steps and len(progress.pace) > 1:
        (first_at, first_step), (last_at, last_step) = progress.pace[0], progress.pace[-1]
        if last_at > first_at and last_step > first_step:
            per_step = (last_at - first_at) / (last_step - first_step)
            return max(0.0, per_step * (progress.total_steps - last_step) - (now.timestamp() - last_at))
    if progress.estimated_finish:
        return max(0.0, (progress.estimated_finish - now).total_seconds())
    if progress.started_at and progress.step and progress.total_steps:
        elapsed = max(0.0, (now - progress.started_at).total_seconds())
        return elapsed / progress.step * max(0, progress.total_steps - progress.step)
    return None


def _origin(job: FineTuningJob) -> str:
    text = t("Started by {person} {time}", person=f"<@{job.user}>", time=moment(job.created_at))
    return f"{text} · {literal(job.remote_id)}" if job.remote_id else text


def _buttons(job: FineTuningJob) -> list[Block]:
    """What can be done with the job as it is now."""
    status = job.progress.status
    buttons = []
    if status in (JobStatus.QUEUED, JobStatus.RUNNING):
        buttons.append(pause_button(job))
    if status in (JobStatus.PAUSED, JobStatus.PAUSING):
        buttons.append(resume_button(job))
    if not status.is_finished:
        buttons.append(cancel_button(job))
    if job.remote_id:
        buttons.append(button(t("Events"), "jobs_events", value=job.op_id))
    return buttons


def cancel_button(job: FineTuningJob) -> Block:
    """Cancel, with its question."""
    question = confirm(
        t("Cancel this job?"),
        t("Training on {dataset} stops; what was trained so far is lost.", dataset=job.dataset_name),
        yes=t("Cancel the job"),
        no=t("Keep training"),
    )
    return button(t("Cancel"), "jobs_cancel", value=job.op_id, style="danger", confirm=question)


def pause_button(job: FineTuningJob) -> Block:
    """Pause, with its question."""
    question = confirm(
        t("Pause this job?"),
        t(
            "Training on {dataset} stops and keeps what it has learned until you resume it.",
            dataset=job.dataset_name,
        ),
        yes=t("Pause"),
        no=t("Keep training"),
        style="primary",
    )
    return button(t("Pause"), "jobs_pause", value=job.op_id, confirm=question)


def resume_button(job: FineTuningJob) -> Block:
    """Resume, with its question."""
    question = confirm(
        t("Resume this job?"),
        t("Training on {dataset} joins the queue and goes on where it stopped.", dataset=job.dataset_name),
        yes=t("Resume"),
        no=t("Leave it paused"),
        style="primary",
    )
    return button(t("Resume"), "jobs_resume", value=job.op_id, style="primary", confirm=question)

"""The job card, its replies in the thread, and the lists of jobs and models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.domain import (
    FineTunedModel,
    FineTuningJob,
    JobProgress,
    JobStatus,
    Metrics,
    Update,
    UpdateKind,
)
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
    lines = [title, _state_line(progress)]
    if progress.total_steps:
        share = _share(progress)
        lines.append(f"`{bar(share)}` {percent(share, 0)}")
        lines.append(_epoch_line(progress))
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
        blocks.append(actions(_cancel_button(job)))
    return message("\n".join(lines), blocks)


def _share(progress: JobProgress) -> float:
    if progress.status is JobStatus.SUCCEEDED:
        return 1.0
    return min(1.0, progress.step / progress.total_steps) if progress.total_steps else 0.0


def _state_line(progress: JobProgress) -> str:
    words = STATE_WORDS.get(progress.status) or f"State: {literal(progress.status_text or 'unknown')}"
    if progress.status is JobStatus.QUEUED and progress.queue_position:
        words += f", place {progress.queue_position} in the queue"
    return words


def _epoch_line(progress: JobProgress) -> str:
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


def _cancel_button(job: FineTuningJob) -> Block:
    question = confirm(
        "Cancel this job?",
        f"Training on {job.dataset_name} stops; what was trained so far is lost.",
        yes="Cancel the job",
        no="Keep training",
    )
    return button("Cancel", "jobs_cancel", value=job.op_id, style="danger", confirm=question)


def reply(job: FineTuningJob, update: Update) -> Message:
    """A milestone in the thread."""
    if update.kind is UpdateKind.EPOCHS:
        return message(epochs_line(update))
    if update.kind is UpdateKind.COST:
        return message(cost_reply(job))
    if update.kind is UpdateKind.END:
        return end(job)
    return message(f"The fine-tuning server says: {escape(update.text)}")


def epochs_line(update: Update) -> str:
    """ "Epoch 3/10 done: training loss 0.213, …", or "Epochs 4-6/30 done: …"."""
    which = f"Epoch {update.last}" if update.first == update.last else f"Epochs {update.first}-{update.last}"
    total = f"/{update.n_epochs}" if update.n_epochs else ""
    numbers = _numbers(update.metrics)
    return f"{which}{total} done" + (f": {numbers}" if numbers else "")


def _numbers(metrics: Metrics | None) -> str:
    if metrics is None:
        return ""
    parts = []
    if metrics.train_loss is not None:
        parts.append(f"training loss {loss(metrics.train_loss)}")
    if metrics.valid_loss is not None:
        parts.append(f"validation loss {loss(metrics.valid_loss)}")
    if metrics.valid_accuracy is not None:
        parts.append(f"validation accuracy {percent(metrics.valid_accuracy)}")
    return ", ".join(parts)


def cost_reply(job: FineTuningJob) -> str:
    """What it cost, once the server has counted the tokens."""
    tokens = count(tokens_so_far(job), "token")
    if job.cost_usd is None:
        return f"Cost: {tokens} trained; there is no price for {literal(job.base_model)} in my table."
    return f"Cost: {usd(job.cost_usd)} for {tokens} trained with {literal(job.base_model)}"


def end(job: FineTuningJob) -> Message:
    """The last word, which mentions who started it."""
    progress = job.progress
    if progress.status is JobStatus.SUCCEEDED:
        return _succeeded(job)
    if progress.status is JobStatus.CANCELLED:
        return message(f"<@{job.user}> training on {literal(job.dataset_name)} was cancelled.")
    why = escape(progress.error) or "the server gave no reason"
    text = f"<@{job.user}> training on {literal(job.dataset_name)} failed: {why}"
    return message(
        text,
        [section(text), actions(button("Start again", "jobs_start", value=job.dataset_id, style="primary"))],
    )


def _succeeded(job: FineTuningJob) -> Message:
    text = f"<@{job.user}> your model is ready: {literal(job.progress.fine_tuned_model, 200)}"
    lines = [text]
    if job.evaluation:
        lines.append(
            f"Accuracy on {count(job.evaluation.rows, 'held-out row')}: {bold(percent(job.evaluation.accuracy))}"
            f" (always the commonest label: {percent(job.evaluation.majority_correct / job.evaluation.rows)})"
        )
    lines.append("Ask it in this channel: `/classify some text`")
    buttons = [
        button("Try it", "ask_try", value=job.progress.fine_tuned_model, style="primary"),
        button("Use in this channel", "jobs_use", value=job.progress.fine_tuned_model),
    ]
    return message("\n".join(lines), [section("\n".join(lines)), actions(*buttons)])


def listing(jobs: Sequence[FineTuningJob], now: datetime) -> Message:
    """The channel's jobs, newest first, with a button for each that runs."""
    if not jobs:
        return message(
            "No fine-tuning jobs in this channel yet. Drop a dataset here, then type `/finetune start`."
        )
    blocks: list[Block] = [section(bold("Fine-tuning jobs in this channel"))]
    lines = []
    for job in jobs:
        line = job_line(job, now)
        lines.append(line)
        accessory = None if job.progress.status.is_finished else _cancel_button(job)
        blocks.append(section(line, accessory=accessory))
    return message("Fine-tuning jobs in this channel\n" + "\n".join(lines), blocks)


def job_line(job: FineTuningJob, now: datetime) -> str:
    """One job in one or two lines."""
    progress = job.progress
    state = _state_line(progress)
    if progress.total_steps and not progress.status.is_finished:
        state += f", {percent(_share(progress), 0)}, {_epoch_line(progress)}"
        left = seconds_left(progress, now)
        state += "" if left is None else f", about {duration(left)} left"
    if job.evaluation:
        state += f", accuracy {percent(job.evaluation.accuracy)}"
    name = job.remote_id or job.op_id
    return (
        f"{literal(job.dataset_name)} → {literal(job.base_model)}: {state}\n{literal(name)} by <@{job.user}>,"
        f" {moment(job.created_at)}"
    )


def models(found: Sequence[FineTunedModel], current: str) -> Message:
    """The team's models; the channel's own is marked in words."""
    if not found:
        return message("No fine-tuned models yet. Drop a dataset in a channel and type `/finetune start`.")
    blocks: list[Block] = [section(bold("Fine-tuned models"))]
    lines = []
    for model in found[:20]:
        accuracy = "" if model.accuracy is None else f", accuracy {percent(model.accuracy)}"
        here = " (used in this channel)" if model.name == current else ""
        line = (
            f"{literal(model.name, 200)}{here}\n{count(len(model.labels), 'label')}{accuracy},"
            f" by <@{model.user}>, {moment(model.created_at)}"
        )
        lines.append(line)
        accessory = None if here else button("Use in this channel", "jobs_use", value=model.name)
        blocks.append(section(line, accessory=accessory))
    return message("Fine-tuned models\n" + "\n".join(lines), blocks)


def started(job: FineTuningJob) -> Message:
    """Told to who typed the command; the card is in the dataset's thread."""
    return message(
        f"Training {literal(job.base_model)} on {literal(job.dataset_name)}. Follow it in the thread of that file;"
        f" I'll mention you there when it is done. (`/finetune cancel {job.op_id}` stops it.)"
    )


def already_taken() -> Message:
    """The same command came twice."""
    return message("I have that already; its card is in the dataset's thread.")


def cancelling(job: FineTuningJob) -> Message:
    """Told to who cancelled."""
    return message(
        f"Cancelling the training on {literal(job.dataset_name)}; its card will say when it has stopped."
    )


def used(model: FineTunedModel) -> Message:
    """Told to who switched the channel's model."""
    return message(f"`/classify` in this channel now asks {literal(model.name, 200)}.")

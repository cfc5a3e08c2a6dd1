"""What a job's thread is told beside its card: milestones, cost and the end."""

from __future__ import annotations

from bot.domain import FineTuningJob, JobStatus, Metrics, Update, UpdateKind
from bot.ports import Message
from bot.views.amounts import count, loss, percent, usd
from bot.views.blocks import actions, bold, button, escape, literal, message, section
from bot.views.card import tokens_so_far


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

"""What a job's thread is told beside its card: milestones, cost and the end; and what its starter is told directly."""

from __future__ import annotations

from bot.domain import Cost, FineTuningJob, JobStatus, Metrics, Update, UpdateKind
from bot.ports import Message
from bot.texts import n, t
from bot.views.amounts import loss, percent, usd
from bot.views.blocks import actions, bold, button, clean, cut, escape, literal, message, section
from bot.views.card import cancel_button, rate_words


def reply(job: FineTuningJob, update: Update, cost: Cost | None = None) -> Message:
    """A milestone, or what one person is told."""
    if update.kind is UpdateKind.EPOCHS:
        return message(epochs_line(update))
    if update.kind is UpdateKind.COST and cost is not None:
        return message(cost_reply(job, cost))
    if update.kind is UpdateKind.END:
        return end(job)
    if update.kind is UpdateKind.LOST:
        return lost(job)
    if update.kind is UpdateKind.REFUSED:
        return refused(job, update)
    return message(t("The fine-tuning server says: {text}", text=escape(update.text)))


def epochs_line(update: Update) -> str:
    """ "Epoch 3/10 done: training loss 0.213, …", or "Epochs 4-6/30 done: …"."""
    total = f"/{update.n_epochs}" if update.n_epochs else ""
    values = {"first": update.first, "last": update.last, "total": total}
    text = t("Epochs {first}-{last}{total} done", **values)
    if update.first == update.last:
        text = t("Epoch {last}{total} done", **values)
    numbers = _numbers(update.metrics)
    return f"{text}: {numbers}" if numbers else text


def _numbers(metrics: Metrics | None) -> str:
    if metrics is None:
        return ""
    parts = []
    if metrics.train_loss is not None:
        parts.append(t("training loss {loss}", loss=loss(metrics.train_loss)))
    if metrics.valid_loss is not None:
        parts.append(t("validation loss {loss}", loss=loss(metrics.valid_loss)))
    if metrics.valid_accuracy is not None:
        parts.append(t("validation accuracy {share}", share=percent(metrics.valid_accuracy)))
    return ", ".join(parts)


def cost_reply(job: FineTuningJob, cost: Cost) -> str:
    """What it cost, once the server has counted the tokens."""
    tokens = n("{number:,} token", "{number:,} tokens", cost.tokens)
    model = literal(job.base_model, 200)
    if cost.usd is None:
        return t(
            "Cost: {tokens} trained; there is no price for {model} in my table.", tokens=tokens, model=model
        )
    rate = rate_words(cost)
    text = t("Cost: {cost} for {tokens} trained with {model}", cost=usd(cost.usd), tokens=tokens, model=model)
    return f"{text} ({rate})" if rate else text


def picture_title(job: FineTuningJob) -> str:
    """The title of the picture of losses; plain text."""
    return t("Training of {dataset}", dataset=cut(" ".join(clean(job.dataset_name).split()), 80))


def end(job: FineTuningJob) -> Message:
    """The last word, which mentions who started it."""
    progress = job.progress
    values = {"person": f"<@{job.user}>", "dataset": literal(job.dataset_name)}
    if progress.status is JobStatus.SUCCEEDED:
        return _succeeded(job)
    if progress.status is JobStatus.CANCELLED:
        return message(_elsewhere(job) + t("{person} training on {dataset} was cancelled.", **values))
    why = escape(progress.error) or t("the server gave no reason")
    text = _elsewhere(job) + t("{person} training on {dataset} failed: {reason}", reason=why, **values)
    again = button(t("Start again"), "jobs_start", value=job.dataset_id, style="primary")
    return message(text, [section(text), actions(again)])


def _succeeded(job: FineTuningJob) -> Message:
    model = job.progress.fine_tuned_model
    ready = t("{person} your model is ready: {model}", person=f"<@{job.user}>", model=literal(model, 200))
    lines = [_elsewhere(job) + ready]
    if job.evaluation:
        lines.append(
            t(
                "Accuracy on {rows}: {accuracy} (always the commonest label: {majority})",
                rows=n("{number:,} held-out row", "{number:,} held-out rows", job.evaluation.rows),
                accuracy=bold(percent(job.evaluation.accuracy)),
                majority=percent(job.evaluation.majority_correct / job.evaluation.rows),
            )
        )
    if job.lost:
        lines.append(t("Make it a channel's own there: `/finetune use {model}`", model=model))
        return message("\n".join(lines))
    lines.append(t("Ask it in this channel: `/classify some text`"))
    buttons = [
        button(t("Try it"), "ask_try", value=model, style="primary"),
        button(t("Use in this channel"), "jobs_use", value=model),
        button(t("Results"), "results_show", value=job.op_id),
    ]
    return message("\n".join(lines), [section("\n".join(lines)), actions(*buttons)])


def lost(job: FineTuningJob) -> Message:
    """Told directly to who started the job, once, when its thread can't be told any more."""
    text = t(
        "I can't post in {channel} any more ({reason}). Training on {dataset} goes on; I'll tell you here how it ends.",
        channel=f"<#{job.channel}>",
        reason=_why_lost(job.lost),
        dataset=literal(job.dataset_name),
    )
    return message(text, [section(text), actions(cancel_button(job))])


def _elsewhere(job: FineTuningJob) -> str:
    """Why this is said here and not in the thread; "" where it is."""
    if not job.lost:
        return ""
    said = t("I can't post in {channel} ({reason}).", channel=f"<#{job.channel}>", reason=_why_lost(job.lost))
    return f"{said}\n"


def _why_lost(code: str) -> str:
    words = {
        "is_archived": t("the channel is archived"),
        "is_inactive": t("the channel is archived"),
        "not_in_channel": t("I was removed from it"),
        "channel_not_found": t("it is gone, or I was removed from it"),
        "thread_not_found": t("the thread was deleted"),
        "cannot_reply_to_message": t("the thread was deleted"),
    }
    return words.get(code) or t("Slack says {code}", code=literal(code))


def refused(job: FineTuningJob, update: Update) -> Message:
    """Told only to the person whose wish the server refused."""
    return message(
        t(
            "⚠️ {reason} The training on {dataset} goes on as it was; `/finetune cancel {job}` stops it for good.",
            reason=escape(update.text),
            dataset=literal(job.dataset_name),
            job=job.op_id,
        )
    )

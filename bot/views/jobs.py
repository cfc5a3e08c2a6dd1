"""Lists of jobs, and what the person who typed a command about one is told; the card has its own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import FineTuningJob, JobStatus, Wish
from bot.ports import Block, Message
from bot.texts import t
from bot.views.amounts import duration, moment, percent
from bot.views.blocks import actions, button, confirm, literal, message, section
from bot.views.card import cancel_button, epoch_line, resume_button, seconds_left, share, state_line
from bot.views.modals import notice


def listing(jobs: Sequence[FineTuningJob], now: datetime) -> Message:
    """The channel's jobs, newest first, with a button for each that runs or is paused."""
    if not jobs:
        return message(
            t("No fine-tuning jobs in this channel yet. Drop a dataset here, then type `/finetune start`.")
        )
    title = t("Fine-tuning jobs in this channel")
    blocks: list[Block] = [section(f"*{title}*")]
    lines = []
    for job in jobs:
        line = job_line(job, now)
        lines.append(line)
        blocks.append(section(line, accessory=_next_step(job)))
    return message("\n".join([title, *lines]), blocks)


def _next_step(job: FineTuningJob) -> Block:
    status = job.progress.status
    if status.is_finished:
        return button(t("Events"), "jobs_events", value=job.op_id)
    return resume_button(job) if status is JobStatus.PAUSED else cancel_button(job)


def job_line(job: FineTuningJob, now: datetime) -> str:
    """One job in one or two lines."""
    progress = job.progress
    parts = [state_line(progress)]
    if progress.total_steps and not progress.status.is_finished:
        parts += [percent(share(progress), 0), epoch_line(progress)]
        left = seconds_left(progress, now)
        parts += [] if left is None else [t("about {time} left", time=duration(left))]
    if job.evaluation:
        parts.append(t("accuracy {share}", share=percent(job.evaluation.accuracy)))
    what = f"{literal(job.dataset_name)} → {literal(job.base_model, 200)}"
    who = t(
        "{job} by {person}, {time}",
        job=literal(job.remote_id or job.op_id),
        person=f"<@{job.user}>",
        time=moment(job.created_at),
    )
    return f"{what}: {', '.join(parts)}\n{who}"


def started(job: FineTuningJob, advice: str = "") -> Message:
    """Told to who typed the command; the card is in the dataset's thread."""
    if job.progress.status is JobStatus.WAITING:
        return message(
            t(
                "The training on {dataset} waits for approval: see the thread of that file. Nothing has started.",
                dataset=literal(job.dataset_name),
            )
        )
    text = t(
        "Training {model} on {dataset}. Follow it in the thread of that file; I'll mention you there when it is done."
        " (`/finetune cancel {job}` stops it.)",
        model=literal(job.base_model, 200),
        dataset=literal(job.dataset_name),
        job=job.op_id,
    )
    return message(f"{text}\n{advice}" if advice else text)


def smaller_data_advice(rows: int, rows_before: int) -> str:
    """What to do when a fine-tuned model goes on learning from much less data than it was made from."""
    return t(
        "💡 This dataset has {rows:,} training rows, the model was made from {before:,}. With so much less new data a"
        " learning rate 2 to 4 times lower keeps what it knows: `learning_rate_multiplier=0.5` to `0.25`.",
        rows=rows,
        before=rows_before,
    )


def already_taken() -> Message:
    """The same command came twice."""
    return message(t("I have that already; its card is in the dataset's thread."))


def already_started(job: FineTuningJob) -> Message:
    """The same start came again while the first one goes on, as people type it again when Slack showed an error."""
    text = _already_started(job)
    return message(text, [section(text), actions(_another(job))])


def already_started_form(job: FineTuningJob) -> Block:
    """The same, in place of the form that started it again."""
    form = notice(t("Start fine-tuning"), _already_started(job))
    form["blocks"].append(actions(_another(job)))
    return form


def another_started_form(job: FineTuningJob) -> Block:
    """In place of the form, once another one was started on purpose."""
    return notice(t("Start fine-tuning"), started(job).text)


def _already_started(job: FineTuningJob) -> str:
    return t(
        "You started exactly this training {time}, and it goes on: {state}. Its card is in the thread of {dataset}.",
        time=moment(job.created_at),
        state=state_line(job.progress),
        dataset=literal(job.dataset_name),
    )


def _another(job: FineTuningJob) -> Block:
    question = confirm(
        t("Start another one?"),
        t("The same training on {dataset} runs a second time, beside the first.", dataset=job.dataset_name),
        yes=t("Start another"),
        no=t("Leave it at one"),
        style="primary",
    )
    return button(t("Start another"), "jobs_start_another", value=job.op_id, confirm=question)


def cancelling(job: FineTuningJob) -> Message:
    """Told to who cancelled."""
    return message(
        t(
            "Cancelling the training on {dataset}; its card will say when it has stopped.",
            dataset=literal(job.dataset_name),
        )
    )


def wished(job: FineTuningJob, wish: Wish) -> Message:
    """Told to who asked for a pause or for going on."""
    dataset = literal(job.dataset_name)
    if wish is Wish.PAUSE:
        return message(
            t(
                "Pausing the training on {dataset}; `/finetune resume {job}` lets it go on.",
                dataset=dataset,
                job=job.op_id,
            )
        )
    return message(t("Resuming the training on {dataset}; its card shows the rest.", dataset=dataset))

"""Lists of jobs, and what the person who typed a command about one is told; the card has its own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import FineTuningJob
from bot.ports import Block, Message
from bot.views.amounts import duration, moment, percent
from bot.views.blocks import bold, literal, message, section
from bot.views.card import cancel_button, epoch_line, seconds_left, share, state_line


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
        accessory = None if job.progress.status.is_finished else cancel_button(job)
        blocks.append(section(line, accessory=accessory))
    return message("Fine-tuning jobs in this channel\n" + "\n".join(lines), blocks)


def job_line(job: FineTuningJob, now: datetime) -> str:
    """One job in one or two lines."""
    progress = job.progress
    state = state_line(progress)
    if progress.total_steps and not progress.status.is_finished:
        state += f", {percent(share(progress), 0)}, {epoch_line(progress)}"
        left = seconds_left(progress, now)
        state += "" if left is None else f", about {duration(left)} left"
    if job.evaluation:
        state += f", accuracy {percent(job.evaluation.accuracy)}"
    name = job.remote_id or job.op_id
    return (
        f"{literal(job.dataset_name)} → {literal(job.base_model)}: {state}\n{literal(name)} by <@{job.user}>,"
        f" {moment(job.created_at)}"
    )


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

"""A job's events as the server tells them, newest first, a page at a time, and its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import Checkpoint, EventPage, FineTuningJob, JobEvent, JobStatus
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import loss, percent
from bot.views.blocks import actions, button, context, cut, escape, literal, message, section
from bot.views.card import state_line

PAGE = 15
"""Events on one page: what fits a phone's screen or two."""
MAX_CHECKPOINTS = 10
_MESSAGE_CHARACTERS = 180


def events(job: FineTuningJob, page: EventPage, *, is_first: bool) -> Message:
    """One page; the first one also says how the job is and which checkpoints can be used."""
    title = t(
        "Events of {job} on {dataset}: {state}",
        job=literal(job.remote_id or job.op_id),
        dataset=literal(job.dataset_name),
        state=state_line(job.progress),
    )
    lines = [_line(event) for event in page.events] or [t("The server has told nothing yet.")]
    blocks: list[Block] = [section(title), section("\n".join(lines))]
    if page.older:
        blocks.append(
            actions(button(t("Older events"), "jobs_events_older", value=f"{job.op_id} {page.older}"))
        )
    checkpoints = job.progress.checkpoints if is_first else ()
    blocks += _checkpoints(job, checkpoints)
    text = "\n".join([title, *lines, *(_checkpoint_line(point) for point in checkpoints[-MAX_CHECKPOINTS:])])
    return message(text, blocks)


def _line(event: JobEvent) -> str:
    words = escape(cut(" ".join(event.message.split()), _MESSAGE_CHARACTERS))
    level = "" if event.level == "info" else t("{level}: ", level=escape(event.level))
    return f"{_to_the_second(event.created_at)}  {level}{words}"


def _to_the_second(when: datetime) -> str:
    """The time in the reader's zone by Slack's date format; steps follow each other within a minute."""
    fallback = when.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time_secs}}|{fallback}>"


def _checkpoints(job: FineTuningJob, found: Sequence[Checkpoint]) -> list[Block]:
    if not found:
        return []
    shown = found[-MAX_CHECKPOINTS:]
    blocks: list[Block] = [
        section(
            n(
                "*{number} checkpoint*, usable as a model",
                "*{number} checkpoints*, usable as models",
                len(found),
            )
        )
    ]
    for point in shown:
        use = button(t("Use in this channel"), "jobs_use", value=point.model)
        is_usable = point.model and job.progress.status is JobStatus.SUCCEEDED
        blocks.append(section(_checkpoint_line(point), accessory=use if is_usable else None))
    blocks.append(context(t("`/classify TEXT model=NAME` asks one without changing the channel's model.")))
    return blocks


def _checkpoint_line(point: Checkpoint) -> str:
    parts = [t("Step {step:,}", step=point.step)]
    if point.metrics.valid_loss is not None:
        parts.append(t("validation loss {loss}", loss=loss(point.metrics.valid_loss)))
    if point.metrics.valid_accuracy is not None:
        parts.append(t("validation accuracy {share}", share=percent(point.metrics.valid_accuracy)))
    return f"{', '.join(parts)}\n{literal(point.model or point.id, 200)}"

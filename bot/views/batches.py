"""A file that is being classified: the form, the card that shows how far it is, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import Batch, BatchState, FineTunedModel
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import duration, percent
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
    option,
    plain_input,
    preformatted,
    section,
)
from bot.views.modals import modal, notice, text_input

NEW = "batches_form"
LABELS_SHOWN = 12
FILE_KINDS = ("csv", "tsv", "xlsx", "json", "jsonl", "txt")


@dataclass(frozen=True, kw_only=True)
class FilePlace:
    """Which dropped file the form is about ("" when it brings its own), and for which channel."""

    dataset_id: str
    channel: str


def batch_form(
    place: FilePlace, models: Sequence[FineTunedModel], own: FineTunedModel | None, *, name: str = ""
) -> Block:
    """Which model labels the file, and which column it reads; the file itself where none was dropped."""
    if not models:
        return notice(
            t("Classify a file"),
            t("There is no model that classifies yet. Drop a dataset with labels first and train one."),
        )
    options = [option(_model_name(model), model.name) for model in models[:100] if len(model.name) <= 150]
    chosen = next((entry for entry in options if own and entry["value"] == own.name), options[0])
    fields: list[Block] = []
    if place.dataset_id:
        fields.append(section(t("Every row of {name} gets a label and its probability.", name=literal(name))))
    else:
        element = {"type": "file_input", "filetypes": list(FILE_KINDS), "max_files": 1}
        fields.append(plain_input("file", t("File"), element))
    if not place.channel:
        element = {"type": "conversations_select", "default_to_current_conversation": True}
        fields.append(plain_input("channel", t("Channel for the result"), element))
    fields += [
        plain_input(
            "model", t("Model"), {"type": "static_select", "options": options, "initial_option": chosen}
        ),
        plain_input(
            "text",
            t("Text column"),
            text_input(t("as the model was taught"), 500),
            optional=True,
            hint=t(
                "A column's name, or a template such as {example}; empty for the one that fits.",
                example="{subject} {body}",
            ),
        ),
        context(t("The result comes as a CSV with your own columns, the label and its probability.")),
    ]
    return modal(
        NEW,
        t("Classify a file"),
        submit=t("Classify"),
        close=t("Not now"),
        blocks=fields,
        private=json.dumps(vars(place)),
    )


def file_place(private_metadata: str) -> FilePlace:
    """Back from the form's private metadata."""
    return FilePlace(**json.loads(private_metadata))


def _model_name(model: FineTunedModel) -> str:
    return model.title or model.name


def card(batch: Batch, now: datetime) -> Message:
    """How far the file is; edited in place."""
    title = t("Classifying {name}", name=literal(batch.name))
    model = t("with {model}, for {user}", model=literal(batch.model, 200), user=f"<@{batch.user}>")
    lines = [bold(title), model, _state(batch)]
    if batch.rows:
        share = min(1.0, batch.done / batch.rows)
        lines.append(f"`{bar(share)}` {percent(share, 0)}")
        rows = n("{done} of {number:,} row", "{done} of {number:,} rows", batch.rows, done=f"{batch.done:,}")
        left = _seconds_left(batch, now)
        about = t(", about {time} left", time=duration(left)) if left is not None and left >= 1 else ""
        lines.append(f"{rows}{about}")
    blocks: list[Block] = [section("\n".join(lines))]
    if batch.state in (BatchState.WAITING, BatchState.RUNNING):
        blocks.append(actions(_cancel(batch)))
    return message("\n".join(lines), blocks)


def _state(batch: Batch) -> str:
    return {
        BatchState.WAITING: t("⏳ Reading the file"),
        BatchState.RUNNING: t("🏃 Asking the model"),
        BatchState.WRITING: t("📝 Writing the result"),
        BatchState.DONE: t("✅ Done"),
        BatchState.FAILED: t("❌ Failed"),
        BatchState.CANCELLED: t("🚫 Cancelled"),
    }[batch.state]


def _seconds_left(batch: Batch, now: datetime) -> float | None:
    if batch.state is not BatchState.RUNNING or not batch.started_at or not batch.done:
        return None
    elapsed = max(0.0, (now - batch.started_at).total_seconds())
    return elapsed / batch.done * max(0, batch.rows - batch.done)


def _cancel(batch: Batch) -> Block:
    question = confirm(
        t("Stop classifying?"),
        t("The rows of {name} that have a label already are not kept.", name=batch.name),
        yes=t("Stop"),
        no=t("Go on"),
    )
    return button(t("Cancel"), "batches_cancel", value=batch.id, style="danger", confirm=question)


def ended(batch: Batch, model: FineTunedModel | None) -> Message:
    """The last word, which mentions who asked for it; with the mix of labels when it went well."""
    name = literal(batch.name)
    if batch.state is BatchState.CANCELLED:
        return message(t("Classifying {name} was cancelled; nothing was kept.", name=name))
    if batch.state is BatchState.FAILED:
        text = t(
            "{user} {name} could not be classified: {why}",
            user=f"<@{batch.user}>",
            name=name,
            why=escape(batch.problem),
        )
        again = button(t("Classify a file"), "batches_new", value=batch.dataset_id, style="primary")
        return message(text, [section(text), actions(again)])
    head = t(
        "{user} {name} is labelled: {rows} in {time}. The CSV is in this thread.",
        user=f"<@{batch.user}>",
        name=name,
        rows=n("{number:,} row", "{number:,} rows", batch.done),
        time=_took(batch),
    )
    notes = []
    if batch.failed:
        notes.append(n("{number:,} row got no label.", "{number:,} rows got no label.", batch.failed))
    if batch.unsure:
        notes.append(
            n(
                "In {number:,} row the model is below this channel's threshold: look at that first.",
                "In {number:,} rows the model is below this channel's threshold: look at those first.",
                batch.unsure,
            )
        )
    mix = _mix(batch)
    blocks: list[Block] = [section(" ".join([head, *notes])), preformatted(mix)]
    return message("\n".join([" ".join([head, *notes]), escape(mix)]), blocks)


def _took(batch: Batch) -> str:
    if not batch.started_at or not batch.finished_at:
        return duration(0)
    return duration((batch.finished_at - batch.started_at).total_seconds())


def _mix(batch: Batch) -> str:
    """The labels with their rows and shares, the commonest first."""
    total = sum(rows for _, rows in batch.mix) or 1
    shown = batch.mix[:LABELS_SHOWN]
    width = min(28, max((len(label) for label, _ in shown), default=0))
    most = shown[0][1] if shown else 1
    lines = [
        f"{' '.join(label.split())[:28]:<{width}}  {rows:>7,}  {bar(rows / most, 12)} {percent(rows / total):>6}"
        for label, rows in shown
    ]
    more = len(batch.mix) - LABELS_SHOWN
    if more > 0:
        lines.append(n("… and {number} more label", "… and {number} more labels", more))
    return "\n".join(lines)


def no_file() -> str:
    """What the form says when no file was chosen."""
    return t("Choose a file.")


def known_file() -> str:
    """What the form says of a file that is in this channel already."""
    return t("I have that file already; press “Classify this file” under its report.")


def taken(user: str) -> Message:
    """The message that gives a form's file a thread."""
    return message(t("{user} wants a file classified; the rest is in this thread.", user=f"<@{user}>"))


def not_there(code: str) -> str:
    """Why nothing can be posted in the channel, by Slack's error code."""
    if code in ("not_in_channel", "channel_not_found"):
        return t("I'm not in that channel: type /invite @Tunesmith there first.")
    return t("Slack did not take my message ({code}). Try again in a minute.", code=code or "no answer")

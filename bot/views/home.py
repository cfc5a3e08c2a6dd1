"""The App Home: what waits for me, my jobs and datasets, the models in use, what the month cost, and how to start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal

from bot.domain import Approval, Dataset, FineTuningJob, HomeContent, HomePages, OpenQueue
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import month_name, percent, usd
from bot.views.approvals import asked, decide_buttons
from bot.views.blocks import (
    actions,
    bold,
    button,
    confirm,
    context,
    cut_lines,
    divider,
    header,
    literal,
    message,
    section,
)
from bot.views.jobs import job_line
from bot.views.models import models
from bot.views.settings import open_button

MOST_BLOCKS = 100
SPENDERS = 5


def home(content: HomeContent, *, now: datetime) -> Block:
    """The home view of one person."""
    blocks = [
        *_top(content),
        *_approvals(content.approvals),
        *_jobs(content, now),
        *_queues(content.queues),
        *_channels(content),
        *_datasets(content),
        *_models(content),
        *_spending(content),
    ]
    return {
        "type": "home",
        "private_metadata": json.dumps(asdict(content.pages)),
        "blocks": blocks[:MOST_BLOCKS],
    }


def pages_of(private_metadata: str) -> HomePages:
    """Which pages a home view shows."""
    return HomePages(**json.loads(private_metadata)) if private_metadata else HomePages()


def turned(pages: HomePages, leaf: str) -> HomePages:
    """The pages after a press of a button whose value is such as "jobs+" or "models-"."""
    name, step = leaf[:-1], 1 if leaf.endswith("+") else -1
    return replace(pages, **{name: max(0, getattr(pages, name) + step)})


def _top(content: HomeContent) -> list[Block]:
    blocks = [header("Tunesmith")]
    if not content.jobs and not content.datasets:
        blocks.append(section(first_steps()))
    buttons = [
        button(t("Start fine-tuning"), "jobs_start", value="", style="primary"),
        button(t("Help"), "home_help"),
    ]
    return [*blocks, actions(*buttons)]


def first_steps() -> str:
    """The main job in three lines."""
    return t(
        "*1.* Drop a dataset in a channel I'm in (`/invite @Tunesmith`).\n"
        "*2.* Read the report in its thread and press *Start fine-tuning*, or type `/finetune start`.\n"
        "*3.* When it is done, ask: `/classify some text`"
    )


def _approvals(found: Sequence[tuple[Approval, FineTuningJob]]) -> list[Block]:
    if not found:
        return []
    blocks = [divider(), header(t("Waiting for your approval"))]
    for approval, job in found:
        blocks += [section(asked(job, approval)), actions(*decide_buttons(approval, prefix="home"))]
    return blocks


def _jobs(content: HomeContent, now: datetime) -> list[Block]:
    blocks = [divider(), header(t("Your jobs"))]
    for job in content.jobs:
        accessory = None if job.progress.status.is_finished else _cancel(job)
        blocks.append(section(job_line(job, now), accessory=accessory))
    if not content.jobs:
        blocks.append(context(t("None yet.")))
    return [*blocks, *_leaves("jobs", content.pages.jobs, content.older_jobs)]


def _cancel(job: FineTuningJob) -> Block:
    question = confirm(
        t("Cancel this job?"),
        t("Training on {dataset} stops; what was trained so far is lost.", dataset=job.dataset_name),
        yes=t("Cancel the job"),
        no=t("Keep training"),
    )
    return button(t("Cancel"), "home_cancel", value=job.op_id, style="danger", confirm=question)


def _queues(found: Sequence[OpenQueue]) -> list[Block]:
    if not found:
        return []
    rows = [
        section(
            n(
                "{dataset}: {number} label to look at",
                "{dataset}: {number} labels to look at",
                queue.cards,
                dataset=literal(queue.dataset.title),
            ),
            accessory=button(t("Look at labels"), "labels_open", value=queue.dataset.id),
        )
        for queue in found
    ]
    return [divider(), header(t("Labels to look at")), *rows]


def _channels(content: HomeContent) -> list[Block]:
    blocks = [divider(), header(t("Channels"))]
    for channel, model in content.channels:
        name = literal(model.title or model.name, 200)
        accuracy = "" if model.accuracy is None else f", {percent(model.accuracy)}"
        words = t("<#{channel}> asks {model}", channel=channel, model=name)
        blocks.append(section(f"{words}{accuracy}", accessory=open_button(channel)))
    menu: Block = {
        "type": "conversations_select",
        "action_id": "home_channel",
        "placeholder": {"type": "plain_text", "text": t("Choose a channel")},
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return [*blocks, section(t("Settings of another channel:"), accessory=menu)]


def _datasets(content: HomeContent) -> list[Block]:
    blocks = [divider(), header(t("Your datasets"))]
    blocks += [_dataset(dataset) for dataset in content.datasets] or [context(t("None yet."))]
    return [*blocks, *_leaves("datasets", content.pages.datasets, content.older_datasets)]


def _dataset(dataset: Dataset) -> Block:
    rows = n("{number:,} row", "{number:,} rows", dataset.report.rows_kept if dataset.report else 0)
    words = t(
        "{dataset} {rows} in <#{channel}>", dataset=literal(dataset.title), rows=rows, channel=dataset.channel
    )
    return section(words, accessory=button(t("Start fine-tuning"), "jobs_start", value=dataset.id))


def _models(content: HomeContent) -> list[Block]:
    blocks = [divider(), header(t("The team's models"))]
    found = content.models
    blocks += (
        _without_channel(models(found, "", content.origins).blocks[1:])
        if found
        else [context(t("None yet."))]
    )
    return [*blocks, *_leaves("models", content.pages.models, content.older_models)]


def _without_channel(blocks: Sequence[Block]) -> list[Block]:
    """The home tab belongs to no channel, so "use in this channel" has no meaning there."""
    cleaned = []
    for block in blocks:
        accessory = block.get("accessory") or {}
        if accessory.get("type") == "overflow":
            options = [entry for entry in accessory["options"] if entry["value"] != "use"]
            block = {**block, "accessory": {**accessory, "options": options}}
        cleaned.append(block)
    return cleaned


def _spending(content: HomeContent) -> list[Block]:
    total = sum((row.total_usd for row in content.spending), Decimal(0))
    blocks = [divider(), header(t("Spent in {month}", month=month_name(content.month)))]
    lines = [t("{amount} in all channels", amount=bold(usd(total)))]
    for row in content.spending[:SPENDERS]:
        budget = content.budgets.get(row.channel)
        values = {"channel": row.channel, "amount": usd(row.total_usd)}
        line = t("<#{channel}> {amount}", **values)
        if budget is not None:
            line = t("<#{channel}> {amount} of {budget}", budget=usd(budget), **values)
        if row.reserved_usd:
            line += t(", {amount} of it reserved", amount=usd(row.reserved_usd))
        lines.append(line)
    small = [] if content.spending else [context(t("Training on your own server is free."))]
    return [*blocks, section("\n".join(lines)), *small]


def _leaves(name: str, page: int, older: bool) -> list[Block]:
    """Buttons to the page before and the page after."""
    buttons = []
    if page:
        buttons.append(button(t("Newer"), f"home_{name}_newer", value=f"{name}-"))
    if older:
        buttons.append(button(t("Older"), f"home_{name}_older", value=f"{name}+"))
    return [actions(*buttons)] if buttons else []


def welcome(user: str) -> Message:
    """Said once, to who looks at the app for the first time."""
    text = t(
        "Hi <@{user}>! I train models from a file dropped in a channel, and answer with them.", user=user
    )
    text = f"{text}\n{first_steps()}"
    return message(text, [section(text), actions(button(t("Help"), "home_help"))])


def help_form(help_text: Message) -> Block:
    """The help, as a form without fields."""
    blocks = [block for block in help_text.blocks if block["type"] in ("section", "context")]
    return {
        "type": "modal",
        "callback_id": "notice",
        "title": {"type": "plain_text", "text": "Tunesmith"},
        "close": {"type": "plain_text", "text": t("Close")},
        "blocks": blocks or [section(cut_lines(help_text.text, 3000))],
    }

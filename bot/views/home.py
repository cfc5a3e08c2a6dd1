"""The App Home: my jobs, my datasets, the team's models, and how to start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import Dataset, FineTunedModel, FineTuningJob
from bot.ports import Block
from bot.views.amounts import count
from bot.views.blocks import button, context, divider, header, literal, section
from bot.views.jobs import job_line
from bot.views.models import models

ROWS = 8
"""Rows of each kind: 100 blocks is Slack's limit for a home tab."""


def home(
    jobs: Sequence[FineTuningJob],
    datasets: Sequence[Dataset],
    found: Sequence[FineTunedModel],
    *,
    now: datetime,
) -> Block:
    """The home view of one person."""
    blocks: list[Block] = [
        header("Tunesmith"),
        section(
            "*1.* Drop a dataset in a channel I'm in (`/invite @Tunesmith`).\n"
            "*2.* Read the report in its thread and press *Start fine-tuning*, or type `/finetune start`.\n"
            "*3.* When it is done, ask: `/classify some text`"
        ),
        divider(),
        header("Your jobs"),
    ]
    blocks += [section(job_line(job, now)) for job in jobs[:ROWS]] or [context("None yet.")]
    blocks += [divider(), header("Your datasets")]
    blocks += [_dataset(dataset) for dataset in datasets[:ROWS]] or [context("None yet.")]
    blocks += [divider(), header("The team's models")]
    blocks += list(models(found[:ROWS], "").blocks[1:]) if found else [context("None yet.")]
    return {"type": "home", "blocks": _without_buttons(blocks)}


def _dataset(dataset: Dataset) -> Block:
    rows = count(dataset.report.rows_kept, "row") if dataset.report else dataset.status.value
    return section(
        f"{literal(dataset.name)} {rows} in <#{dataset.channel}>",
        accessory=button("Start fine-tuning", "jobs_start", value=dataset.id),
    )


def _without_buttons(blocks: Sequence[Block]) -> list[Block]:
    """The home tab belongs to no channel, so "use in this channel" has no meaning there."""
    cleaned = []
    for block in blocks:
        accessory = block.get("accessory") or {}
        cleaned.append(
            {key: value for key, value in block.items() if key != "accessory"}
            if accessory.get("action_id") == "jobs_use"
            else block
        )
    return cleaned

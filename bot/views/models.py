"""The team's fine-tuned models, and which one a channel uses."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import FineTunedModel
from bot.ports import Block, Message
from bot.views.amounts import count, moment, percent
from bot.views.blocks import bold, button, literal, message, section


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


def used(model: FineTunedModel) -> Message:
    """Told to who switched the channel's model."""
    return message(f"`/classify` in this channel now asks {literal(model.name, 200)}.")

"""The form that starts a job, and what it shows while the server is asked."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import BaseModel, Dataset, Estimate
from bot.ports import Block, Message
from bot.views.amounts import count
from bot.views.blocks import context, cut, option, plain_input, section
from bot.views.datasets import estimate_line, estimate_source
from bot.views.modals import modal, notice, number_input, text_input

START = "jobs_start_form"


def start_form(
    datasets: Sequence[Dataset],
    bases: Sequence[BaseModel],
    estimates: Sequence[Estimate],
    *,
    chosen: Dataset,
    channel: str,
) -> Block:
    """Everything a job can be told, with what it would take; empty fields mean "auto"."""
    dataset_options = [_dataset_option(dataset) for dataset in datasets[:100]]
    base_options = [option(cut(base.id, 75), base.id, base.description) for base in bases[:100]]
    selected = next(entry for entry in dataset_options if entry["value"] == chosen.id)
    share = chosen.report.choices.validation_share if chosen.report else 0.1
    estimates_text = "\n".join(estimate_line(estimate) for estimate in estimates[:6])
    blocks: list[Block] = [
        plain_input(
            "dataset",
            "Dataset",
            {"type": "static_select", "options": dataset_options, "initial_option": selected},
        ),
        _base_input(base_options),
    ]
    if estimates_text:
        blocks.append(section(f"*With auto settings* ({estimate_source(estimates)})\n{estimates_text}"))
    blocks += [
        number_input("n_epochs", "Epochs", "auto", "1 to 50; empty for auto"),
        number_input("batch_size", "Batch size", "auto", "1 to 256; empty for auto"),
        number_input(
            "learning_rate_multiplier",
            "Learning rate multiplier",
            "auto",
            "Above 0; empty for auto",
            decimal=True,
        ),
        plain_input(
            "suffix",
            "Suffix",
            text_input("tickets-v1", 200),
            optional=True,
            hint="1 to 64 letters, digits, - or _; becomes part of the model's name",
        ),
        number_input("seed", "Seed", "42", "A whole number; the same seed trains the same model"),
        plain_input(
            "validation_share",
            "Validation share",
            {**text_input("10%", 20), "initial_value": f"{share * 100:g}%"},
            optional=True,
            hint="0% to 50% of the rows, kept apart to choose the best epoch",
        ),
        context("Rows of the test part are never trained on: they give the accuracy at the end."),
    ]
    return modal(
        START, "Start fine-tuning", submit="Start training", close="Not now", blocks=blocks, private=channel
    )


def _base_input(options: list[Block]) -> Block:
    if options:
        return plain_input(
            "model",
            "Base model",
            {"type": "static_select", "options": options, "initial_option": options[0]},
        )
    return plain_input(
        "model",
        "Base model",
        text_input("gpt-4.1-mini-2025-04-14", 200),
        hint="This server does not list what it can fine-tune; type the name.",
    )


def _dataset_option(dataset: Dataset) -> Block:
    rows = count(dataset.report.rows_kept, "row") if dataset.report else ""
    return option(f"{cut(dataset.name, 50)} ({rows})", dataset.id)


def waiting_form() -> Block:
    """Shown while the server's models are asked for: a trigger lives only 3 seconds."""
    return notice("Start fine-tuning", "One moment, I'm asking the fine-tuning server what it can train …")


def problem_form(problem: Message) -> Block:
    """Shown instead of the form when it cannot be filled."""
    return notice("Start fine-tuning", problem.text)

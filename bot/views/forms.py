"""The modals: start a job, choose columns. Each input's block_id and action_id are the field's name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import BaseModel, Dataset, Estimate, Finding, Remedy, Task
from bot.ports import Block, Message
from bot.views.amounts import count
from bot.views.blocks import context, cut, literal, option, plain_input, section
from bot.views.datasets import estimate_line, estimate_source, text_name

START = "jobs_start_form"
COLUMNS = "datasets_columns_form"
TRY = "ask_try_form"
FIXES = "datasets_fixes_form"
CHECKBOXES = 10
"""Slack's limit for one group of checkboxes."""


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
        _number("n_epochs", "Epochs", "auto", "1 to 50; empty for auto"),
        _number("batch_size", "Batch size", "auto", "1 to 256; empty for auto"),
        _number(
            "learning_rate_multiplier",
            "Learning rate multiplier",
            "auto",
            "Above 0; empty for auto",
            decimal=True,
        ),
        plain_input(
            "suffix",
            "Suffix",
            _text("tickets-v1", 200),
            optional=True,
            hint="1 to 64 letters, digits, - or _; becomes part of the model's name",
        ),
        _number("seed", "Seed", "42", "A whole number; the same seed trains the same model"),
        plain_input(
            "validation_share",
            "Validation share",
            {**_text("10%", 20), "initial_value": f"{share * 100:g}%"},
            optional=True,
            hint="0% to 50% of the rows, kept apart to choose the best epoch",
        ),
        context("Rows of the test part are never trained on: they give the accuracy at the end."),
    ]
    return _modal(
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
        _text("gpt-4.1-mini-2025-04-14", 200),
        hint="This server does not list what it can fine-tune; type the name.",
    )


def _number(name: str, label: str, placeholder: str, hint: str, *, decimal: bool = False) -> Block:
    element = {
        "type": "plain_text_input",
        "max_length": 20,
        "placeholder": {"type": "plain_text", "text": placeholder},
    }
    return plain_input(name, label, element, optional=True, hint=hint + (", e.g. 0.5" if decimal else ""))


def _text(placeholder: str, limit: int) -> Block:
    return {
        "type": "plain_text_input",
        "max_length": limit,
        "placeholder": {"type": "plain_text", "text": placeholder},
    }


def _dataset_option(dataset: Dataset) -> Block:
    rows = count(dataset.report.rows_kept, "row") if dataset.report else ""
    return option(f"{cut(dataset.name, 50)} ({rows})", dataset.id)


def _text_choice(template: str) -> str:
    """A single column by its bare name, several as the template that joins them."""
    name = text_name(template)
    return name if template == f"{{{name}}}" else template


def columns_form(dataset: Dataset) -> Block:
    """Which column is the text (or a template of several), which the label, what the task is."""
    report = dataset.report
    names = report.reading.columns if report else ()
    options = [option(name, str(index)) for index, name in enumerate(names[:99])]
    label_options = [*options, option("(no label)", "none")]
    current_label = next(
        (entry for entry, name in zip(options, names, strict=False) if report and name == report.label),
        label_options[-1],
    )
    text = _text_choice(report.text) if report else ""
    system = report.system if report else ""
    tasks = [option(task.value, task.value) for task in Task]
    task = next(entry for entry in tasks if not report or entry["value"] == report.task.value)
    blocks = [
        plain_input(
            "text",
            "Text",
            {**_text("text, or {title} {body}", 1000), **({"initial_value": text} if text else {})},
            hint=cut(f"A column, or a template of several in braces. Columns: {', '.join(names)}", 1900),
        ),
        plain_input(
            "label",
            "Label",
            {"type": "static_select", "options": label_options, "initial_option": current_label},
        ),
        plain_input("task", "Task", {"type": "static_select", "options": tasks, "initial_option": task}),
        plain_input(
            "system",
            "System prompt",
            {
                **_text("What the model should do, in a sentence", 1500),
                "multiline": True,
                **({"initial_value": system} if system else {}),
            },
            optional=True,
        ),
    ]
    return _modal(
        COLUMNS, "Change columns", submit="Read again", close="Keep", blocks=blocks, private=dataset.id
    )


def _modal(
    callback_id: str, title: str, *, submit: str, close: str, blocks: list[Block], private: str
) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": close},
        "private_metadata": private,
        "blocks": blocks,
    }


def fixes_form(dataset: Dataset) -> Block:
    """Every remedy on offer with a tick where it is in use; taking the tick away undoes it."""
    found = dataset.report
    remedies = (
        [(finding, remedy) for finding in found.findings for remedy in finding.remedies] if found else []
    )
    blocks: list[Block] = [
        section(
            "Ticked fixes are in use. Untick one to undo it: the file as you dropped it is never changed."
        )
    ]
    for start in range(0, len(remedies), CHECKBOXES):
        group = remedies[start : start + CHECKBOXES]
        options = [
            _fix_option(number, finding, remedy) for number, (finding, remedy) in enumerate(group, start + 1)
        ]
        ticked = [entry for entry, (_, remedy) in zip(options, group, strict=True) if remedy.applied]
        element = {
            "type": "checkboxes",
            "options": options,
            **({"initial_options": ticked} if ticked else {}),
        }
        blocks.append(
            plain_input(f"fixes_{start}", "Fixes" if start == 0 else "More fixes", element, optional=True)
        )
    return _modal(FIXES, "Choose fixes", submit="Apply", close="Keep", blocks=blocks, private=dataset.id)


def _fix_option(number: int, finding: Finding, remedy: Remedy) -> Block:
    advised = " (recommended)" if remedy.recommended else ""
    text = cut(f"{number}. {remedy.title}{advised}", 75)
    return option(
        text, remedy.code, f"{remedy.rows_before:,} → {remedy.rows_after:,} rows. {finding.message}"
    )


def waiting_form() -> Block:
    """Shown while the server's models are asked for: a trigger lives only 3 seconds."""
    return _notice("Start fine-tuning", "One moment, I'm asking the fine-tuning server what it can train …")


def problem_form(problem: Message) -> Block:
    """Shown instead of the form when it cannot be filled."""
    return _notice("Start fine-tuning", problem.text)


def _notice(title: str, markdown: str) -> Block:
    return {
        "type": "modal",
        "callback_id": "notice",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [section(markdown)],
    }


@dataclass(frozen=True, kw_only=True)
class TryPlace:
    """Which model the try form asks, and where the answer goes."""

    model: str
    channel: str
    thread_ts: str


def try_form(model: str, *, channel: str, thread_ts: str) -> Block:
    """One text to classify with a model that has just been trained."""
    place = json.dumps({"model": model, "channel": channel, "thread_ts": thread_ts})
    field = plain_input(
        "text", "Text", {**_text("Type what a customer might write", 3000), "multiline": True}
    )
    note = context(f"{literal(model, 200)} answers in this thread.")
    return _modal(TRY, "Try the model", submit="Ask", close="Close", blocks=[field, note], private=place)


def try_place(private_metadata: str) -> TryPlace:
    """Back from the form's private metadata."""
    return TryPlace(**json.loads(private_metadata))

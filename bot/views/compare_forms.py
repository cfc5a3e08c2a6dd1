"""The forms of a comparison: which models on which test part, and what the break-even is worked out with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Assumptions, Dataset, FineTunedModel
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.blocks import context, cut, option, plain_input
from bot.views.modals import modal, notice, text_input

COMPARE = "compare_form"
ASSUME = "compare_assume_form"
MOST_OPTIONS = 100
VALUE_CHARACTERS = 150
"""Slack's limit for an option's value; longer names can be typed."""


@dataclass(frozen=True, kw_only=True)
class ComparePlace:
    """Where the form was opened."""

    channel: str


def compare_form(
    datasets: Sequence[Dataset],
    models: Sequence[FineTunedModel],
    others: Sequence[str],
    hosted: Sequence[str],
    *,
    chosen_dataset: Dataset,
    chosen_model: str,
    default_hosted: str,
    channel: str,
) -> Block:
    """Models (the team's first, then those to be asked with a few-shot prompt), the test part, the assumptions."""
    choices = [_model_option(model) for model in models if len(model.name) <= VALUE_CHARACTERS]
    choices += [
        option(cut(name, 75), name, t("with examples in the prompt"))
        for name in others
        if len(name) <= VALUE_CHARACTERS
    ]
    choices = choices[:MOST_OPTIONS]
    select: Block = {"type": "multi_static_select", "options": choices, "max_selected_items": 6}
    first = [entry for entry in choices if entry["value"] == chosen_model]
    if first:
        select["initial_options"] = first
    rows = [_dataset_option(dataset) for dataset in datasets[:MOST_OPTIONS]]
    selected = next(entry for entry in rows if entry["value"] == chosen_dataset.id)
    blocks = [
        plain_input("models", t("Models"), select, hint=t("Two to six. All are asked about the same rows.")),
        plain_input(
            "dataset",
            t("Test part of"),
            {"type": "static_select", "options": rows, "initial_option": selected},
        ),
        *_assumption_fields(Assumptions(hosted=default_hosted), hosted),
        context(
            t("Asking a hosted model costs what its calls cost; models of the team's own server are free.")
        ),
    ]
    return modal(
        COMPARE,
        t("Compare models"),
        submit=t("Compare"),
        close=t("Not now"),
        blocks=blocks,
        private=json.dumps({"channel": channel}),
    )


def compare_place(private_metadata: str) -> ComparePlace:
    """Back from the form's private metadata."""
    return ComparePlace(**json.loads(private_metadata))


def assume_form(assumptions: Assumptions, hosted: Sequence[str], *, comparison_id: str) -> Block:
    """What the break-even is worked out with."""
    return modal(
        ASSUME,
        t("Break-even"),
        submit=t("Work it out"),
        close=t("Not now"),
        blocks=_assumption_fields(assumptions, hosted),
        private=comparison_id,
    )


def _assumption_fields(assumptions: Assumptions, hosted: Sequence[str]) -> list[Block]:
    options = [option(cut(name, 75), name) for name in hosted[:MOST_OPTIONS]]
    initial = next((entry for entry in options if entry["value"] == assumptions.hosted), options[0])
    return [
        plain_input(
            "calls_a_day",
            t("Calls a day"),
            {**text_input("1000", 12), "initial_value": str(assumptions.calls_a_day)},
        ),
        plain_input(
            "examples",
            t("Examples in the prompt of the other model"),
            {**text_input("20", 4), "initial_value": str(assumptions.examples)},
        ),
        plain_input(
            "hosted",
            t("The hosted model to break even against"),
            {"type": "static_select", "options": options, "initial_option": initial},
        ),
    ]


def _model_option(model: FineTunedModel) -> Block:
    return option(cut(model.title or model.name, 75), model.name, model.base_model)


def _dataset_option(dataset: Dataset) -> Block:
    part = dataset.report.part("test") if dataset.report else None
    rows = n("{number:,} test row", "{number:,} test rows", part.rows if part else 0)
    return option(f"{cut(dataset.name, 45)} ({rows})", dataset.id)


def waiting() -> Block:
    """Shown while the server's models are asked for: a trigger lives only 3 seconds."""
    return notice(t("Compare models"), t("One moment, I'm asking the fine-tuning server what it has …"))


def problem_form(problem: Message) -> Block:
    """Shown instead of the form when it cannot be filled."""
    return notice(t("Compare models"), problem.text)

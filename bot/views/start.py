"""The form that starts a job, and what it shows while the server is asked."""

from __future__ import annotations

from typing import Any

from bot.domain import BaseModel, Dataset, Estimate, FineTunedModel, PastScore, StartOptions
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import duration, percent, usd
from bot.views.blocks import clean, context, cut, escape, literal, option, plain_input, section
from bot.views.modals import modal, notice, number_input, text_input

START = "jobs_start_form"
FIELDS = (
    "dataset",
    "model",
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "suffix",
    "seed",
    "validation_share",
    "test_share",
    "n_classes",
    "positive_class",
    "betas",
    "wandb_project",
)
"""The form's fields, which are also the keys of the typed command; W&B's is there only where it is set up."""
MAX_OPTIONS = 100
OPTION_VALUE_CHARACTERS = 150
SHOWN_BASES = 6


def start_form(options: StartOptions, *, channel: str) -> Block:
    """Everything a job can be told, with what it would take; empty fields mean "auto"."""
    selected = _dataset_option(options.chosen)
    datasets = [_dataset_option(dataset) for dataset in options.datasets[:MAX_OPTIONS]]
    dataset = plain_input(
        "dataset",
        t("Dataset"),
        {"type": "static_select", "options": datasets, "initial_option": selected},
    )
    blocks = [
        {**dataset, "dispatch_action": True},
        _model_input(options),
        *_about_models(options),
        *_hyperparameters(),
        *_names_and_shares(options.chosen),
        *_classification(),
    ]
    if options.wandb_project is not None:
        blocks.append(_wandb(options.wandb_project))
    blocks.append(
        context(
            t(
                "Method: supervised. Rows of the test part are never trained on: they give the accuracy at the end."
            )
        )
    )
    return modal(
        START,
        t("Start fine-tuning"),
        submit=t("Start training"),
        close=t("Not now"),
        blocks=blocks,
        private=channel,
    )


def _dataset_option(dataset: Dataset) -> Block:
    rows = n("{number:,} row", "{number:,} rows", dataset.report.rows_kept) if dataset.report else ""
    return option(f"{cut(dataset.title, 50)} ({rows})", dataset.id)


def _model_input(options: StartOptions) -> Block:
    bases = [option(cut(base.id, 75), base.id, base.description) for base in options.bases[:MAX_OPTIONS]]
    models = [
        option(cut(model.title or model.name, 75), model.name, _about_model(model))
        for model in options.models[:MAX_OPTIONS]
        if len(model.name) <= OPTION_VALUE_CHARACTERS
    ]
    if not bases:
        hint = t("This server does not list what it can fine-tune; type the name.")
        return plain_input("model", t("Base model"), text_input("gpt-4.1-mini-2025-04-14", 200), hint=hint)
    menu: dict[str, Any] = {"type": "static_select", "initial_option": bases[0]}
    if not models:
        return plain_input("model", t("Base model"), {**menu, "options": bases})
    groups = [
        {"label": {"type": "plain_text", "text": t("Base models")}, "options": bases},
        {"label": {"type": "plain_text", "text": t("Go on with a model of yours")}, "options": models},
    ]
    return plain_input("model", t("Base model, or a model to go on with"), {**menu, "option_groups": groups})


def _about_model(model: FineTunedModel) -> str:
    labels = n("{number} label", "{number} labels", len(model.labels))
    return f"{model.base_model}, {labels}" if model.labels else model.base_model


def _about_models(options: StartOptions) -> list[Block]:
    """What each base is good at, what it takes and what to expect; what is missing; advice about going on."""
    lines = [_base_line(base, options) for base in options.bases[:SHOWN_BASES]]
    lines += [
        t("• {model} can't be trained now: {problem}", model=literal(base.id), problem=escape(base.problem))
        for base in options.unavailable[:SHOWN_BASES]
    ]
    blocks = []
    if lines:
        sources = dict.fromkeys(f"{entry.source}, {entry.as_of}" for entry in options.estimates)
        said = escape("; ".join(sources))
        dataset = literal(options.chosen.title)
        title = t("*What can be trained*")
        if said:
            title = t("*With auto settings* on {dataset} ({source})", dataset=dataset, source=said)
        blocks.append(section("\n".join([title, *lines])))
    if options.models:
        blocks.append(
            context(
                t(
                    "Going on with a model of yours: where the new data is much smaller than what it was made from, lower"
                    " the learning rate 2 to 4 times (multiplier 0.5 to 0.25), so that it keeps what it knows."
                )
            )
        )
    return blocks


def _base_line(base: BaseModel, options: StartOptions) -> str:
    estimate = next((entry for entry in options.estimates if entry.model == base.id), None)
    score = next((entry for entry in options.scores if entry.base == base.id), None)
    facts = [*_effort(estimate), *_expected(estimate, score)]
    line = f"• {literal(base.id)}"
    if facts:
        line += f" {', '.join(facts)}"
    return f"{line}\n   {escape(clean(base.description))}" if base.description else line


def _effort(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return []
    money = t("price unknown") if estimate.usd is None else usd(estimate.usd)
    if estimate.minutes is None:
        return [money, t("time unknown")]
    return [money, t("about {time}", time=duration(estimate.minutes * 60))]


def _expected(estimate: Estimate | None, score: PastScore | None) -> list[str]:
    """What to expect: the team's own score on this dataset before what the server knows of like data."""
    if score is not None:
        return [t("{share} right on this dataset before", share=percent(score.accuracy))]
    if estimate is not None and estimate.accuracy is not None:
        return [t("about {share} right, from past runs", share=percent(estimate.accuracy, 0))]
    return []


def _hyperparameters() -> list[Block]:
    return [
        number_input("n_epochs", t("Epochs"), "auto", t("1 to 50; empty for auto")),
        number_input("batch_size", t("Batch size"), "auto", t("1 to 256; empty for auto")),
        number_input(
            "learning_rate_multiplier",
            t("Learning rate multiplier"),
            "auto",
            t("Above 0; empty for auto"),
            decimal=True,
        ),
    ]


def _names_and_shares(chosen: Dataset) -> list[Block]:
    choices = chosen.report.choices if chosen.report else None
    return [
        plain_input(
            "suffix",
            t("Suffix"),
            text_input("tickets-v1", 200),
            optional=True,
            hint=t("1 to 64 letters, digits, - or _; becomes part of the model's name"),
        ),
        number_input("seed", t("Seed"), "42", t("A whole number; the same seed trains the same model")),
        _share_input(
            "validation_share",
            t("Validation share"),
            choices.validation_share if choices else None,
            t("0% to 50% of the rows, kept apart to choose the best epoch; empty for the dataset's own"),
        ),
        _share_input(
            "test_share",
            t("Test share"),
            choices.test_share if choices else None,
            t("0% to 50% of the rows, never trained on, asked about at the end; empty for the dataset's own"),
        ),
    ]


def _share_input(name: str, label: str, share: float | None, hint: str) -> Block:
    """Empty means as the dataset says: another dataset may be chosen while the form is open."""
    element = text_input("10%" if share is None else f"{share * 100:g}%", 20)
    return plain_input(name, label, element, optional=True, hint=hint)


def _classification() -> list[Block]:
    """The classification metrics of OpenAI's fine-tunes API; all may stay empty."""
    return [
        number_input(
            "n_classes",
            t("Number of classes"),
            "auto",
            t("Empty for those the dataset has; checked when given"),
        ),
        plain_input(
            "positive_class",
            t("Positive class"),
            text_input("spam", 200),
            optional=True,
            hint=t(
                "With two classes: the one that precision, recall and F-beta are about; empty for the rarer"
            ),
        ),
        plain_input(
            "betas",
            t("F-beta"),
            text_input("0.5, 1, 2", 50),
            optional=True,
            hint=t("With two classes: betas above 1 weigh recall more, below 1 precision"),
        ),
    ]


def _wandb(project: str) -> Block:
    return plain_input(
        "wandb_project",
        t("Weights & Biases project"),
        text_input(project or "tunesmith", 128),
        optional=True,
        hint=t("The server sends loss and accuracy there while it trains; empty for none"),
    )


def waiting_form() -> Block:
    """Shown while the server's models are asked for: a trigger lives only 3 seconds."""
    return notice(
        t("Start fine-tuning"), t("One moment, I'm asking the fine-tuning server what it can train …")
    )


def problem_form(problem: Message) -> Block:
    """Shown instead of the form when it cannot be filled."""
    return notice(t("Start fine-tuning"), problem.text)

"""The team's fine-tuned models: the list, where they come from, and the forms that rename and delete them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain import Dataset, FineTunedModel, Task
from bot.domain.lineage import Descent, Generation
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import moment, percent, usd
from bot.views.blocks import (
    actions,
    bold,
    button,
    context,
    cut,
    escape,
    literal,
    message,
    option,
    plain_input,
    section,
)
from bot.views.modals import modal, text_input

RENAME, DELETE = "models_rename_form", "models_delete_form"
SHOWN = 20
STEP = "\u2003"
"""A wide space: Slack drops ordinary ones at the beginning of a line."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which model or dataset a form is about, and where it was opened."""

    name: str
    channel: str
    is_dataset: bool = False


def models(
    found: Sequence[FineTunedModel], current: str, origins: Mapping[str, Dataset] | None = None
) -> Message:
    """The team's models, newest first; the channel's own is marked in words."""
    if not found:
        return message(t("No fine-tuned models yet. Drop a dataset in a channel and type `/finetune start`."))
    title = t("Fine-tuned models")
    blocks: list[Block] = [section(bold(title))]
    lines = []
    for model in found[:SHOWN]:
        line = model_line(model, current, origins or {})
        lines.append(line)
        blocks.append(
            {**section(line, accessory=_more(model, current)), "block_id": f"model:{model.name}"[:255]}
        )
    if len(found) > SHOWN:
        more = n("… and {number} older one", "… and {number} older ones", len(found) - SHOWN)
        lines.append(more)
        blocks.append(context(more))
    blocks.append(actions(button(t("Classify a file"), "batches_new", value="file")))
    return message("\n".join([title, *lines]), blocks)


def model_line(model: FineTunedModel, current: str, origins: Mapping[str, Dataset]) -> str:
    """A model in two or three lines: what it is called, how good it is, what it was trained on, by whom, when."""
    here = f" {t('(used in this channel)')}" if model.name == current else ""
    head = (
        f"{bold(literal(model.title))} {literal(model.name, 200)}"
        if model.title
        else literal(model.name, 200)
    )
    facts = [_kind(model)]
    if model.accuracy is not None:
        facts.append(t("accuracy {share} on held-out rows", share=percent(model.accuracy)))
    made = t("by {user}, {when}", user=f"<@{model.user}>", when=moment(model.created_at))
    origin = origins.get(model.dataset_id)
    base = literal(model.base_model)
    if origin:
        source = t("{base} trained on {dataset}", base=base, dataset=dataset_name(origin))
    else:
        source = t("{base} trained on a dataset that is gone", base=base)
    return f"{head}{here}\n{', '.join(facts)}\n{source}, {made}"


def dataset_name(dataset: Dataset) -> str:
    """ "`tickets.csv` version 2"."""
    return t("{name} version {number}", name=literal(dataset.name), number=dataset.version)


def _kind(model: FineTunedModel) -> str:
    if model.task is Task.CLASSIFICATION:
        return n("{number} label", "{number} labels", len(model.labels))
    return t("writes texts")


def _more(model: FineTunedModel, current: str) -> Block:
    """What can be done with a model."""
    entries = [
        option(t("Where it comes from"), "lineage"),
        option(t("Feedback"), "feedback"),
        option(t("Rename …"), "rename"),
        option(t("Delete …"), "delete"),
    ]
    if model.name != current:
        entries.insert(0, option(t("Use in this channel"), "use"))
    return {"type": "overflow", "action_id": "models_more", "options": entries}


def used(model: FineTunedModel) -> Message:
    """Told to who switched the channel's model."""
    name = literal(model.title or model.name, 200)
    return message(t("`/classify` in this channel now asks {model}.", model=name))


def renamed(model: FineTunedModel) -> Message:
    """Told to who renamed a model."""
    name = literal(model.name, 200)
    if not model.title:
        return message(t("{model} goes by its own name again.", model=name))
    return message(t("{model} is now called {title}.", model=name, title=literal(model.title)))


def rename_form(subject: Subject, model: FineTunedModel) -> Block:
    """Another name for people to read; the model's own stays, for scripts."""
    element = text_input(t("Tickets, autumn"), 60)
    if model.title:
        element = {**element, "initial_value": model.title}
    field = plain_input(
        "title",
        t("Name"),
        element,
        optional=True,
        hint=t("What people call it, here and in `model=NAME`; empty for its own name."),
    )
    return modal(
        RENAME,
        t("Rename the model"),
        submit=t("Rename"),
        close=t("Not now"),
        blocks=[context(literal(model.name, 200)), field],
        private=json.dumps(vars(subject)),
    )


def delete_model_form(subject: Subject, model: FineTunedModel, channels: Sequence[str]) -> Block:
    """Asks before a model is gone for good, and says who still uses it."""
    text = t(
        "{model} is deleted here and at the fine-tuning server. It can't be brought back; its dataset stays.",
        model=literal(model.title or model.name, 200),
    )
    blocks = [section(text)]
    if channels:
        names = ", ".join(f"<#{channel}>" for channel in channels[:10])
        warning = n(
            "⚠️ {number} channel uses it and will have no model then: {channels}",
            "⚠️ {number} channels use it and will have no model then: {channels}",
            len(channels),
            channels=names,
        )
        blocks.append(section(warning))
    return _delete_form(t("Delete the model?"), blocks, subject)


def delete_dataset_form(subject: Subject, dataset: Dataset, trained: Sequence[FineTunedModel]) -> Block:
    """Asks before a dataset's rows are gone for good."""
    text = t(
        "The rows of {dataset} are removed from this machine. The file in Slack stays where it is.",
        dataset=dataset_name(dataset),
    )
    blocks = [section(text)]
    if trained:
        blocks.append(
            section(
                n(
                    "{number} model was trained on it and keeps working, but can't be trained again from it.",
                    "{number} models were trained on it and keep working, but can't be trained again from it.",
                    len(trained),
                )
            )
        )
    return _delete_form(t("Delete the dataset?"), blocks, subject)


def _delete_form(title: str, blocks: list[Block], subject: Subject) -> Block:
    return modal(
        DELETE, title, submit=t("Delete"), close=t("Keep"), blocks=blocks, private=json.dumps(vars(subject))
    )


def subject_of(private_metadata: str) -> Subject:
    """Back from a form's private metadata."""
    return Subject(**json.loads(private_metadata))


def deleted(model: FineTunedModel) -> Message:
    """Told to who deleted a model."""
    return message(
        t("{model} is deleted, here and at the server.", model=literal(model.title or model.name, 200))
    )


def dataset_deleted(dataset: Dataset) -> Message:
    """Told to who deleted a dataset."""
    return message(t("{dataset} is deleted.", dataset=dataset_name(dataset)))


def lineage(found: Sequence[Generation]) -> Message:
    """Dataset version, job, model, feedback, the next dataset version: as indented lines."""
    title = t("Where it comes from, and what came of it")
    lines = [line for depth, generation in enumerate(found) for line in _generation(generation, depth)]
    return message("\n".join([bold(title), *lines]), [section(bold(title)), *_sections(lines)])


def _sections(lines: Sequence[str]) -> list[Block]:
    """The lines in sections of ten, for a section holds 3,000 characters."""
    return [section("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)][:45]


def _generation(generation: Generation, depth: int) -> list[str]:
    dataset = generation.dataset
    rows = (
        n("{number} row", "{number} rows", dataset.report.rows_kept)
        if dataset.report
        else escape(dataset.problem)
    )
    made = t(
        "by {user}, {when}", user=f"<@{dataset.made_by or dataset.user}>", when=moment(dataset.created_at)
    )
    change = f": {escape(cut(dataset.change, 200))}" if dataset.change else ""
    head = f"{STEP * depth}{'↳ ' if depth else ''}📄 {dataset_name(dataset)}{change} ({rows}, {made})"
    return [head, *(line for job in generation.jobs for line in _descent(job, depth + 1))]


def _descent(found: Descent, depth: int) -> list[str]:
    job, model = found.job, found.model
    cost = "" if job.cost_usd is None else f", {usd(job.cost_usd)}"
    lines = [
        f"{STEP * depth}↳ 🏃 {literal(job.remote_id or job.op_id)} {job.progress.status.value}"
        f" ({literal(job.base_model)}{cost}, <@{job.user}>)"
    ]
    if model is not None:
        accuracy = (
            "" if model.accuracy is None else f", {t('accuracy {share}', share=percent(model.accuracy))}"
        )
        gone = f" {t('(deleted)')}" if found.is_deleted else ""
        lines.append(f"{STEP * (depth + 1)}↳ 🧠 {literal(model.title or model.name, 200)}{accuracy}{gone}")
    if found.feedback is not None and found.feedback.total:
        said = n("{number} word of feedback", "{number} words of feedback", found.feedback.total)
        wrong = n("{number} says wrong", "{number} say wrong", found.feedback.wrong)
        lines.append(f"{STEP * (depth + 2)}↳ 💬 {said}, {wrong}")
    return lines

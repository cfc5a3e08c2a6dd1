"""The dataset report in the thread, the few words for files that are none, and the list of a channel's datasets."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Choices, Dataset, DatasetReport, Estimate, Severity
from bot.errors import UserError
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views import facts
from bot.views.blocks import (
    actions,
    bold,
    button,
    context,
    escape,
    header,
    literal,
    message,
    option,
    preformatted,
    section,
)
from bot.views.facts import estimate_line as estimate_line
from bot.views.facts import estimate_source as estimate_source
from bot.views.facts import text_name as text_name
from bot.views.fixes import fixes_blocks, fixes_text

FINDINGS_SHOWN = 12
SUSPICIOUS = "suspicious_labels"


def report(
    dataset: Dataset, estimates: Sequence[Estimate], *, note: str = "", can_classify: bool = False
) -> Message:
    """The eight facts in order, what else was found, the fixes, and what to press next; `note` is the latest news."""
    found = dataset.report
    if found is None:
        return unusable(dataset)
    title = facts.verdict(dataset, found)
    before = [origin(dataset), _errors(found), facts.columns(found), facts.labels(found)]
    after = [
        facts.repeats(found),
        facts.leakage(found),
        facts.lengths(found),
        facts.private(found),
        facts.cost(found, estimates),
        *_others(found),
    ]
    blocks: list[Block] = [header(title), *(section(text) for text in before if text)]
    if facts.labels(found):
        blocks.append(preformatted(facts.label_table(found)))
    blocks += [section(text) for text in after]
    blocks += fixes_blocks(dataset, found)
    blocks += [actions(*_buttons(dataset, found, can_classify)), *_small_print(found, note)]
    said = [escape(title), note, *before, *after, fixes_text(found)]
    return message("\n".join(text for text in said if text), blocks)


def unusable(dataset: Dataset) -> Message:
    """One friendly line for a file that cannot be used."""
    name = literal(dataset.title or t("The file"))
    return message(
        t("{name} can't be used for training: {problem}", name=name, problem=escape(dataset.problem))
    )


def problem(error: UserError) -> str:
    """An error as one stored sentence: what, where, what next."""
    where = f" ({error.where})" if error.where else ""
    return " ".join(part for part in (f"{error.message}{where}", error.next_step) if part)


def origin(dataset: Dataset) -> str:
    """What a later version is: who made it, and what was changed; "" for a dropped file."""
    if dataset.version == 1:
        return ""
    return t(
        "Version {version} of {name}, made by {person}: {change}.",
        version=dataset.version,
        name=literal(dataset.name),
        person=f"<@{dataset.made_by}>",
        change=escape(dataset.change),
    )


def changed(dataset: Dataset, user: str) -> Message:
    """Told in the thread when somebody chose other columns."""
    choices = dataset.report.choices if dataset.report else Choices()
    chosen = t("chosen for you")
    return message(
        t(
            "{person} changed the columns of {name}: text {text}, label {label}. The report above is up to date.",
            person=f"<@{user}>",
            name=literal(dataset.title),
            text=literal(choices.text or chosen),
            label=literal(choices.label or chosen),
        )
    )


def fix_set(user: str, title: str, *, applied: bool) -> str:
    """The note on a fix that somebody used, or took back."""
    words = t("{person} applied: {title}.") if applied else t("{person} took back: {title}.")
    return words.format(person=f"<@{user}>", title=facts.inert(title))


def recommended_set(user: str) -> str:
    """The note on somebody's going back to what is recommended."""
    return t("{person} applied the recommended fixes.", person=f"<@{user}>")


def undone(user: str) -> str:
    """The note on somebody's taking back the last decision."""
    return t("{person} took back the last decision.", person=f"<@{user}>")


def working(user: str) -> str:
    """The note while a decision is worked on."""
    return t("⏳ Working on {person}'s choice …", person=f"<@{user}>")


def _errors(found: DatasetReport) -> str:
    errors = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    if not errors:
        return ""
    lines = [facts.finding_line(finding, with_example=True) for finding in errors[:FINDINGS_SHOWN]]
    return "\n".join([bold(t("🛑 Errors: these stand in the way")), *lines])


def _others(found: DatasetReport) -> list[str]:
    """What no fact tells: what was taken care of, what is to be decided, and advice."""
    rest = [
        finding
        for finding in found.findings
        if finding.severity is not Severity.ERROR and finding.code not in facts.TOLD
    ]
    done = [finding for finding in rest if facts.applied(finding)]
    open_ones = [finding for finding in rest if not facts.applied(finding) and finding.remedies]
    advice = [finding for finding in rest if not facts.applied(finding) and not finding.remedies]
    groups = (
        (t("✅ Taken care of"), [facts.finding_line(finding) for finding in done]),
        (t("⚠️ For you to decide"), [facts.finding_line(finding, with_example=True) for finding in open_ones]),
        (t("💡 Advice"), [facts.finding_line(finding) for finding in advice]),
    )
    return ["\n".join([bold(title), *lines[:FINDINGS_SHOWN]]) for title, lines in groups if lines]


def _buttons(dataset: Dataset, found: DatasetReport, can_classify: bool) -> list[Block]:
    buttons = []
    if can_classify:
        buttons.append(button(t("Classify this file"), "batches_new", value=dataset.id))
    if found.is_ready:
        buttons.append(button(t("Start fine-tuning"), "jobs_start", value=dataset.id, style="primary"))
    if any(finding.code == SUSPICIOUS for finding in found.findings):
        buttons.append(button(t("Look at labels"), "labels_open", value=dataset.id))
    buttons.append(button(t("Change columns"), "datasets_columns", value=dataset.id))
    if found.is_ready:
        buttons.append(button(t("Download JSONL"), "datasets_download", value=dataset.id))
    if found.rows_kept < found.reading.rows_read or found.reading.warnings:
        buttons.append(button(t("Download rejects"), "datasets_rejects", value=dataset.id))
    buttons.append(button(t("Picture"), "datasets_picture", value=dataset.id))
    return buttons


def _small_print(found: DatasetReport, note: str) -> list[Block]:
    hint = t("Or type {command} in this channel.", command="`/finetune start`") if found.is_ready else ""
    return [context(text) for text in (note, hint) if text]


def listing(datasets: Sequence[Dataset]) -> Message:
    """The channel's datasets, newest first, each version on its own line."""
    if not datasets:
        return message(
            t(
                "No datasets in this channel yet. Drop a CSV, TSV, XLSX, JSON, JSONL or TXT file here and I'll read it."
            )
        )
    title = bold(t("Datasets in this channel"))
    lines = [_listed(dataset) for dataset in datasets]
    blocks = [
        {**section(line, accessory=_more()), "block_id": f"dataset:{dataset.id}"}
        for line, dataset in zip(lines, datasets, strict=True)
    ]
    return message("\n".join([title, *lines]), [section(title), *blocks])


def _more() -> Block:
    """What can be done with a dataset beside training on it."""
    entries = [option(t("Where it comes from"), "lineage"), option(t("Delete …"), "delete")]
    return {"type": "overflow", "action_id": "datasets_more", "options": entries}


def _listed(dataset: Dataset) -> str:
    found = dataset.report
    what = dataset.status.value
    if found:
        rows = n("{number:,} row", "{number:,} rows", found.rows_kept)
        names = n("{number:,} label", "{number:,} labels", len(found.labels))
        what = f"{rows}, {names}" if found.labels else f"{rows}, {facts.task_name(found.task)}"
    change = f": {escape(dataset.change)}" if dataset.change else ""
    return f"• {literal(dataset.title)} {what}{change} (id {literal(dataset.id)}, <@{dataset.made_by or dataset.user}>)"

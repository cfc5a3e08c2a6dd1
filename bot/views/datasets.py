"""The dataset report in the thread, and the few words for files that are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Choices, Dataset, DatasetReport, Estimate, Finding, Remedy, Severity, Task
from bot.errors import UserError
from bot.ports import Block, Message
from bot.views.amounts import count, duration, percent, usd
from bot.views.blocks import (
    actions,
    bar,
    bold,
    button,
    context,
    cut,
    escape,
    header,
    literal,
    message,
    preformatted,
    section,
)

LABELS_SHOWN = 10
FINDINGS_SHOWN = 12
EXAMPLE_CHARACTERS = 110


def report(dataset: Dataset, estimates: Sequence[Estimate]) -> Message:
    """What was read, what is wrong with it, what training would take, and what to press next."""
    found = dataset.report
    if found is None:
        return unusable(dataset)
    verdict = _verdict(dataset, found)
    blocks: list[Block] = [
        header(verdict),
        section(_facts(found)),
        *_labels(found),
        *_findings(found.findings),
        section(_sizes(found)),
        section(_estimates(estimates)),
        actions(*_buttons(dataset, found)),
    ]
    if found.is_ready:
        blocks.append(context("Or type `/finetune start` in this channel."))
    return message(f"{escape(verdict)}\n{_plain_summary(found, estimates)}", blocks)


def unusable(dataset: Dataset) -> Message:
    """One friendly line for a file that cannot be used."""
    return message(f"{literal(dataset.name)} can't be used for training: {escape(dataset.problem)}")


def problem(error: UserError) -> str:
    """An error as one stored sentence: what, where, what next."""
    where = f" ({error.where})" if error.where else ""
    return " ".join(part for part in (f"{error.message}{where}", error.next_step) if part)


def fixes_changed(dataset: Dataset, user: str) -> Message:
    """Told in the thread when somebody chose other fixes."""
    found = dataset.report
    remedies = [remedy for finding in found.findings if (remedy := _applied(finding))] if found else []
    names = "; ".join(escape(remedy.title) for remedy in remedies) or "none"
    rows = f" {found.rows_kept:,} of {found.reading.rows_read:,} rows are kept." if found else ""
    return message(
        f"<@{user}> chose the fixes for {literal(dataset.name)}: {names}.{rows} The report above is up to date."
    )


def changed(dataset: Dataset, user: str) -> Message:
    """Told in the thread when somebody chose other columns."""
    choices = dataset.report.choices if dataset.report else Choices()
    return message(
        f"<@{user}> changed the columns of {literal(dataset.name)}: text {literal(choices.text or 'chosen for you')},"
        f" label {literal(choices.label or 'chosen for you')}. The report above is up to date."
    )


def _verdict(dataset: Dataset, found: DatasetReport) -> str:
    what = f"{count(found.rows_kept, 'row')}, {text_name(found.text)} → "
    what += count(len(found.labels), "label") if found.task is Task.CLASSIFICATION else found.task.value
    open_errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    state = "ready to train" if found.is_ready else f"not ready: {count(open_errors, 'error')}"
    return f"{dataset.name}: {state} ({what})"


def text_name(template: str) -> str:
    """How a person calls it: the column's name, "subject + body" for columns that are only joined, else the template."""
    columns = re.findall(r"\{([^{}]+)\}", template)
    between = re.sub(r"\{[^{}]+\}", "", template)
    return " + ".join(columns) if columns and not between.strip() else template


def _facts(found: DatasetReport) -> str:
    reading = found.reading
    how = [part for part in (reading.format.upper(), reading.encoding, _delimiter(reading.delimiter)) if part]
    if reading.delimiter and not reading.quoting:
        how.append("quotes taken as text")
    if not reading.header:
        how.append("no header row, so I named the columns")
    lines = [
        f"{bold('Read')} {count(reading.rows_read, 'row')} ({', '.join(how)}); kept {found.rows_kept:,}.",
        f"{bold('Text')} {literal(text_name(found.text))}  {bold('Label')} {literal(found.label or 'none')}"
        f"  {bold('Task')} {found.task.value}",
    ]
    if found.ignored_columns:
        lines.append(f"Not used: {', '.join(literal(name, 30) for name in found.ignored_columns[:12])}")
    lines += [escape(note) for note in (*reading.notes, *reading.warnings)[:4]]
    return "\n".join(lines)


def _delimiter(delimiter: str) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
    return f"{names.get(delimiter, delimiter)}-separated" if delimiter else ""


def _labels(found: DatasetReport) -> list[Block]:
    if found.task is not Task.CLASSIFICATION or not found.labels:
        return []
    counts = list(found.labels.items())
    total = sum(found.labels.values()) or 1
    largest, smallest = counts[0], counts[-1]
    text = (
        f"{bold(count(len(counts), 'label'))}: largest {literal(largest[0])} {largest[1]:,},"
        f" smallest {literal(smallest[0])} {smallest[1]:,}."
        f" Always answering {literal(largest[0])} would be right {percent(found.majority_share)} of the time:"
        " that is the score to beat."
    )
    shown = counts[:LABELS_SHOWN]
    width = max(len(cut(label, 28)) for label, _ in shown)
    lines = [
        f"{cut(label, 28):<{width}}  {rows:>7,}  {bar(rows / largest[1], 12)} {rows / total:>6.1%}"
        for label, rows in shown
    ]
    if len(counts) > LABELS_SHOWN:
        lines.append(f"… and {len(counts) - LABELS_SHOWN} more")
    return [section(text), preformatted("\n".join(lines))]


def _findings(findings: Sequence[Finding]) -> list[Block]:
    """What stands in the way, what was taken care of, what is to be decided, and advice: a short list each."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    others = [finding for finding in findings if finding.severity is not Severity.ERROR]
    fixed = [finding for finding in others if _applied(finding)]
    open_ones = [finding for finding in others if not _applied(finding) and finding.remedies]
    advice = [finding for finding in others if not _applied(finding) and not finding.remedies]
    groups = (
        ("🛑 Errors: these stand in the way", [_finding(finding, with_example=True) for finding in errors]),
        ("✅ Taken care of", [_fixed(finding) for finding in fixed]),
        ("⚠️ For you to decide", [_finding(finding, with_example=True) for finding in open_ones]),
        ("💡 Advice", [_finding(finding) for finding in advice]),
    )
    blocks = [
        section(f"{bold(title)}\n" + "\n".join(lines[:FINDINGS_SHOWN])) for title, lines in groups if lines
    ]
    return blocks or [section(f"{bold('Checks')}: nothing to complain about.")]


def _applied(finding: Finding) -> Remedy | None:
    return next((remedy for remedy in finding.remedies if remedy.applied), None)


def _fixed(finding: Finding) -> str:
    """The remedy in use: what it did, where, and the rows before and after."""
    remedy = _applied(finding)
    if remedy is None:
        return _finding(finding)
    change = (
        f": {remedy.rows_before:,} → {remedy.rows_after:,} rows"
        if remedy.rows_before != remedy.rows_after
        else f" ({count(finding.rows, 'row')})"
    )
    return f"• {escape(remedy.title)}{change}{_lines(finding)}"


def _finding(finding: Finding, *, with_example: bool = False) -> str:
    text = f"• {escape(finding.message)}{_lines(finding)}"
    if with_example and finding.examples:
        text += f"\n    {literal(finding.examples[0], EXAMPLE_CHARACTERS)}"
    return text


def _lines(finding: Finding) -> str:
    """Where it is in the spreadsheet: the first three lines."""
    if not finding.lines:
        return ""
    shown = ", ".join(str(line) for line in finding.lines[:3])
    return f" (line{'s' if len(finding.lines) > 1 else ''} {shown}{' …' if finding.rows > 3 else ''})"


def _sizes(found: DatasetReport) -> str:
    parts = ", ".join(f"{part.name} {part.rows:,}" for part in found.splits)
    return (
        f"{bold('Split')} {parts} (stratified, no text in two parts)\n"
        f"{bold('Length')} median {count(found.lengths.median, 'token')}, 99% below {found.lengths.p99:,},"
        f" longest {found.lengths.longest:,} (line {found.lengths.longest_line})\n"
        f"{bold('Training part')} {count(found.tokens, 'token')} (o200k, exact)"
    )


def _estimates(estimates: Sequence[Estimate]) -> str:
    if not estimates:
        return f"{bold('Cost and time')}: the fine-tuning server named no base models; `/finetune start` asks again."
    lines = "\n".join(estimate_line(estimate) for estimate in estimates[:6])
    return f"{bold('Cost and time')} ({estimate_source(estimates)})\n{lines}"


def estimate_line(estimate: Estimate) -> str:
    """One base model: dollars, minutes, epochs, tokens."""
    money = "price unknown" if estimate.usd is None else usd(estimate.usd)
    time = "time unknown" if estimate.minutes is None else f"about {duration(estimate.minutes * 60)}"
    return (
        f"• {literal(estimate.model)} {money}, {time} ({count(estimate.n_epochs, 'epoch')} at most,"
        f" {count(estimate.tokens, 'token')})"
    )


def estimate_source(estimates: Sequence[Estimate]) -> str:
    """Where the figures are from and how old they are, each source once."""
    return "; ".join(dict.fromkeys(f"{escape(entry.source)}, {entry.as_of}" for entry in estimates))


def _plain_summary(found: DatasetReport, estimates: Sequence[Estimate]) -> str:
    parts = ", ".join(f"{part.name} {part.rows:,}" for part in found.splits)
    lines = [f"Read {count(found.reading.rows_read, 'row')}, kept {found.rows_kept:,}; {parts}."]
    lines += [_fixed(finding) for finding in found.findings[:8]]
    lines += [estimate_line(estimate) for estimate in estimates[:3]]
    return "\n".join(lines)


def _buttons(dataset: Dataset, found: DatasetReport) -> list[Block]:
    buttons = []
    if found.is_ready:
        buttons.append(button("Start fine-tuning", "jobs_start", value=dataset.id, style="primary"))
    buttons.append(button("Change columns", "datasets_columns", value=dataset.id))
    if any(finding.remedies for finding in found.findings):
        buttons.append(button("Choose fixes", "datasets_fixes", value=dataset.id))
    if found.is_ready:
        buttons.append(button("Download JSONL", "datasets_download", value=dataset.id))
    return buttons


def listing(datasets: Sequence[Dataset]) -> Message:
    """The channel's datasets, newest first."""
    if not datasets:
        return message(
            "No datasets in this channel yet. Drop a CSV, TSV, XLSX, JSON, JSONL or TXT file here and I'll read it."
        )
    lines = []
    for dataset in datasets:
        found = dataset.report
        what = (
            f"{count(found.rows_kept, 'row')}, {count(len(found.labels), 'label')}"
            if found
            else dataset.status.value
        )
        lines.append(f"• {literal(dataset.name)} {what} (id {literal(dataset.id)}, <@{dataset.user}>)")
    text = f"{bold('Datasets in this channel')}\n" + "\n".join(lines)
    return message(text, [section(text)])

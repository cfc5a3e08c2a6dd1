"""The eight facts of a dataset report, in their order, each as a few lines of mrkdwn; the first is the headline."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Dataset, DatasetReport, Estimate, Finding, Remedy, Severity, Task
from bot.texts import n, t
from bot.views.amounts import duration, percent, usd
from bot.views.blocks import bar, bold, cut, escape, literal

LABELS_SHOWN = 10
LABEL_CHARACTERS = 28
EXAMPLE_CHARACTERS = 170
LINES_SHOWN = 3
MODELS_SHOWN = 6
_SIGNS = str.maketrans("*_~`", "∗ˍ∼ˋ")
REPEATS = ("duplicate_rows", "normalised_duplicates", "near_duplicates", "conflicting_labels")
LEAKS = ("leakage",)
PRIVATE = ("pii", "secrets")
ALWAYS_DONE = {"shuffle"}
"""Remedies that nobody can take back: the examples are written in random order whatever anybody chooses."""
TOLD = (*REPEATS, *LEAKS, *PRIVATE)
"""Findings that belong to a fact; all others come after the facts."""


def task_name(task: Task) -> str:
    """A task in the language in use."""
    names = {
        Task.CLASSIFICATION: t("classification"),
        Task.GENERATION: t("generation"),
        Task.EXTRACTION: t("extraction"),
        Task.CHAT: t("chat"),
    }
    return names[task]


def verdict(dataset: Dataset, found: DatasetReport) -> str:
    """Fact 1: whether it can be trained, after how many fixes, and what it will be used for; plain text."""
    rows = n("{number:,} row", "{number:,} rows", found.rows_kept)
    if found.task is Task.CLASSIFICATION:
        goal = n("{number:,} label", "{number:,} labels", len(found.labels))
    else:
        goal = task_name(found.task)
    used = t("{rows}, {text} → {goal}", rows=rows, text=text_name(found.text), goal=goal)
    return f"{dataset.title}: {_state(found)} ({used})"


def _state(found: DatasetReport) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    if errors:
        return n("not ready: {number} error", "not ready: {number} errors", errors)
    used = {remedy.code for finding in found.findings if (remedy := applied(finding))}
    fixes = len(used - ALWAYS_DONE)
    if not fixes:
        return t("ready to train")
    return n("ready to train after {number} fix", "ready to train after {number} fixes", fixes)


def columns(found: DatasetReport) -> str:
    """Fact 2: how the file was read, the columns chosen and ignored."""
    reading = found.reading
    how = [part for part in (reading.format.upper(), reading.encoding, _delimiter(reading.delimiter)) if part]
    if not reading.header:
        how.append(t("no header row, so I named the columns"))
    read = n("{number:,} row", "{number:,} rows", reading.rows_read)
    lines = [
        t("{title} {rows} ({how}); kept {kept:,}.", title=bold(t("Read")), rows=read, how=", ".join(how), kept=found.rows_kept),
        f"{bold(t('Text'))} {literal(text_name(found.text))}  {bold(t('Label'))} {literal(found.label or t('none'))}"
        f"  {bold(t('Task'))} {task_name(found.task)}",
    ]  # fmt: skip
    if found.ignored_columns:
        names = ", ".join(literal(name, 30) for name in found.ignored_columns[:12])
        lines.append(t("Not used: {names}", names=names))
    return "\n".join([*lines, *(inert(note) for note in (*reading.notes, *reading.warnings)[:4])])


def _delimiter(delimiter: str) -> str:
    names = {
        ",": t("comma-separated"),
        ";": t("semicolon-separated"),
        "\t": t("tab-separated"),
        "|": t("pipe-separated"),
        " ": t("space-separated"),
    }
    return names.get(delimiter) or (t("separated by {sign}", sign=escape(delimiter)) if delimiter else "")


def labels(found: DatasetReport) -> str:
    """Fact 3: how many labels, the largest, the smallest, and the score to beat; "" without labels."""
    if found.task is not Task.CLASSIFICATION or not found.labels:
        return ""
    counts = list(found.labels.items())
    (largest, most), (smallest, least) = counts[0], counts[-1]
    return t(
        "{labels}: largest {largest} {most:,}, smallest {smallest} {least:,}. Always answering {largest} would be right"
        " {share} of the time: that is the score to beat.",
        labels=bold(n("{number:,} label", "{number:,} labels", len(counts))),
        largest=literal(largest),
        most=most,
        smallest=literal(smallest),
        least=least,
        share=percent(found.majority_share),
    )


def label_table(found: DatasetReport) -> str:
    """The largest labels with bars, in fixed width; plain text."""
    counts = list(found.labels.items())
    total = sum(found.labels.values()) or 1
    shown = [(cut(" ".join(label.split()), LABEL_CHARACTERS), rows) for label, rows in counts[:LABELS_SHOWN]]
    width = max((len(label) for label, _ in shown), default=0)
    lines = [
        f"{label:<{width}}  {rows:>7,}  {bar(rows / counts[0][1], 12)} {rows / total:>6.1%}"
        for label, rows in shown
    ]
    if len(counts) > LABELS_SHOWN:
        lines.append(n("… and {number:,} more", "… and {number:,} more", len(counts) - LABELS_SHOWN))
    return "\n".join(lines)


def repeats(found: DatasetReport) -> str:
    """Fact 4: repeated rows, and texts with different labels, with one real example."""
    return _fact(t("Repeats and conflicts"), found, REPEATS, t("no repeated rows, no text with two labels."))


def leakage(found: DatasetReport) -> str:
    """Fact 5: what is both trained and tested on."""
    parts = ", ".join(f"{part.name} {part.rows:,}" for part in found.splits)
    none = t("no text is in two parts.")
    return f"{_fact(t('Leakage'), found, LEAKS, none)}\n{bold(t('Split'))} {parts}"


def lengths(found: DatasetReport) -> str:
    """Fact 6: lengths in tokens, and how many rows are over the limit."""
    sizes = found.lengths
    told = t(
        "{title} median {median:,} tokens, 99% have at most {p99:,}, longest {longest:,} (line {line}).",
        title=bold(t("Length")),
        median=sizes.median,
        p99=sizes.p99,
        longest=sizes.longest,
        line=sizes.longest_line,
    )
    if not sizes.limit:
        return told
    over = n(
        "{number:,} row is over the limit of {limit:,} tokens.",
        "{number:,} rows are over the limit of {limit:,} tokens.",
        sizes.over_limit,
        limit=sizes.limit,
    )
    return f"{told} {over}"


def private(found: DatasetReport) -> str:
    """Fact 7: personal data and secrets, masked wherever they are shown."""
    return _fact(t("Personal data and secrets"), found, PRIVATE, t("none found."))


def cost(found: DatasetReport, estimates: Sequence[Estimate]) -> str:
    """Fact 8: tokens, and what each model would take."""
    tokens = n("{number:,} token", "{number:,} tokens", found.tokens)
    trained = t("{title} {tokens} (o200k, exact)", title=bold(t("Training part")), tokens=tokens)
    if not estimates:
        return f"{trained}\n" + t(
            "{title}: the fine-tuning server named no base models; {command} asks again.",
            title=bold(t("Cost and time")),
            command="`/finetune start`",
        )
    lines = [estimate_line(estimate) for estimate in estimates[:MODELS_SHOWN]]
    return "\n".join([trained, f"{bold(t('Cost and time'))} ({estimate_source(estimates)})", *lines])


def estimate_line(estimate: Estimate) -> str:
    """One base model: dollars, minutes, epochs, tokens."""
    money = t("price unknown") if estimate.usd is None else usd(estimate.usd)
    if estimate.minutes is None:
        time = t("time unknown")
    else:
        time = t("about {time}", time=duration(estimate.minutes * 60))
    epochs = n("{number} epoch at most", "{number} epochs at most", estimate.n_epochs)
    tokens = n("{number:,} token", "{number:,} tokens", estimate.tokens)
    return f"• {literal(estimate.model)} {money}, {time} ({epochs}, {tokens})"


def estimate_source(estimates: Sequence[Estimate]) -> str:
    """Where the figures are from and how old they are, each source once."""
    return "; ".join(dict.fromkeys(f"{escape(entry.source)}, {entry.as_of}" for entry in estimates))


def _fact(title: str, found: DatasetReport, codes: Sequence[str], none: str) -> str:
    """The findings of those codes under a title, the first with its example; `none` where there are none."""
    findings = [finding for code in codes for finding in found.findings if finding.code == code]
    if not findings:
        return f"{bold(title)}: {none}"
    example = next((finding for finding in findings if finding.code == "conflicting_labels"), findings[0])
    return "\n".join(
        [bold(title), *(finding_line(finding, with_example=finding is example) for finding in findings)]
    )


def finding_line(finding: Finding, *, with_example: bool = False) -> str:
    """What a check found: its words, the spreadsheet lines, what was done about it, an example."""
    text = f"• {inert(finding.message)}{_places(finding)}"
    if (remedy := applied(finding)) is not None:
        text += f" → ✅ {inert(remedy.title)}{change(remedy)}"
    if with_example and finding.examples:
        text += f"\n    {literal(finding.examples[0], EXAMPLE_CHARACTERS)}"
    return text


def inert(text: str) -> str:
    """Words that quote a stranger, such as a finding's: escaped, and the signs that format replaced by their like.

    >>> inert("“*bold*” & _x000D_")
    '“∗bold∗” &amp; ˍx000Dˍ'
    """
    return escape(text).translate(_SIGNS)


def applied(finding: Finding) -> Remedy | None:
    """The remedy in use."""
    return next((remedy for remedy in finding.remedies if remedy.applied), None)


def change(remedy: Remedy) -> str:
    """ ": 120 → 115 rows"; "" for a remedy that only changes cells."""
    if remedy.rows_before == remedy.rows_after:
        return ""
    return t(": {before:,} → {after:,} rows", before=remedy.rows_before, after=remedy.rows_after)


def _places(finding: Finding) -> str:
    """Where it is in the spreadsheet: the first few lines."""
    if not finding.lines:
        return ""
    shown = ", ".join(str(line) for line in finding.lines[:LINES_SHOWN])
    more = " …" if finding.rows > LINES_SHOWN else ""
    return " (" + n("line {lines}", "lines {lines}", len(finding.lines), lines=shown) + f"{more})"


def text_name(template: str) -> str:
    """How a person calls it: the column's name, "subject + body" for columns that are only joined, else the template."""
    names = re.findall(r"\{([^{}]+)\}", template)
    between = re.sub(r"\{[^{}]+\}", "", template)
    return " + ".join(names) if names and not between.strip() else template

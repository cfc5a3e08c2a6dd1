"""The report of a dataset for a command line: text for people, one JSON object for programs (the contract of `--json`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain import DatasetReport, Estimate, Finding, Remedy, Severity

_MARKS = {Severity.ERROR: "error  ", Severity.WARNING: "warning", Severity.INFO: "advice "}
_SAME = ("duplicate_rows", "normalised_duplicates", "near_duplicates", "conflicting_labels")
_PRIVATE = ("pii", "secrets")


def report_text(report: DatasetReport, estimates: Sequence[Estimate] = ()) -> str:
    """The report as a person reads it on a terminal: eight facts, what was found, what can be done about it."""
    lines = [*_facts(report, estimates), ""]
    for finding in report.findings:
        lines += _finding_lines(finding)
    if not report.findings:
        lines.append("Nothing was found that is worth a word.")
    return "\n".join(lines)


def remedies_of(report: DatasetReport) -> list[tuple[Finding, Remedy]]:
    """Every remedy on offer with its finding, in the order in which they are numbered and asked."""
    return [(finding, remedy) for finding in report.findings for remedy in finding.remedies]


def question_of(finding: Finding, remedy: Remedy) -> str:
    """What to ask about a remedy on a terminal: the finding, an example, rows before and after, the question."""
    lines = [finding.message, *(f"  for example {example}" for example in finding.examples[:1])]
    return "\n".join([*lines, f"{remedy.title}{_rows_change(remedy)}?"])


def _facts(report: DatasetReport, estimates: Sequence[Estimate]) -> list[str]:
    facts = [_verdict(report), _columns(report), _labels(report)]
    facts.append(_found(report, _SAME, "No repeated rows, no text with several labels."))
    facts.append(_found(report, ("leakage",), "No text is in two parts of the split."))
    facts.append(_lengths(report))
    facts.append(_found(report, _PRIVATE, "No personal data and no secrets were recognised."))
    facts.append(_cost(report, estimates))
    return [f"{number}. {fact}" for number, fact in enumerate(facts, 1)]


def _verdict(report: DatasetReport) -> str:
    what = f"{len(report.labels):,} labels" if report.labels else report.label or "no answers"
    fixes = sum(remedy.applied for finding in report.findings for remedy in finding.remedies)
    after = f" after {fixes} fix{'es' if fixes > 1 else ''}" if fixes else ""
    state = f"ready{after}" if report.is_ready else "not ready"
    rows = f"{report.reading.rows_read:,} rows read, {report.rows_kept:,} kept"
    return f"{rows}; {report.task.value}: {_text_name(report)} -> {what}: {state}"


def _columns(report: DatasetReport) -> str:
    reading = report.reading
    delimiter = f", delimiter {reading.delimiter!r}" if reading.delimiter else ""
    ignored = f"; ignored: {', '.join(report.ignored_columns)}" if report.ignored_columns else ""
    told = "".join(f" {sentence}" for sentence in (*reading.notes, *reading.warnings))
    used = f"text {_text_name(report)}, label {report.label or 'none'}{ignored}"
    return f"{used} ({reading.format}, {reading.encoding}{delimiter}).{told}"


def _text_name(report: DatasetReport) -> str:
    """A single column by its bare name, several as the template that joins them."""
    column = report.text.removeprefix("{").removesuffix("}")
    return column if column in report.reading.columns else report.text


def _labels(report: DatasetReport) -> str:
    if not report.labels:
        return "No classes."
    names = list(report.labels)
    first, last = names[0], names[-1]
    return (
        f"{len(names):,} labels, from {report.labels[last]:,} rows ({last}) to {report.labels[first]:,} ({first}); "
        f"to beat: {report.majority_share:.1%}, the share of the commonest."
    )


def _found(report: DatasetReport, codes: Sequence[str], otherwise: str) -> str:
    found = [finding for finding in report.findings if finding.code in codes]
    return " ".join(finding.message for finding in found) or otherwise


def _lengths(report: DatasetReport) -> str:
    lengths = report.lengths
    over = f"{lengths.over_limit:,} rows over the limit of {lengths.limit:,}"
    longest = f"longest {lengths.longest:,} (line {lengths.longest_line})"
    return f"Tokens an example: median {lengths.median:,}, 99% up to {lengths.p99:,}, {longest}; {over}."


def _cost(report: DatasetReport, estimates: Sequence[Estimate]) -> str:
    parts = ", ".join(f"{part.name} {part.rows:,} rows ({part.tokens:,} tokens)" for part in report.splits)
    costs = "".join(
        f"\n   {one.model}: {one.n_epochs} epochs, {one.tokens:,} tokens, {_money(one)} ({one.source}, {one.as_of})"
        for one in estimates
    )
    return f"{parts or 'Nothing to train'}.{costs}"


def _money(one: Estimate) -> str:
    time = "" if one.minutes is None else f", {_minutes(one.minutes)}"
    return ("price unknown" if one.usd is None else f"${one.usd:.2f}") + time


def _minutes(minutes: float) -> str:
    return "less than a minute" if minutes < 0.5 else f"about {minutes:.0f} min"


def _finding_lines(finding: Finding) -> list[str]:
    where = f" Lines {', '.join(map(str, finding.lines))}{' …' if finding.rows > len(finding.lines) else ''}."
    lines = [f"{_MARKS[finding.severity]} {finding.code}: {finding.message}{where if finding.lines else ''}"]
    lines += [f"        e.g. {example}" for example in finding.examples]
    for remedy in finding.remedies:
        mark = "x" if remedy.applied else " "
        lines.append(f"        [{mark}] {remedy.code}: {remedy.title}{_rows_change(remedy)}")
    return lines


def _rows_change(remedy: Remedy) -> str:
    if remedy.rows_before == remedy.rows_after:
        return ""
    return f" ({remedy.rows_before:,} -> {remedy.rows_after:,} rows)"


def report_json(report: DatasetReport, estimates: Sequence[Estimate] = ()) -> dict[str, Any]:
    """The report as the object that `tunesmith prepare --json` prints. Dollars are numbers there."""
    reading = report.reading
    return {
        "file": reading.file,
        "format": reading.format,
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "quoting": reading.quoting,
        "header": reading.header,
        "rows_read": reading.rows_read,
        "rows_kept": report.rows_kept,
        "columns": list(reading.columns),
        "text": report.text,
        "label": report.label,
        "task": report.task.value,
        "example_format": report.format.value,
        "system": report.system,
        "separator": report.separator,
        "stop": report.stop,
        "answers": report.answers,
        "labels": report.labels,
        "findings": [_finding_json(finding) for finding in report.findings],
        "splits": {
            part.name: {"rows": part.rows, "tokens": part.tokens, "labels": part.labels, "path": part.path}
            for part in report.splits
        },
        "tokens": report.tokens,
        "lengths": {
            "median": report.lengths.median,
            "p99": report.lengths.p99,
            "longest": report.lengths.longest,
            "longest_line": report.lengths.longest_line,
            "limit": report.lengths.limit,
            "over_limit": report.lengths.over_limit,
        },
        "estimates": [_estimate_json(one) for one in estimates],
        "warnings": [*reading.notes, *reading.warnings],
    }


def _estimate_json(one: Estimate) -> dict[str, Any]:
    return {
        "model": one.model,
        "epochs": one.n_epochs,
        "tokens": one.tokens,
        "usd": None if one.usd is None else float(one.usd),
        "minutes": one.minutes,
        "source": one.source,
        "as_of": one.as_of,
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    remedies = [_remedy_json(remedy) for remedy in finding.remedies]
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "rows": finding.rows,
        "message": finding.message,
        "lines": list(finding.lines),
        "examples": list(finding.examples),
        "counts": dict(finding.counts),
        "remedy": remedies[0] if remedies else None,
        "other_remedies": remedies[1:],
    }


def _remedy_json(remedy: Remedy) -> dict[str, Any]:
    return {
        "code": remedy.code,
        "title": remedy.title,
        "recommended": remedy.recommended,
        "applied": remedy.applied,
        "rows_before": remedy.rows_before,
        "rows_after": remedy.rows_after,
    }

"""The report of a dataset for a command line: text for people, one JSON object for programs (the contract of `--json`)."""

from __future__ import annotations

from typing import Any

from bot.domain import DatasetReport, Finding, Remedy


def report_json(report: DatasetReport) -> dict[str, Any]:
    """The report as the object that `tunesmith prepare --json` prints, without estimates."""
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
        "labels": report.labels,
        "findings": [_finding_json(finding) for finding in report.findings],
        "splits": {
            part.name: {"rows": part.rows, "tokens": part.tokens, "labels": part.labels, "path": part.path}
            for part in report.splits
        },
        "tokens": report.tokens,
        "warnings": [*reading.notes, *reading.warnings],
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

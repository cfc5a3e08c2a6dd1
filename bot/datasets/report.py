"""Makes the report of a dataset out of a ledger: findings with their lines and examples, splits, lengths, samples."""

from __future__ import annotations

import numpy as np

from bot.datasets.columns import FILE_LABEL
from bot.datasets.convert import JSONL_NAMES, LineStyle
from bot.datasets.fetch import fetch_rows
from bot.datasets.ledger import Draft, Ledger
from bot.datasets.profile import label_counts, lengths_of
from bot.datasets.repairs import masked
from bot.datasets.split import PART_NAMES
from bot.datasets.spool import FILE
from bot.datasets.workspace import Workspace
from bot.domain import DatasetReport, Finding, Severity, SplitPart

SAMPLES = 3
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def build_report(ledger: Ledger, workspace: Workspace, style: LineStyle) -> DatasetReport:
    """The report."""
    frame, reading = ledger.frame, workspace.reading
    used = frame.source.columns(workspace.columns)
    samples = _sample_rows(ledger)
    wanted = {row for draft in ledger.drafts for row in draft.example} | set(samples)
    texts = fetch_rows(workspace.spool, frame, wanted)
    labels = label_counts(ledger, ledger.alive)
    splits = _splits(ledger)
    return DatasetReport(
        reading=reading,
        rows_kept=ledger.kept,
        text=frame.source.text,
        label=FILE_LABEL if frame.source.label == FILE else frame.source.label,
        ignored_columns=tuple(name for name in workspace.columns if name not in used),
        task=frame.mapping.task,
        format=style.format,
        system=style.system,
        stop=style.stop,
        separator=style.separator,
        labels=labels,
        findings=tuple(sorted((_finding(draft, ledger, texts) for draft in ledger.drafts), key=_rank)),
        splits=splits,
        tokens=splits[0].tokens if splits else 0,
        lengths=lengths_of(ledger),
        majority_share=max(labels.values()) / sum(labels.values()) if labels else 0.0,
        choices=ledger.choices,
        answers=_answers(ledger, labels),
        samples=tuple(
            (
                masked(texts[row][0]),
                ledger.labels[ledger.label[row]] if frame.has_classes else masked(texts[row][1]),
            )
            for row in samples
        ),
    )


def _answers(ledger: Ledger, labels: dict[str, int]) -> dict[str, str]:
    """What is taught for each label, where that is something else."""
    if not ledger.taught:
        return {}
    return {
        label: taught for label, taught in zip(ledger.labels, ledger.taught, strict=True) if label in labels
    }


def _rank(finding: Finding) -> int:
    return _ORDER[finding.severity]


def _finding(draft: Draft, ledger: Ledger, texts: dict[int, tuple[str, str]]) -> Finding:
    line = ledger.frame.line
    examples: tuple[str, ...] = ()
    if draft.example and draft.told:
        shown = [(int(line[row]), masked(texts[row][0]), masked(texts[row][1])) for row in draft.example]
        examples = (draft.told(shown),)
    return Finding(
        code=draft.code,
        severity=draft.severity,
        rows=draft.rows,
        message=draft.message,
        lines=tuple(int(line[row]) for row in draft.shown),
        examples=examples,
        remedies=draft.remedies,
        counts=draft.counts,
    )


def _splits(ledger: Ledger) -> tuple[SplitPart, ...]:
    made = []
    for number, name in enumerate(PART_NAMES):
        rows = ledger.alive & (ledger.part == number)
        count = int(rows.sum())
        if count:
            tokens = int(ledger.tokens[rows].sum(dtype=np.int64))
            made.append(
                SplitPart(
                    name=name,
                    rows=count,
                    tokens=tokens,
                    labels=label_counts(ledger, rows),
                    path=JSONL_NAMES[name],
                )
            )
    return tuple(made)


def _sample_rows(ledger: Ledger) -> list[int]:
    """A few kept rows from the beginning, the middle and the end."""
    kept = np.flatnonzero(ledger.alive)
    places = {0, len(kept) // 2, len(kept) - 1} if len(kept) else set()
    return [int(kept[place]) for place in sorted(places)][:SAMPLES]

"""Prepares a dropped file for fine-tuning: reads it once, then decides, reports and writes as often as a person changes their mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from bot.datasets.ask_format import messages_for
from bot.datasets.chat_schema import text_of
from bot.datasets.checks.closer import doubtful
from bot.datasets.convert import JSONL_NAMES, LineStyle, write_parts
from bot.datasets.decide import decide
from bot.datasets.fetch import fetch_rows
from bot.datasets.files import parts_of
from bot.datasets.progress import Progress, silent
from bot.datasets.reading import read_table, read_tables
from bot.datasets.render import report_json
from bot.datasets.repairs import masked, mend_rows
from bot.datasets.report import build_report
from bot.datasets.rows import row_texts
from bot.datasets.separators import Marks, choose_marks, completion_tokens
from bot.datasets.split import PART_NAMES, TEST, VALIDATION
from bot.datasets.workspace import SPOOL_NAME, keep_reading, open_workspace
from bot.domain import Choices, DatasetReport, ExampleFormat, Suspect
from bot.texts import t

REPORT_NAME = "report.json"

UPLOAD_BYTES = 512 << 20
"""The largest file that OpenAI's Files API takes (512 MB a file, as its reference said in November 2026)."""

Source = tuple[Path, str]
"""A file and the name it was dropped with."""


def ingest(source: Path, work_dir: Path, *, name: str, choices: Choices, deep: bool = True) -> DatasetReport:
    """Read one file and prepare it into the folder: spool, frame, JSONL parts, rejects.csv, report.json.

    `deep` makes the costlier checks, too: personal data, secrets, near duplicates, suspicious labels.

    Raises DatasetError when nothing can be trained from it at all; all else is among the findings.
    """
    return ingest_files([(source, name)], work_dir, choices=choices, deep=deep)


def ingest_files(
    sources: Sequence[Source],
    work_dir: Path,
    *,
    choices: Choices,
    validation: Source | None = None,
    test: Source | None = None,
    deep: bool = True,
    progress: Progress = silent,
) -> DatasetReport:
    """Read files that are one dataset and prepare it; files given for validation or test stay what they are.

    Several files without that are told apart by their names: train and test, or one for each class.
    """
    given = [
        (source, part) for source, part in ((validation, VALIDATION), (test, TEST)) if source is not None
    ]
    every = _told_apart([*sources, *(source for source, _ in given)])
    names = [name for _, name in every]
    roles = {names[len(sources) + place]: part for place, (_, part) in enumerate(given)}
    if not given:
        roles = parts_of(names)
    spool_path = work_dir / SPOOL_NAME
    progress("reading", 0, 0)
    if len(every) == 1:
        reading = read_table(every[0][0], spool_path, name=every[0][1])
    else:
        reading = read_tables(every, spool_path)
    keep_reading(work_dir, reading, roles=roles)
    return rework(work_dir, choices=choices, deep=deep, progress=progress)


def _told_apart(sources: Sequence[Source]) -> list[Source]:
    """The sources with names of their own: files from different folders may be called the same."""
    named: dict[str, Path] = {}
    for path, name in sources:
        number = 2
        own = name
        while own in named:
            own = f"{name} ({number})"
            number += 1
        named[own] = path
    return [(path, name) for name, path in named.items()]


def rework(
    work_dir: Path, *, choices: Choices, write: bool = True, deep: bool = True, progress: Progress = silent
) -> DatasetReport:
    """Decide again with other choices, without reading the file again; `write=False` leaves the written parts alone."""
    workspace = open_workspace(work_dir, choices, deep=deep, progress=progress)
    spool, frame = workspace.spool, workspace.frame
    marks = tokens = None
    if choices.format is ExampleFormat.COMPLETION:
        marks = choose_marks(row_texts(spool, frame.mapping))
        tokens = completion_tokens(row_texts(spool, frame.mapping), frame.rows, marks)
    ledger = decide(
        frame, choices, mend_rows(spool, frame, choices), workspace.insight, marks=marks, tokens=tokens
    )
    chosen = marks or Marks()
    style = LineStyle(
        format=choices.format, system=choices.system, separator=chosen.separator, stop=chosen.stop
    )
    report = build_report(ledger, workspace, style)
    if write:
        write_parts(work_dir, spool, ledger, style, unread=workspace.unread, progress=progress)
        report = _with_size_warnings(report, work_dir)
        partial = work_dir / f"{REPORT_NAME}.partial"
        partial.write_bytes(orjson.dumps(report_json(report), option=orjson.OPT_INDENT_2))
        partial.replace(work_dir / REPORT_NAME)
    return report


def _with_size_warnings(report: DatasetReport, work_dir: Path) -> DatasetReport:
    """The report, with a warning for each part that is too large to be uploaded."""
    paths = [work_dir / name for name in JSONL_NAMES.values()]
    large = [path for path in paths if path.exists() and path.stat().st_size > UPLOAD_BYTES]
    if not large:
        return report
    warnings = tuple(
        t(
            "{name} has {mib:,} MiB; OpenAI takes files up to {most} MiB.",
            name=path.name,
            mib=path.stat().st_size >> 20,
            most=UPLOAD_BYTES >> 20,
        )
        for path in large
    )
    reading = replace(report.reading, warnings=(*report.reading.warnings, *warnings))
    return replace(report, reading=reading)


def suspects(work_dir: Path, *, choices: Choices, limit: int) -> list[Suspect]:
    """The rows whose label looks wrong under these choices, the likeliest mistakes first."""
    workspace = open_workspace(work_dir, choices, deep=True)
    frame, insight = workspace.frame, workspace.insight
    ledger = decide(frame, choices, mend_rows(workspace.spool, frame, choices), insight)
    if insight is None or not frame.has_classes:
        return []
    found = doubtful(ledger, insight)[:limit]
    texts = fetch_rows(workspace.spool, frame, insight.odd_rows[found])
    return [
        Suspect(
            row=int(row),
            line=int(frame.line[row]),
            file=frame.files[frame.file[row]],
            text=masked(texts[int(row)][0]),
            label=ledger.labels[ledger.label[row]],
            suggestion=ledger.labels[ledger.merged_into[code]],
            probability=float(chance),
        )
        for row, code, chance in zip(
            insight.odd_rows[found], insight.odd_classes[found], insight.odd_chances[found], strict=True
        )
    ]


def test_rows(work_dir: Path, limit: int) -> list[tuple[list[dict[str, str]], str]]:
    """Up to `limit` examples of the test part: the messages that ask, and the answer they should get."""
    path = work_dir / JSONL_NAMES[PART_NAMES[TEST]]
    if not path.exists():
        return []
    stop = orjson.loads((work_dir / REPORT_NAME).read_bytes())["stop"]
    with path.open("rb") as stream:
        lines = [orjson.loads(line) for _, line in zip(range(limit), stream, strict=False)]
    return [_asked_and_answered(line, stop) for line in lines]


def _asked_and_answered(line: dict[str, Any], stop: str) -> tuple[list[dict[str, str]], str]:
    if "messages" in line:
        return line["messages"][:-1], text_of(line["messages"][-1])
    return messages_for(line["prompt"], system=""), line["completion"].removesuffix(stop).strip()

"""Prepares a dropped file for fine-tuning: reads it once, then decides, reports and writes as often as a person changes their mind."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from bot.datasets.ask_format import messages_for
from bot.datasets.columns import choose
from bot.datasets.convert import JSONL_NAMES, LineStyle, write_parts
from bot.datasets.decide import decide
from bot.datasets.files import parts_of
from bot.datasets.frame import Frame, build_frame, row_texts
from bot.datasets.frame_store import load_frame, save_frame
from bot.datasets.reading import read_table, read_tables
from bot.datasets.render import report_json
from bot.datasets.repairs import mend_rows
from bot.datasets.report import build_report
from bot.datasets.sample import take_sample
from bot.datasets.separators import choose_separator, choose_stop
from bot.datasets.split import PART_NAMES, TEST, VALIDATION
from bot.datasets.spool import Spool, open_spool
from bot.datasets.tokens import chat_overhead
from bot.domain import Choices, DatasetReport, ExampleFormat, Reading
from bot.errors import DatasetError

SPOOL_NAME = "spool.arrow"
READING_NAME = "reading.json"
REPORT_NAME = "report.json"

Source = tuple[Path, str]
"""A file and the name it was dropped with."""


def ingest(source: Path, work_dir: Path, *, name: str, choices: Choices) -> DatasetReport:
    """Read one file and prepare it into the folder: spool, frame, JSONL parts, rejects.csv, report.json.

    Raises DatasetError when nothing can be trained from it at all; all else is among the findings.
    """
    return ingest_files([(source, name)], work_dir, choices=choices)


def ingest_files(
    sources: Sequence[Source],
    work_dir: Path,
    *,
    choices: Choices,
    validation: Source | None = None,
    test: Source | None = None,
) -> DatasetReport:
    """Read files that are one dataset and prepare it; files given for validation or test stay what they are.

    Several files without that are told apart by their names: train and test, or one for each class.
    """
    given = [source for source in (validation, test) if source is not None]
    names = [name for _, name in (*sources, *given)]
    roles = parts_of(names) if not given else {}
    if validation is not None:
        roles[validation[1]] = VALIDATION
    if test is not None:
        roles[test[1]] = TEST
    every = [*sources, *given]
    spool_path = work_dir / SPOOL_NAME
    if len(every) == 1:
        reading = read_table(every[0][0], spool_path, name=every[0][1])
    else:
        reading = read_tables(every, spool_path)
    about = {"reading": dataclasses.asdict(reading), "roles": roles}
    (work_dir / READING_NAME).write_bytes(orjson.dumps(about))
    return rework(work_dir, choices=choices)


def rework(work_dir: Path, *, choices: Choices, write: bool = True) -> DatasetReport:
    """Decide again with other choices, without reading the file again; `write=False` leaves the written parts alone."""
    about = orjson.loads((work_dir / READING_NAME).read_bytes())
    reading = _reading_from(about["reading"])
    spool = open_spool(work_dir / SPOOL_NAME)
    if not spool.rows:
        raise DatasetError("There are no rows in the file.", next_step="Check the file, and drop it again.")
    frame = _frame_for(work_dir, spool, choices, reading, about["roles"])
    style = _style_for(spool, frame, choices)
    overhead = chat_overhead(system=choices.system) if choices.format is ExampleFormat.CHAT else 2
    ledger = decide(frame, choices, mend_rows(spool, frame, choices), overhead=overhead)
    report = build_report(ledger, spool, reading, style, overhead=overhead)
    if write:
        write_parts(work_dir, spool, ledger, style)
        partial = work_dir / f"{REPORT_NAME}.partial"
        partial.write_bytes(orjson.dumps(report_json(report), option=orjson.OPT_INDENT_2))
        partial.replace(work_dir / REPORT_NAME)
    return report


def test_rows(work_dir: Path, limit: int) -> list[tuple[list[dict[str, str]], str]]:
    """Up to `limit` examples of the test part: the messages that ask, and the answer they should get."""
    path = work_dir / JSONL_NAMES[PART_NAMES[TEST]]
    if not path.exists():
        return []
    with path.open("rb") as stream:
        lines = [orjson.loads(line) for _, line in zip(range(limit), stream, strict=False)]
    return [_asked_and_answered(line) for line in lines]


def _asked_and_answered(line: dict[str, Any]) -> tuple[list[dict[str, str]], str]:
    if "messages" in line:
        return line["messages"][:-1], line["messages"][-1]["content"]
    return messages_for(line["prompt"], system=""), line["completion"]


def _frame_for(
    work_dir: Path, spool: Spool, choices: Choices, reading: Reading, roles: dict[str, int]
) -> Frame:
    """The frame kept in the folder when it is one for these columns, else a new one."""
    mapping = choose(take_sample(spool, is_split=bool(roles)), choices)
    frame = load_frame(work_dir, mapping)
    if frame is None:
        frame = build_frame(spool, mapping, roles=roles, name=reading.file)
        save_frame(frame, work_dir)
    return frame


def _style_for(spool: Spool, frame: Frame, choices: Choices) -> LineStyle:
    separator = stop = ""
    if choices.format is ExampleFormat.COMPLETION:
        separator = choose_separator(part.text for part in row_texts(spool, frame.mapping))
        stop = choose_stop(part.answer for part in row_texts(spool, frame.mapping))
    return LineStyle(format=choices.format, system=choices.system, separator=separator, stop=stop)


def _reading_from(about: dict[str, Any]) -> Reading:
    lists = {name: tuple(value) for name, value in about.items() if isinstance(value, list)}
    return Reading(**{**about, **lists})

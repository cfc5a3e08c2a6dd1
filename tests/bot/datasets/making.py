"""Small datasets for the tests of preparing: rows in, report and written files out, without a reader in between."""

import csv
from collections.abc import Sequence
from pathlib import Path

import orjson

from bot.datasets.prepare import ingest_files, rework
from bot.domain import Choices, DatasetReport, Finding


def csv_file(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def prepared(
    folder: Path, rows: Sequence[Sequence[str]], header=("text", "label"), **choices
) -> DatasetReport:
    """The report on a CSV file of these rows, prepared into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    source = csv_file(folder / "source.csv", header, rows)
    return ingest_files([(source, "source.csv")], folder, choices=Choices(**choices))


def again(folder: Path, **choices) -> DatasetReport:
    return rework(folder, choices=Choices(**choices))


def finding(report: DatasetReport, code: str) -> Finding:
    found = [finding for finding in report.findings if finding.code == code]
    assert found, f"no {code} among {[finding.code for finding in report.findings]}"
    return found[0]


def codes(report: DatasetReport) -> set[str]:
    return {finding.code for finding in report.findings}


def examples(folder: Path, part: str = "train") -> list[dict]:
    path = folder / f"{part}.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def every_example(folder: Path) -> list[dict]:
    return [line for part in ("train", "validation", "test") for line in examples(folder, part)]


def pairs(folder: Path) -> set[tuple[str, str]]:
    return {
        (line["messages"][-2]["content"], line["messages"][-1]["content"]) for line in every_example(folder)
    }


def rejected(folder: Path) -> list[dict[str, str]]:
    with (folder / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def plain_rows(count: int = 40, labels: Sequence[str] = ("yes", "no")) -> list[list[str]]:
    """Rows without a fault: `count` different texts, the labels in turn."""
    return [[f"this is the text of row {number}", labels[number % len(labels)]] for number in range(count)]

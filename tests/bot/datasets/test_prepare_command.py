"""`tunesmith prepare` as a command, and the page that documents it."""

import ast
import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.dataset_estimates import estimates_of
from bot.cli.datasets import prepare
from bot.cli.progress_line import ProgressLine
from bot.datasets import prepare as preparing
from bot.datasets.checks.flags import BLEMISHES
from tests.bot.datasets.making import csv_file, plain_rows, prepared

_ROOT = Path(__file__).parents[3]
_PAGE = (_ROOT / "docs" / "prepare.md").read_text(encoding="utf-8")


def _documented(after: str) -> set[str]:
    """The names in the first column of the table that follows these words."""
    lines = _PAGE[_PAGE.index(after) :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    names: set[str] = set()
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        names.update(re.findall(r"`([^`]+)`", line.split("|")[1].split("(")[0]))
    return names


def _run(tmp_path, rows, *options):
    source = csv_file(tmp_path / "tickets.csv", ["text", "label"], rows)
    return CliRunner().invoke(prepare, [str(source), *options], catch_exceptions=False)


def test_the_page_names_every_option():
    options = {name for option in prepare.params for name in option.opts if name.startswith("--")}

    assert _documented("## Options") == options | {"FILES"}


def test_the_page_names_every_key_of_the_json(tmp_path):
    report = json.loads(_run(tmp_path, [*plain_rows(), ["", "yes"]], "--json").stdout)

    assert _documented("## The report as JSON") == set(report)
    assert _documented("Each of `findings`") == set(report["findings"][0])
    assert _documented("Each of `estimates`") == set(report["estimates"][0])
    for name, keys in (("splits", report["splits"]["train"]), ("lengths", report["lengths"])):
        row = next(line for line in _PAGE.splitlines() if line.startswith(f"| `{name}`"))
        assert set(keys) <= set(re.findall(r"`([^`]+)`", row))
    row = next(line for line in _PAGE.splitlines() if line.startswith("| `remedy`"))
    assert set(report["findings"][0]["remedy"]) <= set(re.findall(r"`([^`]+)`", row))


def test_the_page_names_every_finding():
    drafts = [
        word.value.value
        for path in (_ROOT / "bot" / "datasets" / "checks").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Draft"
        for word in call.keywords
        if word.arg == "code" and isinstance(word.value, ast.Constant)
    ]
    found = {*drafts, *(blemish.finding for blemish in BLEMISHES)}

    assert len(found) > 20
    assert found <= _documented("## Findings and remedies")


def test_out_gets_parts_rejects_report_and_picture(tmp_path):
    answer = _run(
        tmp_path, [*plain_rows(), ["", "yes"]], "--out", str(tmp_path / "out"), "--fix", "recommended"
    )

    out = tmp_path / "out"
    assert answer.exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "train.jsonl", "validation.jsonl", "test.jsonl", "rejects.csv", "report.json", "report.png",
    }  # fmt: skip
    assert (out / "report.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((out / "report.json").read_text())["estimates"]


def test_a_part_of_an_earlier_run_does_not_stay(tmp_path):
    out = tmp_path / "out"
    _run(tmp_path, plain_rows(), "--out", str(out))

    _run(tmp_path, plain_rows(), "--out", str(out), "--split", "100/0/0")

    assert not (out / "test.jsonl").exists()


def test_estimates_are_of_the_embedded_trainer_and_the_price_table(tmp_path):
    report = prepared(tmp_path, plain_rows(200))

    own, *_, hosted = estimates_of(report, home=tmp_path, today=date(2026, 11, 21))
    later = estimates_of(report, home=tmp_path, today=date(2027, 6, 1))

    assert own.minutes is not None
    assert (own.usd, own.source) == (0, "the trainer's own estimate")
    assert hosted.usd == Decimal(hosted.tokens) * 25 / 1_000_000
    assert hosted.minutes is None
    assert all(one.minutes is not None for one in later), "hosted models can no longer be trained"


def test_a_part_too_large_for_an_upload_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "UPLOAD_BYTES", 1 << 10)

    report = prepared(tmp_path, plain_rows(400))

    assert report.reading.warnings[-1].startswith("test.jsonl has")
    assert "train.jsonl" in report.reading.warnings[0]


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_one_line_that_is_wiped():
    stream, times = _Terminal(), iter([0.0, 0.05, 0.2, 0.25])

    with ProgressLine(stream, clock=lambda: next(times)) as progress:
        progress("reading", 0, 0)
        progress("checking", 0, 200)
        progress("checking", 50, 200)
        progress("checking", 60, 200)

    drawn = [piece.strip() for piece in stream.getvalue().split("\r")]
    assert drawn[1:4] == [
        "reading …",
        f"checking [{'.' * 30}] 0% of 200 rows",
        f"checking [{'#' * 7}{'.' * 23}] 25% of 200 rows",
    ]
    assert drawn[4:] == ["", ""]


@pytest.mark.parametrize("stream", [io.StringIO()])
def test_nobody_is_told_where_nobody_watches(stream):
    with ProgressLine(stream) as progress:
        progress("reading", 0, 0)

    assert stream.getvalue() == ""

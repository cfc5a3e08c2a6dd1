"""`tunesmith prepare` and `tunesmith read`: the data preparation alone."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.progress_line import ProgressLine
from bot.cli.serve import HOME as SERVER_HOME
from bot.domain import Choices, DatasetReport, ExampleFormat, Task
from bot.errors import InputError

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
PARTS = ("train.jsonl", "validation.jsonl", "test.jsonl", "rejects.csv")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files of one dataset, and those given for validation and test."""

    files: tuple[Path, ...]
    validation: Path | None
    test: Path | None


@click.command()
@click.argument("files", nargs=-1, required=True, type=existing_file)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the files here.")
@click.option("--text", help="The text column, or a template such as '{title} {body}'.")
@click.option("--label", help="The label column.")
@click.option("--task", type=click.Choice([task.value for task in Task]), help="What the examples teach.")
@click.option(
    "--format", "style", type=click.Choice([style.value for style in ExampleFormat]), default="chat"
)
@click.option("--system", default="", help="A system prompt for every example.")
@click.option("--split", default="80/10/10", show_default=True, help="Train/validation/test, in per cent.")
@click.option("--validation", type=existing_file, help="A file to validate on, kept as it is.")
@click.option("--test", type=existing_file, help="A file to test on, kept as it is.")
@click.option("--seed", default=42, show_default=True, help="The same seed gives the same files.")
@click.option("--fix", help="Remedy codes with commas between, or `recommended`, or `none`.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def prepare(
    files: tuple[Path, ...],
    out: Path | None,
    text: str | None,
    label: str | None,
    task: str | None,
    style: str,
    system: str,
    split: str,
    validation: Path | None,
    test: Path | None,
    seed: int,
    fix: str | None,
    as_json: bool,
) -> None:
    """Read a dataset, report what is wrong with it, and write JSONL for fine-tuning.

    On a terminal each remedy is asked for; --fix decides without asking. --out gets train.jsonl, validation.jsonl,
    test.jsonl, rejects.csv, report.json and report.png. The end is 1 when the dataset is not ready to train.

    \b
    tunesmith prepare tickets.csv
    tunesmith prepare tickets.csv --label queue --fix recommended --out prepared/
    tunesmith prepare good.txt bad.txt --out prepared/      a file for each label
    """
    _, validation_share, test_share = shares(split)
    choices = Choices(
        text=text,
        label=label,
        task=Task(task) if task else None,
        format=ExampleFormat(style),
        system=system,
        validation_share=validation_share,
        test_share=test_share,
        seed=seed,
        fixes=fixes(fix),
    )
    sources = Sources(files=files, validation=validation, test=test)
    asks = fix is None and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    report = _prepare(sources, choices, out, as_json=as_json, asks=asks)
    sys.exit(0 if report.is_ready else 1)


def _prepare(
    sources: Sources, choices: Choices, out: Path | None, *, as_json: bool, asks: bool
) -> DatasetReport:
    from bot.cli.dataset_estimates import estimates_of
    from bot.datasets.prepare import ingest_files, rework
    from bot.datasets.render import report_json, report_text

    with tempfile.TemporaryDirectory(prefix="tunesmith-") as scratch:
        work = Path(scratch)
        with ProgressLine(sys.stderr) as progress:
            report = ingest_files(
                [(path, path.name) for path in sources.files],
                work,
                choices=choices,
                validation=_named(sources.validation),
                test=_named(sources.test),
                progress=progress,
            )
        if asks:
            click.echo(report_text(report))
            chosen = replace(choices, fixes=_asked(report))
            with ProgressLine(sys.stderr) as progress:
                report = rework(work, choices=chosen, progress=progress)
        estimates = estimates_of(report, home=SERVER_HOME, today=datetime.now(UTC).date())
        told = report_json(report, estimates)
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else report_text(report, estimates))
        if out:
            _write(work, out, report, told)
            if not as_json:
                click.echo(f"Written to {out}/")
    return report


def _named(path: Path | None) -> tuple[Path, str] | None:
    return None if path is None else (path, path.name)


def _asked(report: DatasetReport) -> tuple[str, ...]:
    """The remedies a person says yes to, one by one; nothing is written before the last answer."""
    from bot.datasets.render import question_of, remedies_of

    return tuple(
        remedy.code
        for finding, remedy in remedies_of(report)
        if click.confirm(question_of(finding, remedy), default=remedy.recommended)
    )


def _write(work: Path, out: Path, report: DatasetReport, told: dict[str, Any]) -> None:
    """The parts and the rejects as they were made, the report with its estimates, and its picture."""
    from bot.charts import report_picture

    out.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        if (work / name).exists():
            shutil.copyfile(work / name, out / name)
        else:
            (out / name).unlink(missing_ok=True)
    (out / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (out / "report.png").write_bytes(report_picture(report))


def shares(split: str) -> tuple[float, float, float]:
    """(train, validation, test) as fractions of "80/10/10". Raises InputError."""
    try:
        parts = [float(part) for part in split.split("/")]
    except ValueError:
        parts = []
    if len(parts) != 3 or min(parts) < 0 or abs(sum(parts) - 100) > 1e-6 or parts[0] == 0:
        raise InputError(
            f"--split must be three percentages that make 100, such as 80/10/10, not {split}.", field="split"
        )
    train, validation, test = (part / 100 for part in parts)
    return train, validation, test


def fixes(given: str | None) -> tuple[str, ...] | None:
    """Remedy codes of --fix; None for the recommended ones, an empty tuple for none."""
    if given is None or given == "recommended":
        return None
    return () if given == "none" else tuple(code.strip() for code in given.split(",") if code.strip())


@click.command()
@click.argument("file", type=existing_file)
def read(file: Path) -> None:
    """The table as it was read, as RFC 4180 CSV in UTF-8: what was understood of a strange file.

    \b
    tunesmith read strange.csv | head
    """
    from bot.datasets.reading import read_table
    from bot.datasets.spool import open_spool, write_rfc4180

    with tempfile.TemporaryDirectory(prefix="tunesmith-") as scratch:
        spool = Path(scratch) / "spool.arrow"
        reading = read_table(file, spool, name=file.name)
        write_rfc4180(open_spool(spool), sys.stdout.buffer)
    for sentence in (*reading.notes, *reading.warnings):
        click.echo(sentence, err=True)

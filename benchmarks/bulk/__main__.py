"""Classifies a file of many rows in a channel, as a person does: from the press of the button to the CSV in the thread.

`python -m benchmarks.bulk --rows 10000 --model minilm-l6-blend-1`; exit code 0 when it took less than a minute.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.tickets import write_tickets
from bot import demo
from bot.headless import Message, Person
from bot.manifest import manifest_path

BAR_S = 60.0


def main() -> int:
    """Train, drop, press, wait; print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--model", default="minilm-l6-blend-1", help="base model")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        demo.running(port=0, home=Path(folder), manifest=manifest_path()) as running,
    ):
        figures = _measure(Person(running.control, lambda _: None), Path(folder), given.rows, given.model)
    print(json.dumps(figures))
    return 0 if figures["seconds"] < BAR_S else 1


def _measure(person: Person, folder: Path, count: int, base: str) -> dict[str, Any]:
    taught = write_tickets(folder / "taught.csv", rows=600, seed=1)
    asked = _without_labels(write_tickets(folder / "labelled.csv", rows=count, seed=2), folder / "asked.csv")
    thread = person.drop(taught)
    person.wait_for(lambda m: m["thread_ts"] == thread and "jobs_start" in str(m["blocks"]), "the report")
    person.command(f"/finetune start taught.csv model={base} n_epochs=3")
    person.wait_for(lambda m: "your model is ready" in m["text"], "the model")
    thread = person.drop(asked)
    report = person.wait_for(
        lambda m: m["thread_ts"] == thread and "batches_new" in str(m["blocks"]), "the offer"
    )
    person.press(report, "batches_new")
    form = person.form("batches_form")
    started = time.monotonic()
    person.submit(form, {"text": {"text": {"value": "text"}}})
    person.wait_for(lambda m: _has_result(m), "the labels", 600)
    seconds = time.monotonic() - started
    return {
        "base": base,
        "rows": count,
        "seconds": round(seconds, 1),
        "rows_per_second": round(count / seconds),
        "load_average": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }


def _has_result(message: Message) -> bool:
    return any(file["name"] == "asked.labelled.csv" for file in message["files"])


def _without_labels(labelled: Path, target: Path) -> Path:
    """The same texts with a number each, and no label."""
    with labelled.open(encoding="utf-8", newline="") as lines, target.open("w", newline="") as out:
        texts = [row["text"] for row in csv.DictReader(lines)]
        csv.writer(out).writerows([("id", "text"), *enumerate(texts)])
    return target


if __name__ == "__main__":
    sys.exit(main())

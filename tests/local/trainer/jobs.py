"""Job folders with made-up tickets, for tests that train something small but real."""

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.trainer.job import read_job
from local.trainer.run import JobRun

WORDS = {
    "billing": ("invoice", "refund", "charged", "payment", "receipt"),
    "outage": ("down", "offline", "error", "crash", "timeout"),
    "access": ("password", "login", "locked", "account", "reset"),
}
FILLER = ("please", "my", "the", "again", "today", "since", "monday", "it", "is", "help", "we", "need", "now")
TRAINER = [sys.executable, "-m", "local.trainer"]


def ticket(label: str, rng: random.Random) -> str:
    """A made-up text whose words give its label away."""
    words = [*rng.sample(WORDS[label], 2), *rng.sample(FILLER, 5)]
    rng.shuffle(words)
    return " ".join(words)


def tickets(count: int, *, labels: Sequence[str] = tuple(WORDS), seed: int = 0) -> list[tuple[str, str]]:
    """Texts with their labels, taken in turn."""
    rng = random.Random(seed)
    return [(ticket(label, rng), label) for label in (labels[row % len(labels)] for row in range(count))]


def write_chat(
    path: Path, rows: Sequence[tuple[str, str]], *, system: str | None = "Sort the ticket."
) -> None:
    """A training file of chat messages."""
    first = [] if system is None else [{"role": "system", "content": system}]
    lines = (
        {"messages": [*first, {"role": "user", "content": text}, {"role": "assistant", "content": label}]}
        for text, label in rows
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def make_job(folder: Path, rows: Sequence[tuple[str, str]], **fields: Any) -> Path:
    """A job folder ready to train; `fields` replace those of job.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_chat(folder / "train.jsonl", rows)
    base = fields.pop("base_model", "ngram-hash-1")
    job = {
        "job_id": "ftjob-test",
        "base_model": base,
        "parent_model_dir": None,
        "training_file": "train.jsonl",
        "validation_file": None,
        "hyperparameters": {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"},
        "seed": 7,
        "suffix": None,
        "classification": None,
        "output_model": f"ft:{base}:tunesmith::test",
        "threads": 1,
        "memory_mb": 2_000,
        "cache_dir": str(folder / "cache"),
        "checkpoint_seconds": 30,
        **fields,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    return folder


def train(folder: Path) -> list[dict[str, Any]]:
    """Train the job in this process; its progress lines."""
    JobRun(read_job(folder), should_stop=lambda: False).run()
    return progress_lines(folder)


def progress_lines(folder: Path) -> list[dict[str, Any]]:
    """The progress file's whole lines."""
    path = folder / "progress.jsonl"
    raw = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in raw if line.endswith(b"\n")]


def of_type(lines: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The lines of one type."""
    return [line for line in lines if line["type"] == kind]

"""Measure answers of the embedded server over HTTP: alone, eight at once, in batches; and its memory.

python -m benchmarks.serve --data FOLDER      banking77's questions
python -m benchmarks.serve                    made-up tickets, where no dataset lies
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from openai import OpenAI

from benchmarks.load.figures import cpu_seconds
from benchmarks.serve.asks import Waits, ask_all, chat_body
from benchmarks.tickets import write_tickets
from bot.processes import Child, Children

BARS = {
    "minilm-l6-blend-1": {
        "alone_p50": 10.0,
        "alone_p99": 30.0,
        "eight_p99": 60.0,
        "batch": 400.0,
        "mb": 400.0,
    },
    "ngram-hash-1": {"alone_p50": 3.0, "batch": 400.0, "mb": 400.0},
}
TEXTS_PER_RUN = 1_000
BATCH_TEXTS = 5_000
WARM = 50
CHAT = "/v1/chat/completions"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The figures of one model. `cpu_ms` is the server's processor time for one answer, alone; memory in megabytes."""

    name: str
    alone: Waits
    eight: Waits
    cpu_ms: float
    batch_per_s: float | None = None
    batch_cpu_ms: float | None = None
    rss_mb: float
    peak_mb: float


def main() -> int:
    """Measure; 0 when the bars hold."""
    options = _options()
    found = []
    with tempfile.TemporaryDirectory(prefix="tunesmith-benchmark-") as folder:
        pairs, asked = _pairs(options.data, Path(folder))
        for base in options.bases:
            found.append(_measured(Path(folder) / base, base, pairs, asked))
        if options.peer:
            found.append(_peer(Path(folder), pairs, asked))
    for row in found:
        _print_row(row)
    broken = [line for row in found for line in _broken(row)]
    print("\n".join(["BELOW THE BAR:", *broken]) if broken else "The bars hold.")
    load = os.getloadavg()[0]
    print(json.dumps({"load": round(load, 2), "rows": [asdict(row) for row in found], "broken": broken}))
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="folder with banking77; made-up tickets without it")
    parser.add_argument("--bases", nargs="*", default=list(BARS))
    has_peer = importlib.util.find_spec("sklearn") is not None
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=has_peer)
    return parser.parse_args()


def _pairs(data: Path | None, folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """What is trained on, and other texts to ask for."""
    if data is None:
        with write_tickets(folder / "tickets.csv", rows=4_000, seed=1).open(encoding="utf-8") as file:
            rows = [(row["text"], row["queue"]) for row in csv.DictReader(file)]
        return rows[:3_000], [text for text, _ in rows[3_000:]]
    files = [
        (data / "banking77" / name).open(encoding="utf-8", newline="") for name in ("train.csv", "test.csv")
    ]
    train, test = ([(row["text"], row["category"]) for row in csv.DictReader(file)] for file in files)
    return train, [text for text, _ in test]


def _measured(home: Path, base: str, pairs: Sequence[tuple[str, str]], asked: Sequence[str]) -> Answers:
    """A server of its own for each base, so that the memory is this base's."""
    with Children(home / "logs") as children:
        child = children.start(
            "server", ["local.openai_server", "--port", "0", "--home", str(home / "server")]
        )
        ready = child.read_ready()
        key = Path(ready["api_key_file"]).read_text(encoding="utf-8").strip()
        client = OpenAI(base_url=ready["base_url"], api_key=key)
        model = _trained(client, base, pairs)
        children_pid = child.process.pid
        address = (str(urlsplit(ready["base_url"]).hostname), int(urlsplit(ready["base_url"]).port or 0))
        body = chat_body(model)
        ask_all(address, CHAT, body, asked[:WARM], callers=1, key=key)
        before = cpu_seconds(children_pid)
        texts = [asked[place % len(asked)] for place in range(TEXTS_PER_RUN)]
        alone = ask_all(address, CHAT, body, texts, callers=1, key=key)
        cpu_ms = 1000 * (cpu_seconds(children_pid) - before) / len(texts)
        eight = ask_all(address, CHAT, body, texts * 2, callers=8, key=key)
        before = cpu_seconds(children_pid)
        per_s = _batch(client, model, [asked[place % len(asked)] for place in range(BATCH_TEXTS)])
        batch_cpu_ms = 1000 * (cpu_seconds(children_pid) - before) / BATCH_TEXTS
        memory = _memory_mb(children_pid)
        client.close()
    return Answers(
        name=base,
        alone=alone,
        eight=eight,
        cpu_ms=round(cpu_ms, 2),
        batch_per_s=round(per_s, 1),
        batch_cpu_ms=round(batch_cpu_ms, 2),
        rss_mb=memory["VmRSS"],
        peak_mb=memory["VmHWM"],
    )


def _trained(client: OpenAI, base: str, pairs: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        json.dumps({"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]})
        + "\n"
        for text, label in pairs
    )
    file = client.files.create(file=("train.jsonl", lines.encode()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model=base, training_file=file.id, seed=1)
    while job.status not in ("succeeded", "failed", "cancelled"):
        time.sleep(0.5)
        job = client.fine_tuning.jobs.retrieve(job.id)
    if job.fine_tuned_model is None:
        raise SystemExit(f"The training ended as {job.status}: {job.error}")
    return job.fine_tuned_model


def _batch(client: OpenAI, model: str, texts: Sequence[str]) -> float:
    """Texts a second from the batch's creation to its end, both as a caller sees them."""
    lines = "".join(
        json.dumps(
            {
                "custom_id": str(number),
                "method": "POST",
                "url": CHAT,
                "body": {"model": model, "messages": [{"role": "user", "content": text}]},
            }
        )
        + "\n"
        for number, text in enumerate(texts)
    )
    file = client.files.create(file=("batch.jsonl", lines.encode()), purpose="batch")
    begun = time.perf_counter()
    batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        time.sleep(0.1)
        batch = client.batches.retrieve(batch.id)
    took = time.perf_counter() - begun
    if batch.request_counts is None or batch.request_counts.completed != len(texts):
        raise SystemExit(f"The batch ended as {batch.status}: {batch.request_counts}")
    return len(texts) / took


def _peer(folder: Path, pairs: Sequence[tuple[str, str]], asked: Sequence[str]) -> Answers:
    training = folder / "peer.jsonl"
    rows = (json.dumps({"text": text, "label": label}) + "\n" for text, label in pairs)
    training.write_text("".join(rows), encoding="utf-8")
    with Children(folder / "logs") as children:
        child: Child = children.start("peer", ["benchmarks.serve.peer", str(training)])
        address = ("127.0.0.1", int(child.read_ready(timeout_s=300)["port"]))
        pid = child.process.pid

        def body(text: str) -> bytes:
            return json.dumps({"text": text}).encode()

        ask_all(address, "/classify", body, asked[:WARM], callers=1)
        texts = [asked[place % len(asked)] for place in range(TEXTS_PER_RUN)]
        before = cpu_seconds(pid)
        alone = ask_all(address, "/classify", body, texts, callers=1)
        cpu_ms = 1000 * (cpu_seconds(pid) - before) / len(texts)
        eight = ask_all(address, "/classify", body, texts * 2, callers=8)
        memory = _memory_mb(pid)
    return Answers(
        name="TF-IDF + LR, Starlette",
        alone=alone,
        eight=eight,
        cpu_ms=round(cpu_ms, 2),
        rss_mb=memory["VmRSS"],
        peak_mb=memory["VmHWM"],
    )


def _memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of a process, now and at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {
        name: int(rest.split()[0]) / 1000
        for name, _, rest in (line.partition(":") for line in lines)
        if name in ("VmRSS", "VmHWM")
    }


def _print_row(row: Answers) -> None:
    batch = "" if row.batch_per_s is None else f"; batch {row.batch_per_s:.0f}/s at {row.batch_cpu_ms} CPU ms"
    print(
        f"{row.name}: alone p50 {row.alone.p50_ms} p99 {row.alone.p99_ms} ms ({row.cpu_ms} CPU ms); "
        f"eight at once p50 {row.eight.p50_ms} p99 {row.eight.p99_ms} ms, {row.eight.per_s}/s{batch}; "
        f"memory {row.rss_mb:.0f} MB, peak {row.peak_mb:.0f}"
    )


def _broken(row: Answers) -> list[str]:
    bars = BARS.get(row.name, {})
    measured = {
        "alone_p50": row.alone.p50_ms,
        "alone_p99": row.alone.p99_ms,
        "eight_p99": row.eight.p99_ms,
        "mb": row.rss_mb,
    }
    over = [
        f"{row.name}: {name} {value} > {bars[name]}"
        for name, value in measured.items()
        if name in bars and value > bars[name]
    ]
    if "batch" in bars and (row.batch_per_s or 0.0) < bars["batch"]:
        over.append(f"{row.name}: batch {row.batch_per_s} texts/s < {bars['batch']}")
    return over


if __name__ == "__main__":
    sys.exit(main())

"""Train one job in a process of its own, as the server does, and measure the process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.train.sets import Pair

WATCH_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished job: where the model lies, what it took (seconds, megabytes of peak RSS) and what it said at its start."""

    model: Path
    wall_s: float
    cpu_s: float
    peak_mb: float
    epochs: int
    notes: tuple[str, ...]


class JobFailed(RuntimeError):
    """The trainer told a failure."""


def train(
    folder: Path,
    pairs: Sequence[Pair],
    *,
    base: str,
    seed: int,
    cache: Path,
    threads: int,
    memory_mb: int,
    tuner: str = "auto",
) -> Trained:
    """Write the job's folder, run the trainer, wait. `tuner` numpy leaves torch aside where it is installed."""
    folder.mkdir(parents=True)
    lines = (json.dumps({"prompt": text, "completion": f" {label}"}) + "\n" for text, label in pairs)
    (folder / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    job = {
        "job_id": "ftjob-bench",
        "base_model": base,
        "training_file": "train.jsonl",
        "seed": seed,
        "output_model": f"ft:{base}:bench::1",
        "threads": threads,
        "memory_mb": memory_mb,
        "cache_dir": str(cache),
        "tuner": tuner,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "local.trainer", str(folder)])
    peak_mb = _watched_peak_mb(process)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - begun
    told = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    if process.returncode or told[-1]["type"] != "finished":
        raise JobFailed(json.dumps(told[-1]))
    return Trained(
        model=folder / told[-1]["model_dir"],
        wall_s=took,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=peak_mb,
        epochs=sum(line["type"] == "checkpoint" for line in told),
        notes=tuple(told[0]["notes"]),
    )


def _watched_peak_mb(process: "subprocess.Popen[bytes]") -> float:
    """The most memory that a process had to itself until it ended, looked at every WATCH_S. Pages of files that it has
    mapped are left out: the system takes them back when it wants them."""
    peak_kb = 0
    status = Path(f"/proc/{process.pid}/status")
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        own = [line for line in status.read_text().splitlines() if line.startswith(("RssAnon:", "RssShmem:"))]
        peak_kb = max(peak_kb, sum(int(line.split()[1]) for line in own))
        time.sleep(WATCH_S)
    return peak_kb / 1000

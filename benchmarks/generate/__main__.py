"""`python -m benchmarks.generate --out FILE`: train the packaged base on three tasks, ask it, and write figures down.

Needs the extra `generate` and the weights' package. The training is the server's own process, so its CPU seconds and
memory are those of a job; answers come from the server's own worker, one at a time and sixteen at a time.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from benchmarks.generate import scores, sets
from local.trainer.generation import smollm2

EPOCHS = 2


def train(folder: Path, task: str, pairs: list[sets.Pair], *, seed: int, cache: Path) -> dict[str, Any]:
    """Train one job; its cost."""
    folder.mkdir()
    (folder / "train.jsonl").write_text(sets.chat_lines(task, pairs))
    job = {
        "job_id": task, "base_model": smollm2.BASE_ID, "base_kind": "generator", "training_file": "train.jsonl",
        "hyperparameters": {"n_epochs": EPOCHS}, "seed": seed, "output_model": f"ft:{smollm2.BASE_ID}::{task}:",
        "threads": 1, "memory_mb": 2048, "cache_dir": str(cache), "checkpoint_seconds": 30,
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(job))
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "local.trainer", str(folder)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    last = json.loads((folder / "progress.jsonl").read_text().splitlines()[-1])
    if last["type"] != "finished":
        raise SystemExit(f"{task}: {last}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "cpu_s": round(cpu),
        "wall_s": round(time.perf_counter() - started),
        "peak_rss_mb": round(after.ru_maxrss / 1000),
        "trained_tokens": last["trained_tokens"],
        "full_valid_loss": round(last["metrics"]["full_valid_loss"], 4),
    }


class Asker:
    """The worker's process, asked from several threads."""

    def __init__(self, model: Path, threads: int) -> None:
        command = [sys.executable, "-m", "local.trainer.generation.worker", str(model), str(threads)]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert json.loads(self._line())["ready"]
        self.ready_s = time.perf_counter() - self.started
        self._waiting: dict[str, Queue[dict[str, Any]]] = {}
        Thread(target=self._hear, daemon=True).start()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def _hear(self) -> None:
        while line := self._line():
            said = json.loads(line)
            self._waiting[said["id"]].put(said)

    def ask(self, number: int, task: str, text: str) -> tuple[str, int, float]:
        """The answer, its tokens, and the seconds it took."""
        name, heard = str(number), Queue[dict[str, Any]]()
        self._waiting[name] = heard
        turns = [[one["role"], one["content"]] for one in sets.asked(task, text)]
        request = {"id": name, "turns": turns, "max_tokens": 120, "temperature": 0, "top_p": 1, "seed": 0, "stop": [], "top": None}  # fmt: skip
        begun, written = time.perf_counter(), ""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        while "done" not in (said := heard.get()):
            written += said.get("text", "")
        return written, said["tokens"], time.perf_counter() - begun

    def peak_mb(self) -> int:
        """Peak resident memory of the worker."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1000

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def serve(model: Path, task: str, pairs: list[sets.Pair], *, threads: int) -> dict[str, Any]:
    """Ask for every test text, a part of them alone and the rest side by side."""
    asker = Asker(model, threads)
    alone = [asker.ask(number, task, text) for number, (text, _) in enumerate(pairs[:30])]
    begun = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        rest = list(pool.map(lambda item: asker.ask(item[0] + 1000, task, item[1][0]), enumerate(pairs[30:])))
    together_s = time.perf_counter() - begun
    answers, wanted = [answer for answer, _, _ in [*alone, *rest]], [answer for _, answer in pairs]
    figures = {
        "exact": round(scores.exact(answers, wanted), 3),
        "tokens_per_s_alone": round(sum(n for _, n, _ in alone) / sum(s for _, _, s in alone), 1),
        "tokens_per_s_16_at_once": round(sum(n for _, n, _ in rest) / together_s, 1),
        "p50_s_alone": round(statistics.median(s for _, _, s in alone), 2),
        "load_s": round(asker.ready_s, 1),
        "peak_rss_mb": asker.peak_mb(),
    }
    if task == "extraction":
        figures |= {
            "valid_json": round(scores.valid_json(answers), 3),
            "slot_f1": round(scores.slot_f1(answers, wanted), 3),
        }
    asker.close()
    return figures


def main() -> None:
    """Run the tasks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines are added to this file")
    parser.add_argument("--tasks", nargs="+", default=list(sets.MAKERS), choices=list(sets.MAKERS))
    parser.add_argument("--examples", type=int, default=1200)
    parser.add_argument("--tests", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of the worker that answers")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        smollm2.unpacked(Path(place))
        for task in arguments.tasks:
            folder = Path(place) / task
            pairs = sets.made(task, arguments.examples, seed=arguments.seed)
            line = {"task": task, "examples": arguments.examples, "epochs": EPOCHS, "seed": arguments.seed}
            line["load"] = round(os.getloadavg()[0], 1)
            line["training"] = train(folder, task, pairs, seed=arguments.seed, cache=Path(place))
            tests = sets.made(task, arguments.tests, seed=arguments.seed, new=True)
            line["answers"] = serve(folder / "model", task, tests, threads=arguments.threads)
            print(json.dumps(line), flush=True)
            with arguments.out.open("a") as file:
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()

"""Weights & Biases for jobs that ask for it: starts and ends the processes that log their runs."""

import contextlib
import subprocess
import sys
from pathlib import Path

import msgspec

from local.openai_server.store.jobs import Job

STOP_S = 3.0


class Integrations:
    """One logging process a run; they follow the job's progress file and end by themselves."""

    def __init__(self) -> None:
        self._processes: dict[tuple[str, int], subprocess.Popen[bytes]] = {}

    def start(self, job: Job, folder: Path) -> None:
        """Begin or go on to log a job whose training has just started."""
        if not job.spec.wandb:
            return
        tags = ["openai/finetune", f"openai/{job.spec.base_model}", f"openai/{job.id}"]
        asked = [
            {
                "id": run.run_id,
                "project": run.project,
                "name": run.name or job.id,
                "entity": run.entity,
                "tags": [*run.tags, *tags],
            }
            for run in job.spec.wandb
        ]
        (folder / "integrations.json").write_bytes(msgspec.json.encode(asked))
        for position in range(len(asked)):
            process = self._processes.get((job.id, position))
            if process is None or process.poll() is not None:
                self._processes[job.id, position] = _logger(folder, position)

    def end(self, job_id: str) -> None:
        """End the logging of a job that was cancelled or paused."""
        for (logged, _), process in self._processes.items():
            if logged == job_id:
                process.terminate()

    def stop(self) -> None:
        """End all logging; the runs are gone on with when their jobs are."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)


def _logger(folder: Path, position: int) -> "subprocess.Popen[bytes]":
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "local.openai_server.wandb_log", str(folder), str(position)]
    with (folder / "wandb.log").open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=root, start_new_session=True
        )

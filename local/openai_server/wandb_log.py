"""`python -m local.openai_server.wandb_log JOBDIR N`: logs a job's progress to its N-th Weights & Biases run.

A process of its own, so that nothing wandb does (its service, its network) can hold up the server or the training.
It ends with the job or on SIGTERM; where the job goes on later, the next process goes on in the same run.
"""

import importlib
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from local.openai_server.engine import PROGRESS_NAME
from local.openai_server.progress import CheckpointMade, Failed, Finished, Line, Started, Step, parse_lines

LOOK_EVERY_S = 0.5


def main(folder: Path, position: int) -> int:
    """Follow the job's progress to its end; 0 once the run is finished."""
    wandb = importlib.import_module("wandb")
    asked = json.loads((folder / "integrations.json").read_text())[position]
    run = wandb.init(**asked, resume="allow", dir=str(folder))
    run.finish(exit_code=0 if _follow(folder, run) else 1)
    return 0


def _follow(folder: Path, run: Any) -> bool:
    """Log what comes until the job ends or someone says stop; whether it succeeded."""
    logged = set[tuple[str, int]]()
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    while not told_to_stop.is_set():
        path = folder / PROGRESS_NAME
        for line in parse_lines(path.read_bytes()) if path.exists() else []:
            if isinstance(line, Finished | Failed):
                run.summary.update({"trained_tokens": getattr(line, "trained_tokens", 0)})
                return isinstance(line, Finished)
            _log(run, line, logged)
        told_to_stop.wait(LOOK_EVERY_S)
    return False


def _log(run: Any, line: Line, logged: set[tuple[str, int]]) -> None:
    if isinstance(line, Started):
        run.config.update({"total_steps": line.total_steps, "n_epochs": line.n_epochs}, allow_val_change=True)
        return
    if not isinstance(line, Step | CheckpointMade) or (type(line).__name__, line.step) in logged:
        return
    logged.add((type(line).__name__, line.step))
    if isinstance(line, CheckpointMade):
        run.log(
            {f"checkpoint/{name}": value for name, value in line.metrics.items() if value is not None},
            step=line.step,
        )
        return
    names = ("train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
    run.log({name: value for name in names if (value := getattr(line, name)) is not None}, step=line.step)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))

"""`python -m local.trainer JOBDIR`: train one job; exit code 0 when the progress file has its last line, 75 when stopped."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.trainer.job import Job

STOPPED_EXIT = 75
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def _set_array_threads() -> None:
    """One thread for array arithmetic, set before numpy is loaded: the same bits whatever the machine.

    The encoder has threads of its own (the job's `threads`), whose number does not change its results. torch, where it
    is used, has too; they sleep while they wait, for on a busy machine threads that spin take the processor from others.
    """
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


def _run(job: "Job", should_stop: Callable[[], bool]) -> None:
    """Each kind of base has its own run."""
    if job.writes:
        from local.trainer.generation.run import GenerationRun

        GenerationRun(job, should_stop=should_stop).run()
    else:
        from local.trainer.run import JobRun

        JobRun(job, should_stop=should_stop).run()


def main(arguments: list[str]) -> int:
    """Train the job in the one folder that the arguments name."""
    if len(arguments) != 1:
        print("usage: python -m local.trainer JOBDIR", file=sys.stderr)
        return 2
    _set_array_threads()
    from local.trainer.errors import Stopped, TrainerError
    from local.trainer.job import read_job

    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    try:
        _run(read_job(Path(arguments[0])), lambda: bool(asked_to_stop))
    except Stopped:
        return STOPPED_EXIT
    except TrainerError as error:
        print(json.dumps({"code": error.code, "message": error.message}), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

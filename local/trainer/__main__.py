"""`python -m local.trainer JOBDIR`: train one job; exit code 0 when the progress file has its last line, 75 when stopped."""

import json
import os
import signal
import sys
from pathlib import Path

STOPPED_EXIT = 75
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def _set_array_threads() -> None:
    """One thread for array arithmetic, set before numpy is loaded: the same bits whatever the machine.

    The encoder has threads of its own (the job's `threads`), whose number does not change its results.
    """
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"


def main(arguments: list[str]) -> int:
    """Train the job in the one folder that the arguments name."""
    if len(arguments) != 1:
        print("usage: python -m local.trainer JOBDIR", file=sys.stderr)
        return 2
    _set_array_threads()
    from local.trainer.errors import Stopped, TrainerError
    from local.trainer.job import read_job
    from local.trainer.run import JobRun

    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    try:
        JobRun(read_job(Path(arguments[0])), should_stop=lambda: bool(asked_to_stop)).run()
    except Stopped:
        return STOPPED_EXIT
    except TrainerError as error:
        print(json.dumps({"code": error.code, "message": error.message}), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

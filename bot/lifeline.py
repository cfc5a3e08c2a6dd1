"""Ends a process together with the one that started it: a killed parent leaves nothing behind that holds its files.

`python -m bot.lifeline PARENT_PID MODULE …` runs a module that way.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

LOOK_S = 0.2
GRACE_S = 3.0
"""How long a module may take to stop by itself once its parent is gone."""


def end_with(parent_pid: int, *, grace_s: float = GRACE_S) -> None:
    """From now on, look whether the parent still lives; SIGTERM to ourselves when it does not, then SIGKILL."""
    threading.Thread(target=_watch, args=(parent_pid, grace_s), name="lifeline", daemon=True).start()


def _watch(parent_pid: int, grace_s: float) -> None:
    while os.getppid() == parent_pid:  # a process whose parent dies is given another one
        time.sleep(LOOK_S)
    if grace_s > 0:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run a module as `python -m` would, for as long as the parent lives."""
    parent_pid, module = int(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    end_with(parent_pid)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""Runs a command in a child process: CPU seconds, wall seconds, peak memory."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a run took; `output` is the end of what it printed."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    code: int
    output: str


def measure(command: Sequence[str]) -> Measured:
    """Run it to its end, in a low priority, and measure it with what it started and waited for."""
    begun = time.monotonic()
    process = subprocess.Popen(
        ["nice", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    output = process.stdout.read()[-4_000:]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - begun,
        peak_mb=usage.ru_maxrss / 1024,
        code=process.returncode,
        output=output.strip(),
    )

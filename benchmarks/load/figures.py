"""Figures of a load: percentiles, rates, and processor time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.crowd import Load

WARM_AFTER_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One line of the table. Milliseconds, answers a second; CPU in percent of one core and milliseconds an answer."""

    name: str
    asked: int
    lost: int
    ack_p50_ms: float
    ack_p99_ms: float
    ack_max_ms: float
    answers_per_s: float
    wait_p50_ms: float
    wait_max_ms: float
    cpu_percent: float | None = None
    cpu_ms_per_answer: float | None = None
    workspace_cpu_percent: float | None = None


def burst_figures(name: str, load: Load) -> Figures:
    """The rate is over the whole burst: from the first command to the last answer."""
    last = max(load.answered_at, default=0.0)
    return _figures(name, load, len(load.answered_at) / last if last else 0.0)


def steady_figures(name: str, load: Load, seconds: float, *, cpu_s: float, workspace_cpu_s: float) -> Figures:
    """The rate is between WARM_AFTER_S and the end of asking; processor time is of the whole while."""
    warm = sum(WARM_AFTER_S <= at < seconds for at in load.answered_at)
    last = max(load.answered_at, default=seconds)
    return _figures(
        name,
        load,
        warm / (seconds - WARM_AFTER_S),
        cpu_percent=round(100 * cpu_s / last, 1),
        cpu_ms_per_answer=round(1000 * cpu_s / max(1, len(load.answered_at)), 2),
        workspace_cpu_percent=round(100 * workspace_cpu_s / last, 1),
    )


def _figures(name: str, load: Load, rate: float, **cpu: float) -> Figures:
    waits = [1000 * wait for wait in load.waited_s]
    return Figures(
        name=name,
        asked=load.asked,
        lost=load.lost,
        ack_p50_ms=percentile(load.acks_ms, 50),
        ack_p99_ms=percentile(load.acks_ms, 99),
        ack_max_ms=percentile(load.acks_ms, 100),
        answers_per_s=round(rate, 1),
        wait_p50_ms=percentile(waits, 50),
        wait_max_ms=percentile(waits, 100),
        **cpu,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = max(0, -(-len(ordered) * percent // 100) - 1)
    return round(ordered[int(place)], 1)


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

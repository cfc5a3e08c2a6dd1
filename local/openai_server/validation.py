"""Validate a job's files before it is queued, out of the way of answers that others wait for."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from local.openai_server import trainer_bridge
from local.openai_server.trainer_bridge import Finding

SMALL_BYTES = 2 * 1024 * 1024
"""Up to here reading takes tens of milliseconds; a process of its own would take longer to start."""


def validate_job(folder: Path) -> Finding | None:
    """What makes a job untrainable, or None; large files are read in a process of their own."""
    if sum(path.stat().st_size for path in folder.glob("*.jsonl")) <= SMALL_BYTES:
        return trainer_bridge.check_job(folder)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(trainer_bridge.check_job, folder).result()

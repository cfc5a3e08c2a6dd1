"""What runs training: the Protocol, and the engine that runs each job as a child process of its own.

A job folder holds `job.json` (written before the start) and receives `progress.jsonl` (one JSON object a line, each
with `seq`, `at` and `type`: started, step, checkpoint, message, finished, failed), `model/` and `checkpoints/`.
An engine only starts and stops what works in that folder; the job's rows belong to the supervisor.
"""

import contextlib
import fcntl
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

logger = logging.getLogger(__name__)

LOCK_NAME = "process.lock"
PROCESS_LOG_NAME = "trainer.log"
PROGRESS_NAME = "progress.jsonl"
SECRET_PREFIXES = ("TUNESMITH_", "OPENAI_", "SLACK_", "WANDB_")


class EngineStatus(StrEnum):
    """Whether something is working in a job folder, and how it ended: by itself, or by a signal or unseen."""

    RUNNING = "running"
    EXITED = "exited"
    KILLED = "killed"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a training process may use; `nice` is added to the server's own priority.

    `mapped_mb` is added to the bound, for what a process maps without filling it: the system counts weights that are
    read from a mapped file as if each page had been written to. It cannot tell one from the other.
    """

    memory_mb: int
    mapped_mb: int = 0
    threads: int
    nice: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress stream as it stands; `version` changes whenever it does, also when a restart cut it back."""

    content: bytes
    version: str


class AlreadyRunning(RuntimeError):
    """Something is working in that job folder already."""


class Engine(Protocol):
    """How the supervisor drives training, wherever it runs. No call waits for training to get anywhere."""

    def submit(self, folder: Path, limits: Limits) -> str:
        """Start training in a job folder, from its last saved state where there is one; a reference to it.

        Raises AlreadyRunning where something works there.
        """

    def status(self, folder: Path, reference: str) -> EngineStatus:
        """Whether the training behind a reference still runs; a reference of an earlier server is adopted."""

    def stop(self, folder: Path, reference: str) -> None:
        """End it at once, saved or not."""

    def pause(self, folder: Path, reference: str) -> None:
        """Ask it to save its state and end."""

    def progress(self, folder: Path, known_version: str) -> Progress | None:
        """All progress lines so far, or None where nothing has changed since `known_version`."""


class SubprocessEngine:
    """Runs `python -m local.trainer FOLDER` in a session of its own, under limits.

    Each process inherits an exclusive lock on FOLDER/process.lock: it is free exactly when the process is gone, so
    a server that comes up after a SIGKILL sees at once which trainings still run, without trusting process ids.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = tuple(command or (sys.executable, "-P", "-m", "local.trainer"))
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def submit(self, folder: Path, limits: Limits) -> str:
        """See `Engine.submit`."""
        lock = _take_lock(folder)
        if lock is None:
            raise AlreadyRunning(str(folder))
        try:
            with (folder / PROCESS_LOG_NAME).open("ab") as log:
                child = subprocess.Popen(
                    [*self._command, str(folder)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                    env=_environment(limits), start_new_session=True, pass_fds=(lock,),
                )  # fmt: skip
        finally:
            os.close(lock)
        _confine(child.pid, limits)
        self._children[str(child.pid)] = child
        return str(child.pid)

    def status(self, folder: Path, reference: str) -> EngineStatus:
        """See `Engine.status`."""
        child = self._children.get(reference)
        if child is not None:
            if child.poll() is None:
                return EngineStatus.RUNNING
            return EngineStatus.EXITED if child.returncode >= 0 else EngineStatus.KILLED
        lock = _take_lock(folder)
        if lock is None:
            return EngineStatus.RUNNING
        os.close(lock)
        return EngineStatus.KILLED

    def stop(self, folder: Path, reference: str) -> None:
        """See `Engine.stop`."""
        self._signal(folder, reference, signal.SIGKILL)

    def pause(self, folder: Path, reference: str) -> None:
        """See `Engine.pause`."""
        self._signal(folder, reference, signal.SIGTERM)

    def progress(self, folder: Path, known_version: str) -> Progress | None:
        """See `Engine.progress`."""
        path = folder / PROGRESS_NAME
        try:
            found = path.stat()
            version = f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
            return None if version == known_version else Progress(content=path.read_bytes(), version=version)
        except FileNotFoundError:
            return None

    def _signal(self, folder: Path, reference: str, number: signal.Signals) -> None:
        if self.status(folder, reference) is EngineStatus.RUNNING:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(reference), number)


def _take_lock(folder: Path) -> int | None:
    """A descriptor with the folder's lock, or None where a living process has it."""
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _environment(limits: Limits) -> dict[str, str]:
    threads = str(limits.threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(entry for entry in (root, os.environ.get("PYTHONPATH")) if entry)
    # Training needs nobody's keys.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRET_PREFIXES)}
    return {**kept, **dict.fromkeys(names, threads), "PYTHONPATH": path}


def _confine(pid: int, limits: Limits) -> None:
    """Lower the child's priority and bound its private memory; where the system has no prlimit, only the former."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + limits.nice)
        if hasattr(resource, "prlimit"):
            bound = (limits.memory_mb + limits.mapped_mb) * 1024 * 1024
            resource.prlimit(pid, resource.RLIMIT_DATA, (bound, bound))
        else:
            logger.info("memory limit not enforced: no prlimit on this system pid=%s", pid)

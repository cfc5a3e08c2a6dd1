"""Child processes of the command line: started, waited for until they say they are ready, stopped in order."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from bot.errors import ServiceError

READY_S = 60.0
STOP_S = 25.0


class Child:
    """One `python -m MODULE …` whose first line on stdout is JSON; its log goes to a file."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def read_ready(self, timeout_s: float = READY_S) -> dict[str, Any]:
        """Its first line. Raises ServiceError when it ends or stays silent."""
        pipe: IO[bytes] | None = self.process.stdout
        if pipe is None:
            raise ServiceError(f"{self.name} has no output to read")
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            line = pipe.readline() if selector.select(timeout_s) else b""
        if not line:
            self.stop()
            raise ServiceError(f"{self.name} did not start.\n{self.last_words()}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def last_words(self, lines: int = 8) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, timeout_s: float = STOP_S) -> None:
        """SIGTERM, and SIGKILL when it takes too long."""
        if self.is_running:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def key_of(server: Mapping[str, Any]) -> str:
    """The embedded server's key: the one it was given in our environment, else the one it keeps in its home."""
    given = os.environ.get("TUNESMITH_API_KEY", "")
    return given or Path(server["api_key_file"]).read_text(encoding="utf-8").strip()


class Children:
    """A group of child processes; leaving the block stops them, last started first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def __enter__(self) -> Children:
        """Make the folder for the logs."""
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every child, whatever happened; a second Ctrl-C meanwhile does not leave any behind."""
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for child in reversed(self._children):
                with contextlib.suppress(ProcessLookupError):
                    child.stop()
        finally:
            signal.signal(signal.SIGINT, previous)

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> Child:
        """Start `python -m arguments…`, apart from our Ctrl-C: we stop it ourselves, in order.

        It ends with us even when we are killed, so that the next start finds no old server over its home.
        """
        log = self._logs / f"{name}.log"
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.lifeline", str(os.getpid()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sink,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def start_server(self, name: str, arguments: list[str], tries: int = 5) -> dict[str, Any]:
        """Start it and give back what it says when it is ready.

        The server of a bot that was killed a moment ago may still be stopping over the same home, so it is tried a
        few times. Raises ServiceError when it does not start at all.
        """
        for _ in range(tries - 1):
            child = self.start(name, arguments)
            try:
                return child.read_ready()
            except ServiceError:
                self._children.remove(child)
                time.sleep(1)
        return self.start(name, arguments).read_ready()

    @property
    def all(self) -> tuple[Child, ...]:
        """Every child started so far, in order, dead ones included."""
        return tuple(self._children)

    def first_dead(self) -> Child | None:
        """A child that has ended by itself, or None."""
        return next((child for child in self._children if not child.is_running), None)

    def wait_for_a_death(self, seconds: float) -> Child | None:
        """Look for that long whether one ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            dead = self.first_dead()
            if dead:
                return dead
            time.sleep(0.2)
        return None

"""A parent that is killed takes its children with it."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest

DEADLINE_S = 20.0


def is_free(lock: Path) -> bool:
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def wait_until(condition) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("role", ["starter", "sandbox"])
def test_a_killed_parent_leaves_no_child_behind(role: str, tmp_path: Path):
    lock = tmp_path / "lock"
    parent = subprocess.Popen([sys.executable, "-m", "tests.bot.lifeline_victims", role, str(lock)])
    try:
        wait_until((tmp_path / "lock.held").exists)
        assert not is_free(lock)
    finally:
        parent.kill()
        parent.wait()

    wait_until(lambda: is_free(lock))

"""The engine that runs trainings as processes, with a stand-in for the trainer."""

import os
import sys

import pytest

from local.openai_server.engine import AlreadyRunning, EngineStatus, Limits, SubprocessEngine

LIMITS = Limits(memory_mb=400, threads=1, nice=3)
WAITS = (sys.executable, "-c", "import signal; signal.sigwait([signal.SIGTERM]); raise SystemExit(75)")


def test_a_folder_has_one_process_at_a_time(tmp_path, until) -> None:
    engine = SubprocessEngine(WAITS)
    reference = engine.submit(tmp_path, LIMITS)

    with pytest.raises(AlreadyRunning):
        SubprocessEngine(WAITS).submit(tmp_path, LIMITS)

    assert engine.status(tmp_path, reference) is EngineStatus.RUNNING
    engine.stop(tmp_path, reference)
    until(lambda: engine.status(tmp_path, reference) is EngineStatus.KILLED)


def test_another_engine_adopts_what_runs(tmp_path, until) -> None:
    first, second = SubprocessEngine(WAITS), SubprocessEngine(WAITS)
    reference = first.submit(tmp_path, LIMITS)

    assert second.status(tmp_path, reference) is EngineStatus.RUNNING
    second.stop(tmp_path, reference)

    until(lambda: first.status(tmp_path, reference) is EngineStatus.KILLED)
    assert second.status(tmp_path, reference) is EngineStatus.KILLED


def test_pausing_asks_by_sigterm(tmp_path, until) -> None:
    program = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15]); open('ready', 'w'); signal.sigwait([15])"
    engine = SubprocessEngine((sys.executable, "-c", program))
    reference = engine.submit(tmp_path, LIMITS)
    until(lambda: (tmp_path / "ready").exists())

    engine.pause(tmp_path, reference)

    until(lambda: engine.status(tmp_path, reference) is EngineStatus.EXITED)


def test_a_process_is_nice_and_bounded_in_memory(tmp_path, until) -> None:
    program = "import time; time.sleep(0.3); x = bytearray(600_000_000)"
    engine = SubprocessEngine((sys.executable, "-c", program))
    reference = engine.submit(tmp_path, LIMITS)

    assert os.getpriority(os.PRIO_PROCESS, int(reference)) == os.getpriority(os.PRIO_PROCESS, 0) + 3
    assert os.getsid(int(reference)) == int(reference)
    until(lambda: engine.status(tmp_path, reference) is EngineStatus.EXITED)
    assert "MemoryError" in (tmp_path / "trainer.log").read_text()


def test_what_is_only_mapped_is_not_held_against_the_memory(tmp_path, until) -> None:
    program = "import time; time.sleep(0.3); x = bytearray(600_000_000)"
    engine = SubprocessEngine((sys.executable, "-c", program))
    reference = engine.submit(tmp_path, Limits(memory_mb=400, mapped_mb=400, threads=1, nice=3))

    until(lambda: engine.status(tmp_path, reference) is EngineStatus.EXITED)
    assert "MemoryError" not in (tmp_path / "trainer.log").read_text()


def test_progress_is_given_only_when_it_has_changed(tmp_path) -> None:
    engine = SubprocessEngine(WAITS)
    assert engine.progress(tmp_path, "") is None
    (tmp_path / "progress.jsonl").write_text("{}\n")

    found = engine.progress(tmp_path, "")

    assert found.content == b"{}\n"
    assert engine.progress(tmp_path, found.version) is None

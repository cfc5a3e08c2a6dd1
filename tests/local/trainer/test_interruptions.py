"""Killed and stopped trainers: nothing lost beyond the last saved state, the same weights in the end."""

import json
import shutil
import signal
import subprocess
import time

import pytest

from tests.local.trainer.jobs import TRAINER, make_job, progress_lines, tickets

ROWS = 3_000
HYPERPARAMETERS = {"n_epochs": 3, "batch_size": 32}
PATIENCE_S = 60


def run_until(folder, seq, number):
    """Start the trainer, signal it once its progress has reached `seq`, and give its exit code."""
    process = subprocess.Popen([*TRAINER, str(folder)])
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and len(progress_lines(folder)) < seq:
        assert time.monotonic() < deadline
        time.sleep(0.005)  # Polling another process's file: there is nothing to wait on.
    process.send_signal(number)
    return process.wait(PATIENCE_S)


def without_times(folder):
    return [{name: value for name, value in line.items() if name != "at"} for line in progress_lines(folder)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = make_job(
        tmp_path_factory.mktemp("jobs") / "undisturbed",
        tickets(ROWS),
        hyperparameters=HYPERPARAMETERS,
        checkpoint_seconds=0.05,
    )
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)
    return folder


def fresh_copy(undisturbed, name):
    folder = undisturbed.parent / name
    folder.mkdir()
    for file in ("job.json", "train.jsonl"):
        shutil.copy(undisturbed / file, folder)
    return folder


def test_kills_change_neither_weights_nor_progress(undisturbed):
    folder = fresh_copy(undisturbed, "killed")
    for seq in (1, 25, 60, 90, 120):
        assert run_until(folder, seq, signal.SIGKILL) == -signal.SIGKILL

    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    weights = [(place / "model" / "weights.safetensors").read_bytes() for place in (undisturbed, folder)]
    assert weights[0] == weights[1]
    assert without_times(folder) == without_times(undisturbed)


def test_sigterm_saves_and_leaves_with_75(undisturbed):
    folder = fresh_copy(undisturbed, "stopped")

    code = run_until(folder, 60, signal.SIGTERM)

    saved = [path for path in (folder / "state").iterdir() if path.suffix == ".safetensors"]
    assert code == 75
    assert saved
    assert progress_lines(folder)[-1]["type"] == "step"


def test_a_missing_job_file_is_told_on_stderr(tmp_path):
    done = subprocess.run([*TRAINER, str(tmp_path)], capture_output=True, check=False, timeout=PATIENCE_S)

    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "invalid_job"
    assert subprocess.run(TRAINER, capture_output=True, check=False, timeout=PATIENCE_S).returncode == 2

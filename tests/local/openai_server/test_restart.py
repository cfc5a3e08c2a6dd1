"""Servers and trainings that are killed: nothing is lost, nothing is done twice, the weights come out the same."""

import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys

import pytest

LONG = {"n_epochs": 8, "batch_size": 4, "learning_rate_multiplier": 1}


def create(client, weather, seed: int = 11):
    file = client.files.create(file=("w.jsonl", weather(200)), purpose="fine-tune")
    return client.fine_tuning.jobs.create(
        model="ngram-hash-1", training_file=file.id, seed=seed, hyperparameters=LONG
    )


def step_reached(server, job_id: str) -> int:
    """The last step told in the progress file, 0 before the first."""
    path = server.home / "jobs" / job_id / "progress.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    steps = [json.loads(line).get("step", 0) for line in lines if line.endswith(b"\n")]
    return max(steps, default=0)


def process_of(server, job_id: str) -> int | None:
    with sqlite3.connect(server.home / "server.sqlite3") as connection:
        row = connection.execute("SELECT engine_reference FROM jobs WHERE id = ?", (job_id,)).fetchone()
    connection.close()
    return int(row[0]) if row and row[0] else None


def weights(server, job_id: str) -> str:
    return hashlib.sha256(
        (server.home / "jobs" / job_id / "model" / "weights.safetensors").read_bytes()
    ).hexdigest()


def steps_told(client, job_id: str) -> list[int]:
    events = client.fine_tuning.jobs.list_events(job_id, limit=1000)
    return [event.data["step"] for event in events if event.type == "metrics"][::-1]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, server_at, weather, finish) -> tuple[str, list[int]]:
    """The weights and the told steps of a job that nobody disturbs."""
    server = server_at(tmp_path_factory.mktemp("undisturbed") / "home").start()
    with server.client() as client:
        job = finish(client, create(client, weather).id)
        found = weights(server, job.id), steps_told(client, job.id)
    server.end()
    return found


def test_a_killed_training_goes_on_and_ends_in_the_same_weights(
    new_server, weather, until, finish, undisturbed
) -> None:
    server = new_server()
    with server.client() as client:
        job = create(client, weather)
        generator = random.Random(1)
        for _ in range(4):
            goal = step_reached(server, job.id) + generator.randrange(1, 90)
            until(
                lambda goal=goal: step_reached(server, job.id) >= goal or process_of(server, job.id) is None
            )
            pid = process_of(server, job.id)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)

        ended = finish(client, job.id)

        assert ended.status == "succeeded", ended.error
        assert (weights(server, job.id), steps_told(client, job.id)) == undisturbed


def test_a_killed_server_adopts_what_still_trains_and_takes_up_the_rest(
    new_server, weather, until, finish, undisturbed
) -> None:
    server = new_server()
    with server.client() as client:
        job = create(client, weather)
        until(lambda: step_reached(server, job.id) > 0)
    pid = process_of(server, job.id)

    server.end(signal.SIGKILL)
    server.start()
    until(lambda: step_reached(server, job.id) > 60)
    adopted = process_of(server, job.id)
    server.end(signal.SIGKILL)
    if adopted is not None:
        with contextlib.suppress(ProcessLookupError):  # it may have come to its end meanwhile
            os.kill(adopted, signal.SIGKILL)
    server.start()

    with server.client() as client:
        assert adopted in (pid, None)
        assert finish(client, job.id).status == "succeeded"
        assert (weights(server, job.id), steps_told(client, job.id)) == undisturbed


def test_pause_and_sigterm_keep_the_work(new_server, weather, until, finish, undisturbed) -> None:
    server = new_server()
    with server.client() as client:
        job = create(client, weather)
        until(lambda: step_reached(server, job.id) > 30)
        assert client.fine_tuning.jobs.pause(job.id).status == "paused"
        until(lambda: process_of(server, job.id) is None)
        paused_at = step_reached(server, job.id)
        client.fine_tuning.jobs.resume(job.id)
        until(lambda: step_reached(server, job.id) > paused_at)
    pid = process_of(server, job.id)

    assert server.end() == 0
    if pid is not None:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    server.start()

    with server.client() as client:
        assert finish(client, job.id).status == "succeeded"
        assert (weights(server, job.id), steps_told(client, job.id)) == undisturbed
        messages = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=1000)]
    assert messages.count("Fine-tuning job started") == 1


def test_a_cancelled_training_leaves_no_process(new_server, weather, until) -> None:
    server = new_server()
    with server.client() as client:
        job = create(client, weather)
        until(lambda: step_reached(server, job.id) > 0)
        pid = process_of(server, job.id)

        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"

        until(lambda: process_of(server, job.id) is None)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_second_server_over_one_home_is_refused(new_server) -> None:
    server = new_server()
    command = [sys.executable, "-m", "local.openai_server", "--port", "0", "--home", str(server.home)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert second.returncode == 1
    assert "Another server is running" in second.stderr

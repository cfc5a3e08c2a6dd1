"""What the environment says to the server: which of torch and numpy tunes, and clear words about other values."""

import json
import subprocess
import sys

import pytest

from local.openai_server.settings import SettingError, tuner_from_environment

VARIABLE = "TUNESMITH_TUNER"


@pytest.mark.parametrize(
    ("value", "tuner"), [(None, "auto"), ("", "auto"), ("auto", "auto"), ("numpy", "numpy")]
)
def test_the_tuner_is_torch_where_it_is_unless_numpy_is_asked_for(monkeypatch, value, tuner):
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)

    assert tuner_from_environment() == tuner


def test_another_tuner_is_refused(monkeypatch):
    monkeypatch.setenv(VARIABLE, "jax")

    with pytest.raises(SettingError, match="TUNESMITH_TUNER must be auto or numpy, not 'jax'"):
        tuner_from_environment()


@pytest.mark.parametrize("command", [["-m", "local.openai_server"], ["-m", "bot", "serve"]])
def test_a_server_that_cannot_begin_says_why(monkeypatch, tmp_path, command):
    monkeypatch.setenv(VARIABLE, "jax")

    done = subprocess.run(
        [sys.executable, *command, "--home", str(tmp_path / "home"), "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert "TUNESMITH_TUNER must be auto or numpy" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_job_is_tuned_with_what_was_set_and_says_so(new_server, weather, finish):
    server = new_server(**{VARIABLE: "numpy"})

    with server.client() as client:
        file = client.files.create(file=("w.jsonl", weather(30)), purpose="fine-tune")
        few = {"n_epochs": 1, "batch_size": 8}
        job = client.fine_tuning.jobs.create(
            model="minilm-l6-full-1", training_file=file.id, hyperparameters=few
        )
        finish(client, job.id)
        told = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]

    assert json.loads((server.home / "jobs" / job.id / "job.json").read_bytes())["tuner"] == "numpy"
    assert "Every layer of the encoder is tuned with numpy (as the setting says)." in told

"""Which of torch and numpy tunes the encoder, what is said of it, and what becomes of a state that torch left."""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from local.trainer.errors import Stopped
from local.trainer.job import read_job
from local.trainer.run import JobRun
from local.trainer.state import StateStore
from local.trainer.tuner import AUTO, FACT, NUMPY, TORCH_MB, Tuner, choose_tuner, torch_here
from tests.local.trainer.jobs import make_job, of_type, progress_lines, tickets, train

ROOM = {"threads": 2, "room_mb": TORCH_MB}
GONE = Tuner(torch="2.99.0", bfloat16=True, threads=2)


@pytest.fixture
def job(tmp_path):
    """A short job that tunes the encoder with numpy."""
    return make_job(
        tmp_path / "job",
        tickets(24),
        base_model="minilm-l6-full-1",
        hyperparameters={"n_epochs": 1, "batch_size": 8},
        tuner=NUMPY,
    )


def stopped_after(folder, steps):
    """Train so many steps and stop, the state saved."""
    with pytest.raises(Stopped):
        JobRun(
            read_job(folder), should_stop=lambda: len(of_type(progress_lines(folder), "step")) >= steps
        ).run()


def pretend(monkeypatch, module):
    """Have `import torch` find this module; None is one that cannot be loaded."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "torch", module)


def test_numpy_is_taken_where_torch_is_missing_old_or_broken(monkeypatch):
    old = ModuleType("torch")
    old.__version__ = "2.4.1+cpu"

    pretend(monkeypatch, old)
    assert torch_here() == (None, "torch 2.4.1 is older than 2.13")
    pretend(monkeypatch, None)
    assert "cannot be loaded" in torch_here()[1]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    choice = choose_tuner(AUTO, saved=None, **ROOM)

    assert choice.tuner == Tuner()
    assert choice.note == "Every layer of the encoder is tuned with numpy (torch is not installed)."
    assert choice.lost is None


def test_numpy_is_taken_where_torch_would_not_fit(monkeypatch):
    monkeypatch.setattr("local.trainer.tuner.torch_here", lambda: ("2.13.0", None))

    choice = choose_tuner(AUTO, threads=2, room_mb=TORCH_MB - 1, saved=None)

    assert choice.tuner == Tuner()
    assert "more memory than this job may use" in choice.note


def test_a_state_keeps_its_tuner_whatever_is_asked_for_now(monkeypatch):
    monkeypatch.setattr("local.trainer.tuner.torch_here", lambda: (GONE.torch, None))

    kept = choose_tuner(NUMPY, threads=7, room_mb=0, saved=GONE.facts())
    older = choose_tuner(AUTO, saved={"layout": []}, **ROOM)

    assert kept.tuner == GONE
    assert "torch 2.99.0, bfloat16, 2 threads" in kept.note
    assert older.tuner == Tuner()
    assert kept.lost is older.lost is None


def test_a_job_whose_torch_is_gone_starts_over_and_says_so(job):
    undisturbed = job.parent / "undisturbed"
    train(make_job(undisturbed, tickets(24), base_model="minilm-l6-full-1", tuner=NUMPY,
                   hyperparameters={"n_epochs": 1, "batch_size": 8}))  # fmt: skip
    stopped_after(job, 2)
    store = StateStore(job)
    saved = store.load()
    store.save(replace(saved, facts=saved.facts | GONE.facts()))

    lines = train(job)

    told = [line["message"] for line in of_type(lines, "message") if line["level"] == "warn"]
    weights = [(place / "model" / "weights.safetensors").read_bytes() for place in (undisturbed, job)]
    assert len(told) == 1
    assert told[0].startswith("The saved state was tuned with torch 2.99.0, bfloat16, 2 threads, but torch ")
    assert told[0].endswith("training starts over.")
    assert weights[0] == weights[1]


def test_a_job_of_numpy_says_so_and_goes_on_with_it(job):
    stopped_after(job, 2)
    before = StateStore(job).load()

    lines = train(job)

    assert before.facts[FACT] == {"torch": None, "bfloat16": False, "threads": 1}
    assert len(of_type(lines, "started")) == 1
    assert any("tuned with numpy" in note for note in lines[0]["notes"])
    assert np.diff([line["seq"] for line in lines]).tolist() == [1] * (len(lines) - 1)


def test_bases_that_tune_nothing_say_nothing_of_it(tmp_path):
    lines = train(make_job(tmp_path, tickets(18), hyperparameters={"n_epochs": 1}))

    assert not any("tuned with" in note for note in lines[0]["notes"])

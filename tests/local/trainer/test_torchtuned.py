"""The encoder tuned under torch: numpy's losses, derivatives and steps, and jobs that a kill does not change."""

import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from local.trainer.arrays import log_softmax, negative_log_likelihood
from local.trainer.differentiable import packing
from local.trainer.dropout import Dropout
from local.trainer.modelfolder import read_manifest
from local.trainer.predict import load_classifier
from local.trainer.transformer import backward, forward
from local.trainer.tuned import TunedHead, base_weights, classify
from local.trainer.tuner import NUMPY
from local.trainer.wordpieces import token_ids
from tests.local.trainer.jobs import TRAINER, make_job, of_type, progress_lines, tickets, train
from tests.local.trainer.test_transformer import small_network

torch = pytest.importorskip("torch", reason="torch is not installed")
from local.trainer import torchtransformer  # noqa: E402
from local.trainer.torchtuned import TorchTunedHead  # noqa: E402

PATIENCE_S = 240
LABELS = 3


def batch(count=6):
    rows = tickets(count)
    # Squared: a class that weighs just a third would have derivatives of nothing but rounding.
    weights = np.linspace(0.5, 1.5, count, dtype=np.float32) ** 2
    return token_ids([text for text, _ in rows]), np.arange(count) % LABELS, weights


def head(**fields):
    return TorchTunedHead(LABELS, **{"seed": 1, "threads": 1, "bfloat16": False, **fields})


@pytest.mark.parametrize("share", [None, 0.3])
def test_vectors_and_derivatives_are_those_of_numpy(share):
    network = {name: value.astype(np.float32) for name, value in small_network().items()}
    packed, rng = packing(np.array([3, 5, 1])), np.random.default_rng(6)
    ids, pull = rng.integers(0, 20, 9), rng.normal(size=(3, 24)).astype(np.float32)
    drops = [share and Dropout(share, [4]) for _ in range(2)]
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in network.items()}

    ours = torchtransformer.vectors(weights, ids, packed, drops[0])
    (ours * torch.from_numpy(pull)).sum().backward()

    theirs, kept = forward(network, ids, packed, drops[1])
    assert np.allclose(ours.detach().numpy(), theirs, atol=1e-5)
    for name, gradient in backward(network, pull, kept).items():
        assert np.allclose(weights[name].grad.numpy(), gradient, rtol=1e-3, atol=2e-4), name


def test_steps_in_float32_are_those_of_numpy():
    ids, targets, weights = batch()
    ours, theirs = head(), TunedHead(LABELS, seed=1, threads=1)

    for step in range(3):
        scores = [one.train(ids, targets, weights, 1.0) for one in (ours, theirs)]
        assert np.allclose(*scores, atol=1e-6), step

    own, other = ours.state(), theirs.state()
    assert own.keys() == other.keys()
    for name, array in other.items():
        largest = np.abs(array).max()
        assert np.abs(own[name] - array).max() <= 1e-3 * largest + 1e-7, name


def test_bfloat16_learns_about_the_same():
    ids, targets, weights = batch()
    heads = [head(bfloat16=True), head()]

    for _ in range(12):
        scores = [one.train(ids, targets, weights, 1.0) for one in heads]

    halves, whole = (negative_log_likelihood(log_softmax(one), targets) for one in scores)
    assert not np.array_equal(*scores)
    assert halves == pytest.approx(whole, rel=0.01)
    assert whole < np.log(LABELS) * 0.9
    assert {array.dtype for array in heads[0].weights().values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_taken_over_state_goes_on_bit_for_bit(bfloat16):
    ids, targets, weights = batch()
    whole, first, second = (head(bfloat16=bfloat16) for _ in range(3))

    for _ in range(4):
        whole.train(ids, targets, weights, 1.0)
    for _ in range(2):
        first.train(ids, targets, weights, 1.0)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for _ in range(2):
        second.train(ids, targets, weights, 1.0)

    for name, array in whole.state().items():
        assert np.array_equal(array, second.state()[name]), name


def test_its_scores_are_those_that_answer_without_torch():
    ids, targets, weights = batch()
    tuned = head(bfloat16=True)
    tuned.train(ids, targets, weights, 1.0)

    served = classify({**base_weights(), **tuned.weights()}, ids)

    assert np.allclose(tuned.logits(ids), served, atol=1e-4)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = make_job(
        tmp_path_factory.mktemp("jobs") / "undisturbed",
        tickets(60),
        base_model="minilm-l6-full-1",
        hyperparameters={"n_epochs": 2, "batch_size": 8},
        checkpoint_seconds=0.01,
        threads=2,
    )
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)
    return folder


def test_a_job_says_that_torch_tunes_and_its_model_answers(undisturbed):
    lines = progress_lines(undisturbed)

    notes = [note for note in lines[0]["notes"] if "tuned with torch" in note]
    classifier = load_classifier(undisturbed / "model")
    assert lines[-1]["type"] == "finished", lines[-1]
    assert len(notes) == 1
    assert "2 threads" in notes[0]
    assert read_manifest(undisturbed / "model").libraries["torch"] == torch.__version__.split("+")[0]
    assert classifier.probabilities(["refund my invoice"]).shape == (1, LABELS)


def test_a_kill_changes_no_weights(undisturbed):
    folder = undisturbed.parent / "killed"
    folder.mkdir()
    for file in ("job.json", "train.jsonl"):
        shutil.copy(undisturbed / file, folder)
    process = subprocess.Popen([*TRAINER, str(folder)])
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and len(progress_lines(folder)) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.005)  # Polling another process's file: there is nothing to wait on.
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL

    # The threads that the state names are the ones that count.
    job = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps({**job, "threads": 1, "tuner": NUMPY}))
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    weights = [(place / "model" / "weights.safetensors").read_bytes() for place in (undisturbed, folder)]
    assert weights[0] == weights[1]


def test_the_setting_takes_numpy(tmp_path):
    job = make_job(
        tmp_path,
        tickets(18),
        base_model="minilm-l6-full-1",
        hyperparameters={"n_epochs": 1, "batch_size": 8},
        tuner=NUMPY,
    )

    lines = train(job)

    assert any(
        "tuned with numpy (as the setting says)" in note for note in of_type(lines, "started")[0]["notes"]
    )
    assert "torch" not in read_manifest(tmp_path / "model").libraries

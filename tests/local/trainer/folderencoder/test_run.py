"""Jobs on a tiny encoder folder: learnt, killed, loaded again without the folder, continued with a new label."""

import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from tests.local.trainer.generation.tiny import make_folder, require_torch
from tests.local.trainer.jobs import TRAINER, make_job, of_type, progress_lines, tickets

require_torch()
PATIENCE_S = 180


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "tiny", architecture="BertModel")


def job_on(folder, base, rows, **fields):
    settings = {"n_epochs": 4, "batch_size": 16, "learning_rate_multiplier": 20.0}
    return make_job(
        folder,
        rows,
        base_model="local:tiny",
        base_dir=str(base),
        hyperparameters=settings,
        checkpoint_seconds=0.05,
        **fields,
    )


@pytest.fixture(scope="module")
def trained(base, tmp_path_factory):
    folder = job_on(tmp_path_factory.mktemp("jobs") / "trained", base, tickets(240))
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)
    return folder


def test_the_folder_learns_labels_and_needs_its_base_no_more(base, trained, tmp_path):
    from local.trainer.folderencoder.classifier import FolderClassifier
    from local.trainer.modelfolder import read_model

    lines = progress_lines(trained)
    classifier = FolderClassifier(read_model(trained / "model"))
    texts = [text for text, _ in tickets(30, seed=9)]

    probabilities = classifier.probabilities(texts)

    right = [
        classifier.labels[row.argmax()] == label
        for row, (_, label) in zip(probabilities, tickets(30, seed=9), strict=True)
    ]
    assert lines[-1]["type"] == "finished", lines[-1]
    assert of_type(lines, "step")[-1]["train_loss"] < of_type(lines, "step")[0]["train_loss"]
    assert np.mean(right) > 0.9
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_kill_changes_no_weights(trained):
    folder = trained.parent / "killed"
    folder.mkdir()
    for file in ("job.json", "train.jsonl"):
        shutil.copy(trained / file, folder)
    process = subprocess.Popen([*TRAINER, str(folder)])
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and len(progress_lines(folder)) < 12:
        assert time.monotonic() < deadline
        time.sleep(0.005)  # Polling another process's file: there is nothing to wait on.
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)

    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    weights = [(place / "model" / "weights.safetensors").read_bytes() for place in (trained, folder)]
    assert weights[0] == weights[1]


def test_a_model_learns_a_new_label(base, trained, tmp_path):
    rows = [*tickets(60, seed=3), *((f"new shiny idea {n}", "idea") for n in range(30))]
    folder = job_on(tmp_path / "child", base, rows, parent_model_dir=str(trained / "model"))

    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    from local.trainer.modelfolder import read_manifest

    assert progress_lines(folder)[-1]["type"] == "finished", progress_lines(folder)[-1]
    assert read_manifest(folder / "model").labels[-1] == "idea"

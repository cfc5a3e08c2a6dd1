"""Whole jobs: progress lines, checkpoints, model folders, answers, failures."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from local.trainer import material
from local.trainer.errors import ModelFolderError
from local.trainer.modelfolder import read_manifest, read_model
from local.trainer.predict import Classifier, load_classifier
from tests.local.trainer.jobs import make_job, of_type, tickets, train, write_chat

STEP_FIELDS = {
    "seq", "at", "type", "step", "total_steps", "epoch", "train_loss", "train_mean_token_accuracy", "valid_loss",
    "valid_mean_token_accuracy", "elapsed_tokens", "elapsed_examples",
}  # fmt: skip
BASES = ["ngram-hash-1", "minilm-l6-blend-1"]


def accuracy(folder: Path, rows) -> float:
    classifier = load_classifier(folder / "model")
    answers = classifier.probabilities([text for text, _ in rows]).argmax(axis=1)
    return float(
        np.mean(
            [classifier.labels[answer] == label for answer, (_, label) in zip(answers, rows, strict=True)]
        )
    )


@pytest.mark.parametrize("base", BASES)
def test_a_base_learns_the_tickets(tmp_path, base):
    lines = train(make_job(tmp_path, tickets(120), base_model=base))

    assert lines[0]["type"] == "started"
    assert lines[-1]["type"] == "finished"
    assert accuracy(tmp_path, tickets(60, seed=9)) > 0.95


def test_progress_lines_are_numbered_and_tell_what_really_ran(tmp_path):
    asked = {"n_epochs": 3, "batch_size": 16, "learning_rate_multiplier": 0.5}
    lines = train(make_job(tmp_path, tickets(50), hyperparameters=asked))

    started, steps, finished = lines[0], of_type(lines, "step"), lines[-1]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert started["hyperparameters"] == asked
    assert (started["total_steps"], started["examples"], started["labels"]) == (12, 50, 3)
    assert set(steps[0]) == STEP_FIELDS
    assert [line["step"] for line in steps] == list(range(1, 13))
    assert [line["epoch"] for line in of_type(lines, "checkpoint")] == [1, 2, 3]
    assert finished["steps"] == 12
    assert finished["trained_tokens"] == 3 * started["tokens_per_epoch"] == steps[-1]["elapsed_tokens"]
    assert steps[-1]["elapsed_examples"] == 150


def test_losses_fall_and_the_best_epoch_is_kept_and_named(tmp_path):
    lines = train(make_job(tmp_path, tickets(200), hyperparameters={"n_epochs": 5}))

    losses = [line["metrics"]["full_valid_loss"] for line in of_type(lines, "checkpoint")]
    best = lines[-1]["best_step"]
    assert losses[-1] < losses[0]
    assert any("lowest full validation loss" in line["message"] for line in of_type(lines, "message"))
    assert best in [line["step"] for line in of_type(lines, "checkpoint")]


def test_the_last_three_checkpoints_answer_like_models(tmp_path):
    train(make_job(tmp_path, tickets(60), hyperparameters={"n_epochs": 5, "batch_size": 20}))

    kept = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert set(kept) >= {"step-15", "step-12", "step-9"}
    assert "step-3" not in kept
    checkpoint = load_classifier(tmp_path / "checkpoints" / "step-12")
    assert checkpoint.manifest.output_model.endswith(":ckpt-step-12")
    assert np.allclose(checkpoint.probabilities(["refund my invoice"]).sum(axis=1), 1, atol=1e-5)


def test_early_stopping_is_said(tmp_path):
    lines = train(make_job(tmp_path, tickets(40)))

    told = [line["message"] for line in of_type(lines, "message")]
    if lines[-1]["steps"] < lines[0]["total_steps"]:
        assert any("Stopped early after epoch" in text for text in told)
    assert any("auto" in note for note in lines[0]["notes"])


def test_a_validation_file_is_what_scores(tmp_path):
    write_chat(tmp_path / "valid.jsonl", tickets(30, seed=4))
    job = make_job(tmp_path, tickets(60), validation_file="valid.jsonl", hyperparameters={"n_epochs": 2})

    lines = train(job)

    assert lines[0]["validation_examples"] == 30
    assert read_manifest(tmp_path / "model").data["validation"] == "file"


def test_the_same_seed_gives_the_same_weights_and_another_others(tmp_path):
    rows = tickets(60)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(make_job(tmp_path / name, rows, seed=seed, hyperparameters={"n_epochs": 2}))

    first, second, third = (
        (tmp_path / name / "model" / "weights.safetensors").read_bytes() for name in "abc"
    )
    assert first == second
    assert first != third


def test_the_model_folder_says_how_it_was_made(tmp_path):
    train(make_job(tmp_path, tickets(60)))

    manifest = json.loads((tmp_path / "model" / "model.json").read_text())
    assert manifest["labels"] == ["billing", "outage", "access"]
    assert manifest["system"] == "Sort the ticket."
    assert manifest["output_model"] == "ft:ngram-hash-1:tunesmith::test"
    assert 0 < manifest["other_threshold"] < 1
    assert set(manifest["files"]) == {"weights.safetensors", "README.md", "replay.jsonl"}
    card = (tmp_path / "model" / "README.md").read_text()
    assert "- `billing`" in card
    assert manifest["data"]["training_sha256"] in card


def test_damaged_weights_are_not_served(tmp_path):
    train(make_job(tmp_path, tickets(40)))
    path = tmp_path / "model" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")

    with pytest.raises(ModelFolderError, match="damaged"):
        load_classifier(tmp_path / "model")
    with pytest.raises(ModelFolderError, match="not a complete model folder"):
        load_classifier(tmp_path)


def test_a_model_of_another_version_is_not_served(tmp_path):
    train(make_job(tmp_path, tickets(40)))
    content = read_model(tmp_path / "model")
    manifest = replace(content.manifest, parts=("ngrams", "perceptron"), scales=(1.0, 1.0))

    with pytest.raises(ModelFolderError, match=r"a part named perceptron\); train it again"):
        Classifier(replace(content, manifest=manifest))


def test_tokens_that_would_fill_the_disk_are_left_aside_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(material, "MAX_FILE_BYTES", 10_000)
    folder = make_job(tmp_path, tickets(60), base_model="minilm-l6-blend-1")
    (started,) = of_type(train(folder), "started")
    manifest = read_manifest(folder / "model")

    assert set(manifest.parts) == {"vectors", "sentence", "ngrams"}
    assert any("not token by token" in note for note in started["notes"])
    assert accuracy(folder, tickets(30, seed=1)) > 0.8


def test_the_result_file_has_the_documented_columns(tmp_path):
    options = {"positive_class": "outage", "betas": [0.5, 2]}
    lines = train(make_job(tmp_path, tickets(60), classification=options, hyperparameters={"n_epochs": 2}))

    with (tmp_path / "result.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:5] == [
        "step",
        "train_loss",
        "train_accuracy",
        "valid_loss",
        "valid_mean_token_accuracy",
    ]
    assert rows[0]["classification/auroc"] == ""
    assert float(rows[-1]["classification/f0.5"]) == lines[-1]["classification"]["f0.5"]
    assert float(rows[-1]["full_valid_loss"]) > 0
    assert {"accuracy", "weighted_f1_score", "precision", "recall", "f2", "auroc", "auprc"} <= set(
        lines[-1]["classification"]
    )


def test_a_bad_file_fails_with_its_line(tmp_path):
    job = make_job(tmp_path, tickets(20))
    with (job / "train.jsonl").open("a") as file:
        file.write("nonsense\n")

    failed = train(job)[-1]

    assert (failed["type"], failed["code"], failed["line"]) == ("failed", "invalid_training_file", 21)


def test_a_job_that_would_not_fit_is_refused_with_the_figure(tmp_path):
    failed = train(make_job(tmp_path, tickets(20), memory_mb=50))[-1]

    assert failed["code"] == "job_too_large"
    assert "may use 50 MB" in failed["message"]


def test_exact_matches_are_remembered_only_when_asked(tmp_path):
    rows = [*tickets(40), ("blue is the sky", "outage")]
    train(make_job(tmp_path / "on", rows, exact_match=True))
    train(make_job(tmp_path / "off", rows))
    on, off = load_classifier(tmp_path / "on" / "model"), load_classifier(tmp_path / "off" / "model")

    text = ["blue  is the sky", "never seen"]
    assert on.exact_matches(text) == ["outage", None]
    assert off.exact_matches(text) == [None, None]
    assert on.probabilities(text)[0, on.labels.index("outage")] > 0.99
    assert np.array_equal(on.probabilities(text, recall=False), off.probabilities(text))


def test_no_texts_give_no_rows(tmp_path):
    train(make_job(tmp_path, tickets(40)))

    assert load_classifier(tmp_path / "model").probabilities([]).shape == (0, 3)


def test_a_continued_model_learns_new_labels_and_keeps_the_old(tmp_path):
    old, new = tickets(60, labels=("billing", "outage")), tickets(30, labels=("access",), seed=3)
    train(make_job(tmp_path / "parent", old))
    child = make_job(tmp_path / "child", new, parent_model_dir=str(tmp_path / "parent" / "model"))

    lines = train(child)

    assert any("Continued from ft:ngram-hash-1" in note for note in lines[0]["notes"])
    assert read_manifest(child / "model").labels == ("billing", "outage", "access")
    assert accuracy(child, tickets(60, seed=8)) > 0.9


def test_a_parent_of_another_base_is_refused(tmp_path):
    train(make_job(tmp_path / "parent", tickets(30)))

    parent = str(tmp_path / "parent" / "model")
    child = make_job(tmp_path / "child", tickets(30), base_model="minilm-l6-blend-1", parent_model_dir=parent)

    assert train(child)[-1]["code"] == "invalid_parent_model"


def test_a_state_that_no_longer_fits_is_not_gone_on_from(tmp_path):
    train(make_job(tmp_path, tickets(40), hyperparameters={"n_epochs": 2}))

    lines = train(make_job(tmp_path, tickets(60, seed=5), hyperparameters={"n_epochs": 2}))

    assert any("starts over" in line["message"] for line in of_type(lines, "message"))
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["type"] == "finished"


def test_a_tuned_encoder_is_trained_served_and_continued(tmp_path):
    few = {"n_epochs": 1, "batch_size": 8}
    full = {"base_model": "minilm-l6-full-1", "hyperparameters": few}
    train(make_job(tmp_path / "parent", tickets(16, labels=("billing", "outage")), **full))
    parent = str(tmp_path / "parent" / "model")

    lines = train(make_job(tmp_path / "child", tickets(16, seed=3), parent_model_dir=parent, **full))

    classifier = load_classifier(tmp_path / "child" / "model")
    assert any("starts from its weights" in note for note in lines[0]["notes"])
    assert lines[0]["examples"] > lines[0]["validation_examples"] > 0
    assert classifier.labels == ("billing", "outage", "access")
    assert np.allclose(classifier.probabilities(["my refund", "it is down"]).sum(axis=1), 1, atol=1e-5)

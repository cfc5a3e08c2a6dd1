"""Jobs on a tiny base: losses fall, kills change nothing, weights load again, memory is bounded."""

import csv
import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.local.trainer.generation.tiny import descriptions, make_folder, make_job, require_torch
from tests.local.trainer.jobs import TRAINER, of_type, progress_lines

require_torch()
PATIENCE_S = 120


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def undisturbed(base, tmp_path_factory):
    folder = make_job(tmp_path_factory.mktemp("jobs") / "undisturbed", base, descriptions(60))
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)
    return folder


def copy_of(undisturbed, name):
    folder = undisturbed.parent / name
    folder.mkdir()
    for file in ("job.json", "train.jsonl"):
        shutil.copy(undisturbed / file, folder)
    return folder


def without_times(folder):
    return [{name: value for name, value in line.items() if name != "at"} for line in progress_lines(folder)]


def test_losses_fall_and_every_line_is_told(undisturbed):
    lines = progress_lines(undisturbed)

    steps, checkpoints = of_type(lines, "step"), of_type(lines, "checkpoint")
    assert lines[0]["type"] == "started"
    assert steps[-1]["train_loss"] < steps[0]["train_loss"] * 0.9
    assert [one["epoch"] for one in checkpoints] == [1, 2]
    assert lines[-1]["type"] == "finished"
    assert lines[-1]["trained_tokens"] == 2 * lines[0]["tokens_per_epoch"]
    assert lines[-1]["metrics"]["full_valid_loss"] == min(
        one["metrics"]["full_valid_loss"] for one in checkpoints
    )


def test_the_result_file_has_openais_columns(undisturbed):
    rows = list(csv.DictReader((undisturbed / "result.csv").read_text().splitlines()))

    assert list(rows[0])[:5] == [
        "step",
        "train_loss",
        "train_accuracy",
        "valid_loss",
        "valid_mean_token_accuracy",
    ]
    assert all(row["train_loss"] and row["valid_mean_token_accuracy"] for row in rows)


def test_kills_change_neither_weights_nor_progress(undisturbed):
    folder = copy_of(undisturbed, "killed")
    for seq in (2, 9, 15):
        process = subprocess.Popen([*TRAINER, str(folder)])
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None and len(progress_lines(folder)) < seq:
            assert time.monotonic() < deadline
            time.sleep(0.005)  # Polling another process's file: there is nothing to wait on.
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)

    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    weights = [load_file(place / "model" / "adapter_model.safetensors") for place in (undisturbed, folder)]
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert without_times(folder) == without_times(undisturbed)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft and transformers warn of each other
def test_the_model_folder_is_a_peft_adapter_with_a_card(base, undisturbed):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from local.trainer.generation.modelfolder import check_files
    from local.trainer.generation.torchruntime import load_tuned

    folder = undisturbed / "model"
    manifest = check_files(folder)
    theirs = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), folder).eval()
    ours = load_tuned(folder, manifest, device=torch.device("cpu"))
    ids = torch.tensor([[5, 6, 7, 8]])

    with torch.inference_mode():
        assert torch.allclose(theirs(ids).logits, ours(ids).logits, atol=1e-4)
    assert "LoRA weights" in (folder / "README.md").read_text()
    assert manifest.data["training_sha256"]


def test_a_fully_tuned_model_is_a_folder_of_its_own(base, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    folder = make_job(tmp_path / "full", base, descriptions(20), tuning="full")
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    tuned = AutoModelForCausalLM.from_pretrained(folder / "model")
    before = AutoModelForCausalLM.from_pretrained(base)
    moved = [not torch.equal(a, b) for a, b in zip(tuned.parameters(), before.parameters(), strict=True)]
    assert all(moved)


def test_training_goes_on_from_a_parent(base, undisturbed, tmp_path):
    first = of_type(progress_lines(undisturbed), "step")[0]["valid_loss"]
    folder = make_job(
        tmp_path / "child", base, descriptions(40, seed=2), parent_model_dir=str(undisturbed / "model")
    )

    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    lines = progress_lines(folder)
    assert any(note.startswith("Continued from ft:local:tiny") for note in lines[0]["notes"])
    assert of_type(lines, "step")[0]["valid_loss"] < first


def test_weight_0_is_not_learnt_from(base, tmp_path):
    folder = make_job(tmp_path / "weights", base, descriptions(10))
    silent = {
        "messages": [
            {"role": "user", "content": "cup"},
            {"role": "assistant", "content": "never say this", "weight": 0},
            {"role": "user", "content": "lamp"},
            {"role": "assistant", "content": "say this"},
        ]
    }
    (folder / "train.jsonl").write_text((json.dumps(silent) + "\n") * 12)
    from local.trainer.generation.material import read_material
    from local.trainer.generation.tokens import ChatTokenizer
    from local.trainer.job import read_job

    material = read_material(read_job(folder))

    one = material.plan.examples[0]
    learnt = [token for token, wanted in zip(one.ids, one.learnt, strict=True) if wanted]
    assert ChatTokenizer(base).text(learnt) == "say this</s>"


def test_a_job_that_would_not_fit_is_refused_with_the_figure(base, tmp_path):
    from local.openai_server.trainer_bridge import check_job

    folder = make_job(tmp_path / "large", base, [("a lamp " * 20, "yes")] * 12, memory_mb=300)
    early = check_job(folder)
    subprocess.run([*TRAINER, str(folder)], check=True, timeout=PATIENCE_S)

    last = progress_lines(folder)[-1]

    assert (last["type"], last["code"]) == ("failed", "job_too_large")
    assert (early.code, early.message) == (last["code"], last["message"])
    assert "MB of memory" in last["message"]
    assert "300 MB" in last["message"]

"""Weights & Biases through a stand-in package that writes down what it is told."""

import json
import os
from pathlib import Path

WANDB = """
import json, os

class Run:
    def __init__(self, **asked):
        self.id, self.config, self.summary = asked["id"], {}, {}
        self.tell("init", asked)
        self.config = type("Config", (), {"update": lambda _, value, **more: self.tell("config", value)})()
        self.summary = type("Summary", (), {"update": lambda _, value: self.tell("summary", value)})()

    def tell(self, kind, value):
        with open(os.environ["WANDB_STAND_IN"], "a") as file:
            file.write(json.dumps([kind, value]) + chr(10))

    def log(self, values, step):
        self.tell("log", {**values, "step": step})

    def finish(self, exit_code):
        self.tell("finish", exit_code)

def init(**asked):
    return Run(**asked)
"""


def test_a_job_is_logged_to_its_run(new_server, weather, finish, until, tmp_path: Path) -> None:
    (tmp_path / "wandb.py").write_text(WANDB)
    told = tmp_path / "told.jsonl"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    server = new_server(PYTHONPATH=path, WANDB_STAND_IN=str(told))
    with server.client() as client:
        file = client.files.create(file=("w.jsonl", weather(60)), purpose="fine-tune")
        run = {"type": "wandb", "wandb": {"project": "tickets", "name": "first", "tags": ["mine"]}}
        job = client.fine_tuning.jobs.create(
            model="ngram-hash-1", training_file=file.id, integrations=[run], hyperparameters={"n_epochs": 2}
        )
        job = finish(client, job.id)

        def logged() -> list:
            lines = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
            return lines if lines and lines[-1][0] == "finish" else []

        lines = until(logged)

    assert job.integrations[0].wandb.model_extra["run_id"] == lines[0][1]["id"]
    assert lines[0][1]["project"] == "tickets"
    assert {"mine", "openai/finetune", "openai/ngram-hash-1", f"openai/{job.id}"} == set(lines[0][1]["tags"])
    steps = [value["step"] for kind, value in lines if kind == "log" and "train_loss" in value]
    assert steps == sorted(set(steps))
    assert ["summary", {"trained_tokens": job.trained_tokens}] in lines
    assert lines[-1] == ["finish", 0]

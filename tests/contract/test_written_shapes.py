"""Answers of models that write, through the same proxy; they are streamed as they are written."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import DefaultHttpxClient, OpenAI

from tests.contract.proxy import ProxyTransport
from tests.local.trainer.generation.tiny import descriptions, make_folder, require_torch

ROOT = Path(__file__).parents[2]
MESSAGES = [{"role": "user", "content": "lamp red flat"}]


@pytest.fixture(scope="module")
def writers(target, proxy, tmp_path_factory) -> Iterator[OpenAI]:
    """The SDK before a server of its own, which knows a tiny model of random weights."""
    if not target.is_ours:
        pytest.skip("the proxy stands before our server only")
    require_torch()
    folder = tmp_path_factory.mktemp("writers")
    make_folder(folder / "models" / "tiny")
    command = [sys.executable, "-m", "local.openai_server", "--port", "0", "--home", str(folder / "home")]
    command += ["--models", str(folder / "models")]
    environment = {**os.environ, "TUNESMITH_API_KEY": "sk-contract"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True) as process:
        assert process.stdout is not None
        base_url = json.loads(process.stdout.readline())["base_url"]
        through = DefaultHttpxClient(transport=ProxyTransport(proxy))
        with OpenAI(base_url=base_url, api_key="sk-contract", max_retries=0, http_client=through) as client:
            yield client
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def model(writers: OpenAI, finish_at) -> str:
    pairs = [{"prompt": text, "completion": answer} for text, answer in descriptions(20)]
    lines = "\n".join(json.dumps(pair) for pair in pairs).encode()
    file = writers.files.create(file=("lamps.jsonl", lines), purpose="fine-tune")
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}}
    job = writers.fine_tuning.jobs.create(model="local:tiny", training_file=file.id, method=method)
    job = finish_at(writers, job.id)
    assert job.status == "succeeded", job.error
    return job.fine_tuned_model


@pytest.mark.parametrize("more", [{}, {"logprobs": True, "top_logprobs": 2}, {"n": 2, "temperature": 1.0}])
def test_chat_completions_that_are_written(writers: OpenAI, model: str, more) -> None:
    asked = {"model": model, "messages": MESSAGES, "max_tokens": 6, **more}

    whole = writers.chat.completions.create(**asked)
    chunks = list(
        writers.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )

    assert whole.choices[0].finish_reason in ("stop", "length")
    assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.parametrize("more", [{}, {"logprobs": 2}, {"n": 2, "echo": True}])
def test_completions_that_are_written(writers: OpenAI, model: str, more) -> None:
    asked = {"model": model, "prompt": ["lamp", "cup red"], "max_tokens": 6, **more}

    writers.completions.create(**asked)
    chunks = list(writers.completions.create(**asked, stream=True, stream_options={"include_usage": True}))

    choices = [choice for chunk in chunks for choice in chunk.choices]
    ends = [choice.index for choice in choices if choice.finish_reason is not None]
    assert sorted(ends) == list(range(2 * more.get("n", 1)))
    assert chunks[-1].usage.total_tokens > 0

"""A real server with a trained model, or the real API where TUNESMITH_CONTRACT_BASE_URL names one."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai import DefaultHttpxClient, OpenAI
from openai.types.fine_tuning import FineTuningJob
from pydantic import TypeAdapter

from tests.contract.proxy import Proxy, ProxyTransport

ROOT = Path(__file__).parents[2]
WORDS = {
    "cold": ["ice", "snow", "freeze", "winter", "frost"],
    "hot": ["sun", "fire", "burn", "summer", "heat"],
    "wet": ["rain", "water", "river", "flood", "drip"],
}


def weather_lines(count: int, seed: int = 1) -> bytes:
    """Chat lines of three classes that any learner tells apart."""
    generator = random.Random(seed)
    lines = []
    for _ in range(count):
        label = generator.choice(list(WORDS))
        text = " ".join(generator.choice(WORDS[label]) for _ in range(3))
        messages = [
            {"role": "system", "content": "Say the weather."},
            {"role": "user", "content": text},
            {"role": "assistant", "content": label},
        ]
        lines.append(json.dumps({"messages": messages}))
    return "\n".join(lines).encode()


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the suite runs: address, key, the base to train."""

    base_url: str
    api_key: str
    base_model: str
    is_ours: bool


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Our server in a process of its own, or the API that the environment names."""
    base_url = os.environ.get("TUNESMITH_CONTRACT_BASE_URL")
    if base_url:
        key, model = os.environ["TUNESMITH_CONTRACT_API_KEY"], os.environ["TUNESMITH_CONTRACT_MODEL"]
        yield Target(base_url=base_url, api_key=key, base_model=model, is_ours=False)
        return
    home = tmp_path_factory.mktemp("contract")
    command = [sys.executable, "-m", "local.openai_server", "--port", "0", "--home", str(home)]
    environment = {**os.environ, "TUNESMITH_API_KEY": "sk-contract"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Target(
            base_url=ready["base_url"], api_key="sk-contract", base_model="ngram-hash-1", is_ours=True
        )
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="session")
def strict() -> Callable[[Any, Any], Any]:
    """Parses a raw answer as a type of the SDK's, without the SDK's leniency.

    A missing field, another JSON type or a word outside a Literal raises.
    """
    return lambda type_, raw: TypeAdapter(type_).validate_json(raw.text, strict=True)


@pytest.fixture(scope="session")
def strict_page() -> Callable[[Any, Any], Any]:
    """The same for lists: the envelope first, then each of its objects."""

    def parse(type_: Any, raw: Any) -> list[Any]:
        envelope = json.loads(raw.text)
        assert envelope["object"] == "list"
        return TypeAdapter(list[type_]).validate_json(json.dumps(envelope["data"]), strict=True)

    return parse


@pytest.fixture(scope="session")
def proxy() -> Proxy:
    """What stands between `client` and our server."""
    return Proxy()


@pytest.fixture(scope="session")
def client(target: Target, proxy: Proxy) -> Iterator[OpenAI]:
    """The SDK; what our server answers passes the proxy, which holds it to OpenAI's document."""
    through = DefaultHttpxClient(transport=ProxyTransport(proxy)) if target.is_ours else None
    with OpenAI(
        base_url=target.base_url, api_key=target.api_key, max_retries=0, http_client=through
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_divergence(proxy: Proxy) -> Iterator[None]:
    """Fails whatever test has got an answer that OpenAI's document doesn't describe."""
    yield
    found, proxy.found = proxy.found, []
    assert found == []


def finished(client: OpenAI, job_id: str, timeout_s: float = 60 * 60) -> FineTuningJob:
    """The job once nothing can change any more."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status in ("succeeded", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{job_id} is still {job.status}")


@pytest.fixture(scope="session")
def finish(client: OpenAI) -> Callable[[str], FineTuningJob]:
    """Waits for a job's end."""
    return lambda job_id: finished(client, job_id)


@pytest.fixture(scope="session")
def finish_at() -> Callable[[OpenAI, str], FineTuningJob]:
    """The same for another client's job."""
    return finished


@pytest.fixture(scope="session")
def training_file(client: OpenAI) -> str:
    """The id of an uploaded training file."""
    return client.files.create(file=("weather.jsonl", weather_lines(90)), purpose="fine-tune").id


@pytest.fixture(scope="session")
def trained(client: OpenAI, target: Target) -> FineTuningJob:
    """A job that has succeeded, with a validation file, a suffix and metadata."""
    training = client.files.create(file=("weather.jsonl", weather_lines(90)), purpose="fine-tune")
    validation = client.files.create(file=("held-out.jsonl", weather_lines(20, seed=2)), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model=target.base_model,
        training_file=training.id,
        validation_file=validation.id,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}},
        suffix="weather",
        seed=7,
        metadata={"suite": "contract"},
    )
    job = finished(client, job.id)
    assert job.status == "succeeded", job.error
    return job

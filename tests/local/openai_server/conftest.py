"""Real servers on loopback, each in a process of its own, and small data that any learner tells apart."""

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

ROOT = Path(__file__).parents[3]
KEY = "sk-test"
WORDS = {
    "cold": ["ice", "snow", "freeze", "winter", "frost"],
    "hot": ["sun", "fire", "burn", "summer", "heat"],
    "wet": ["rain", "water", "river", "flood", "drip"],
}


def weather(count: int, seed: int = 1) -> bytes:
    """Chat lines of three classes."""
    generator = random.Random(seed)
    lines = []
    for _ in range(count):
        label = generator.choice(list(WORDS))
        text = " ".join(generator.choice(WORDS[label]) for _ in range(3))
        messages = [{"role": "user", "content": text}, {"role": "assistant", "content": label}]
        lines.append(json.dumps({"messages": messages}))
    return "\n".join(lines).encode()


@dataclass(kw_only=True)
class Answer:
    """A plain HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Server:
    """A server process over a home folder, which may be killed and started again."""

    home: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    port: int = 0

    def start(self) -> "Server":
        command = [
            sys.executable,
            "-m",
            "local.openai_server",
            "--port",
            "0",
            "--home",
            str(self.home),
            *self.arguments,
        ]
        environment = {**os.environ, "TUNESMITH_API_KEY": KEY, **self.environment}
        with (self.home.parent / f"{self.home.name}.log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        self.port = int(json.loads(self.process.stdout.readline())["base_url"].split(":")[2].split("/")[0])
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def client(self, key: str = KEY) -> OpenAI:
        return OpenAI(base_url=self.base_url, api_key=key, max_retries=0)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        key: str | None = KEY,
    ) -> Answer:
        """One plain HTTP request; `headers` may replace the bearer key and the content type."""
        standard = {"authorization": f"Bearer {key}"} if key else {}
        if body is not None:
            standard["content-type"] = "application/json"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, {**standard, **(headers or {})})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=found, body=answer.read())

    def post(self, path: str, value: Any, **headers: str) -> Answer:
        """POST JSON; keyword names become headers (`idempotency_key` for Idempotency-Key)."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("POST", path, json.dumps(value).encode(), named)


def until(condition: Callable[[], Any], timeout_s: float = 60) -> Any:
    """The first true value of `condition`; fails when the time is over."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("the condition did not come true in time")


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    return until


@pytest.fixture(scope="session", name="weather")
def _weather() -> Callable[..., bytes]:
    return weather


@pytest.fixture(scope="session")
def server_at() -> Callable[[Path], Server]:
    """A server over a given home, not yet started, for fixtures that outlive a test."""
    return lambda home: Server(home=home)


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers of a test's own; what still runs at its end is killed."""
    made: list[Server] = []

    def make(*arguments: str, **environment: str) -> Server:
        server = Server(home=tmp_path / f"home{len(made)}", arguments=arguments, environment=environment)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.end()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it alive."""
    server = Server(home=tmp_path_factory.mktemp("server") / "home").start()
    yield server
    assert server.end() == 0


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[OpenAI]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def training_file(client: OpenAI) -> str:
    return client.files.create(file=("weather.jsonl", weather(60)), purpose="fine-tune").id


@pytest.fixture(scope="session")
def finish() -> Callable[[OpenAI, str], Any]:
    """Waits until nothing can change about a job any more, and gives it."""

    def wait(client: OpenAI, job_id: str) -> Any:
        def ended() -> Any:
            job = client.fine_tuning.jobs.retrieve(job_id)
            return job if job.status in ("succeeded", "failed", "cancelled") else None

        return until(ended)

    return wait


@pytest.fixture(scope="session")
def model(client: OpenAI, training_file: str, finish: Callable[[OpenAI, str], Any]) -> str:
    """A trained model's name."""
    job = client.fine_tuning.jobs.create(
        model="ngram-hash-1", training_file=training_file, seed=1, hyperparameters={"n_epochs": 3}
    )
    job = finish(client, job.id)
    assert job.status == "succeeded", job.error
    return job.fine_tuned_model

"""Every answer as OpenAI's OpenAPI document describes it: `client` goes through a validating proxy."""

import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from local.openai_server.routes import HANDLERS, STREAMED
from tests.contract import schemas
from tests.contract.proxy import CONTENT, SHAPES, ProxyTransport
from tests.contract.shapes import divergences

LINES = b'{"prompt": "ice", "completion": "cold"}\n{"prompt": "sun", "completion": "hot"}\n' * 6
MESSAGES = [{"role": "user", "content": "snow ice frost"}]
DOCS = Path(__file__).parents[2] / "docs" / "server.md"
REAL_BUT_UNDOCUMENTED = {"user_provided_suffix", "first_id", "last_id"}
"""OpenAI's own jobs and lists have these, although its document doesn't."""


@pytest.fixture(autouse=True)
def _ours(target) -> None:
    if not target.is_ours:
        pytest.skip("the proxy stands before our server only")


def passed(proxy, *routes: str) -> None:
    """Each of these, such as `GET /v1/files`, has been answered with a 200."""
    missing = set(routes) - {f"{method} {path}" for method, path in proxy.passed}
    assert missing == set()


def batch_of(client: OpenAI, *bodies: dict) -> str:
    lines = [
        {"custom_id": str(number), "method": "POST", "url": "/v1/chat/completions", "body": body}
        for number, body in enumerate(bodies)
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    return batch.id


def ended(client: OpenAI, batch_id: str, timeout_s: float = 60):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        batch = client.batches.retrieve(batch_id)
        if batch.status in ("completed", "failed", "cancelled", "expired"):
            return batch
    raise AssertionError(f"{batch_id} is still {batch.status}")


def test_every_route_that_openai_has_is_held_to_its_document() -> None:
    served = {(method, path) for method, path, _ in (*HANDLERS, *STREAMED)}
    own = {("POST", "/v1/fine_tuning/jobs/estimate")}

    assert served - own == {*SHAPES, CONTENT}


def test_files(client: OpenAI, proxy) -> None:
    lasting = client.files.create(file=("a.jsonl", LINES), purpose="fine-tune")
    passing = client.files.create(file=("b.jsonl", LINES), purpose="batch")

    client.files.retrieve(lasting.id)
    client.files.retrieve(passing.id)
    assert len(client.files.list(limit=1).data) == 1
    assert client.files.list(purpose="vision").data == []
    assert client.files.content(lasting.id).read() == LINES
    client.files.delete(lasting.id)

    passed(proxy, "POST /v1/files", "GET /v1/files", "GET /v1/files/{file_id}", "DELETE /v1/files/{file_id}")
    passed(proxy, "GET /v1/files/{file_id}/content")


def test_uploads(client: OpenAI, proxy) -> None:
    about = {"filename": "a.jsonl", "bytes": len(LINES), "mime_type": "text/jsonl", "purpose": "fine-tune"}
    first, second = client.uploads.create(**about), client.uploads.create(**about)
    part = client.uploads.parts.create(first.id, data=LINES)

    client.uploads.complete(first.id, part_ids=[part.id])
    client.uploads.cancel(second.id)

    upload = "POST /v1/uploads/{upload_id}"
    passed(proxy, "POST /v1/uploads", f"{upload}/parts", f"{upload}/complete", f"{upload}/cancel")


def test_jobs_in_every_status(
    client: OpenAI, target, trained: FineTuningJob, training_file, finish, proxy
) -> None:
    asked = {"model": target.base_model, "training_file": training_file}
    job = client.fine_tuning.jobs.create(**asked, metadata={"suite": "shapes"})
    seen = {job.status}
    while job.status == "validating_files":
        job = client.fine_tuning.jobs.retrieve(job.id)
    seen |= {client.fine_tuning.jobs.pause(job.id).status, client.fine_tuning.jobs.resume(job.id).status}
    seen.add(finish(job.id).status)
    seen.add(client.fine_tuning.jobs.cancel(client.fine_tuning.jobs.create(**asked).id).status)
    few = client.files.create(file=("few.jsonl", LINES[:40]), purpose="fine-tune").id
    seen.add(finish(client.fine_tuning.jobs.create(model=target.base_model, training_file=few).id).status)
    pages = [job.id for job in client.fine_tuning.jobs.list(limit=2)]

    assert {"validating_files", "paused", "succeeded", "cancelled", "failed"} <= seen
    assert trained.id in pages
    assert len(pages) == len(set(pages))
    job_path = "/v1/fine_tuning/jobs/{job_id}"
    passed(proxy, "POST /v1/fine_tuning/jobs", "GET /v1/fine_tuning/jobs", f"GET {job_path}")
    passed(proxy, f"POST {job_path}/cancel", f"POST {job_path}/pause", f"POST {job_path}/resume")


def test_events_and_checkpoints(client: OpenAI, trained: FineTuningJob, proxy) -> None:
    kinds = {event.type for event in client.fine_tuning.jobs.list_events(trained.id, limit=5)}
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(trained.id, limit=1))

    assert kinds == {"message", "metrics"}
    assert len(checkpoints) == 3
    job_path = "GET /v1/fine_tuning/jobs/{job_id}"
    passed(proxy, f"{job_path}/events", f"{job_path}/checkpoints")


def test_models(client: OpenAI, target, training_file, finish, proxy) -> None:
    job = finish(client.fine_tuning.jobs.create(model=target.base_model, training_file=training_file).id)

    client.models.list()
    client.models.retrieve(target.base_model)
    client.models.retrieve(job.fine_tuned_model)
    client.models.delete(job.fine_tuned_model)

    model = "/v1/models/{model:path}"
    passed(proxy, "GET /v1/models", f"GET {model}", f"DELETE {model}")


@pytest.mark.parametrize("more", [{}, {"logprobs": True, "top_logprobs": 3}, {"n": 2, "temperature": 1.0}])
def test_chat_completions_whole_and_streamed(client: OpenAI, trained: FineTuningJob, proxy, more) -> None:
    asked = {"model": trained.fine_tuned_model, "messages": MESSAGES, **more}
    proxy.passed.discard(("POST", "/v1/chat/completions"))

    client.chat.completions.create(**asked)
    list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    list(client.chat.completions.create(**asked, stream=True))

    passed(proxy, "POST /v1/chat/completions")


@pytest.mark.parametrize("more", [{}, {"logprobs": 2}, {"n": 2, "echo": True}])
def test_completions_whole_and_streamed(client: OpenAI, trained: FineTuningJob, proxy, more) -> None:
    asked = {"model": trained.fine_tuned_model, "prompt": ["snow ice", "sun fire"], **more}
    proxy.passed.discard(("POST", "/v1/completions"))

    client.completions.create(**asked)
    chunks = list(client.completions.create(**asked, stream=True, stream_options={"include_usage": True}))

    ends = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert ends == ["stop"] * 2 * more.get("n", 1)
    passed(proxy, "POST /v1/completions")


def test_batches_and_what_they_write(client: OpenAI, trained: FineTuningJob, proxy) -> None:
    good, bad = (
        {"model": trained.fine_tuned_model, "messages": MESSAGES},
        {"model": "no-such", "messages": MESSAGES},
    )
    done = ended(client, batch_of(client, good, bad))
    refused = ended(client, batch_of(client, good, good | {"model": 1}))
    # So many that the batch cannot be through before its cancelling comes.
    cancelled = client.batches.cancel(batch_of(client, *[good] * 5_000))
    pages = [batch.id for batch in client.batches.list(limit=1)]

    assert (done.status, refused.status, refused.errors.data[0].line) == ("completed", "failed", 2)
    assert {done.id, refused.id, cancelled.id} <= set(pages)
    for file_id, schema in ((done.output_file_id, schemas.CHAT), (done.error_file_id, schemas.ERROR)):
        line = json.loads(client.files.content(file_id).read())
        assert set(line) == {"id", "custom_id", "response", "error"}
        assert line["error"] is None
        assert divergences(schema, line["response"]["body"]) == []
    one = "/v1/batches/{batch_id}"
    passed(proxy, "POST /v1/batches", "GET /v1/batches", f"GET {one}", f"POST {one}/cancel")


@pytest.fixture
def receiver() -> Iterator[str]:
    """The address of an endpoint that answers everything with 418."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(418)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_webhook_endpoints(client: OpenAI, receiver: str, proxy) -> None:
    assert client.webhooks.list().data == []
    made = client.webhooks.create(name="mine", url=receiver, event_types=["batch.failed"])
    client.webhooks.update(made.id, name="ours")
    client.webhooks.rotate_secret(made.id)
    tested = client.webhooks.test(made.id, event_type="batch.failed")
    client.webhooks.list()
    client.webhooks.retrieve(made.id)
    client.webhooks.event_types.list()
    client.webhooks.delete(made.id)

    assert (tested.status_code, tested.webhook_endpoint_id) == (418, made.id)
    hook = "/v1/webhook_endpoints/{endpoint_id}"
    passed(proxy, "POST /v1/webhook_endpoints", "GET /v1/webhook_endpoints", "GET /v1/webhook_event_types")
    passed(
        proxy,
        f"GET {hook}",
        f"POST {hook}",
        f"DELETE {hook}",
        f"POST {hook}/rotate_secret",
        f"POST {hook}/test",
    )


@pytest.fixture
def raw(target, proxy) -> Iterator[httpx2.Client]:
    """Requests that the SDK would not make, through the same proxy."""
    headers = {"authorization": f"Bearer {target.api_key}"}
    with httpx2.Client(transport=ProxyTransport(proxy), base_url=target.base_url, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/files/file-none", 404),
        ("GET", "/files?limit=0", 400),
        ("GET", "/files?after=file-none", 400),
        ("POST", "/files", 415),
        ("POST", "/uploads", 400),
        ("POST", "/uploads/upload_none/cancel", 404),
        ("POST", "/fine_tuning/jobs", 400),
        ("GET", "/fine_tuning/jobs/ftjob-none/events", 404),
        ("GET", "/models/ft:none", 404),
        ("DELETE", "/models/ngram-hash-1", 403),
        ("POST", "/chat/completions", 400),
        ("POST", "/completions", 400),
        ("GET", "/batches/batch_none", 404),
        ("PUT", "/models", 405),
        ("GET", "/no/such/thing", 404),
    ],
)
def test_refusals_have_openais_body(raw: httpx2.Client, method, path, status) -> None:
    refusal = raw.request(method, path, json={} if method == "POST" else None)

    assert refusal.status_code == status
    assert refusal.json()["error"]["message"]


def test_a_wrong_key_is_refused_with_openais_body(raw: httpx2.Client) -> None:
    refusal = raw.get("/models", headers={"authorization": "Bearer sk-wrong"})

    assert (refusal.status_code, refusal.json()["error"]["code"]) == (401, "invalid_api_key")


def test_what_goes_beyond_the_document_is_in_our_own(client: OpenAI, trained: FineTuningJob, proxy) -> None:
    client.models.list()
    client.fine_tuning.jobs.retrieve(trained.id)
    client.chat.completions.create(model=trained.fine_tuned_model, messages=MESSAGES)

    named = set(re.findall(r"\w+", DOCS.read_text(encoding="utf-8")))

    assert {"fine_tuning", "evaluation", "class_probabilities"} <= proxy.added
    assert proxy.added - REAL_BUT_UNDOCUMENTED <= named

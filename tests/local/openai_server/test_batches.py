"""Batches of requests in files."""

import json
import signal

import pytest
from openai.types import Batch
from pydantic import TypeAdapter


def lines(model: str, texts: list[str], **more) -> bytes:
    requests = [
        {
            "custom_id": f"request-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {
                "model": model,
                "temperature": 0,
                "messages": [{"role": "user", "content": text}],
                **more,
            },
        }
        for number, text in enumerate(texts)
    ]
    return "\n".join(json.dumps(request) for request in requests).encode()


def start(client, content: bytes, **more):
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", **more
    )


@pytest.fixture
def finished(client, until):
    def wait(batch_id: str):
        def ended():
            batch = client.batches.retrieve(batch_id)
            return batch if batch.status in ("completed", "failed", "cancelled", "expired") else None

        return until(ended)

    return wait


def results(client, file_id: str) -> dict[str, dict]:
    content = client.files.content(file_id).read()
    return {line["custom_id"]: line for line in map(json.loads, content.splitlines())}


def test_every_request_gets_its_answer(client, model: str, finished) -> None:
    texts = ["snow ice frost", "sun fire heat", "rain river flood"] * 50

    batch = finished(start(client, lines(model, texts), metadata={"a": "b"}).id)

    assert (batch.status, batch.metadata, batch.model) == ("completed", {"a": "b"}, model)
    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed) == (150, 150, 0)
    assert batch.usage.total_tokens == batch.usage.input_tokens + batch.usage.output_tokens > 0
    answers = results(client, batch.output_file_id)
    labels = [
        answers[f"request-{n}"]["response"]["body"]["choices"][0]["message"]["content"] for n in range(3)
    ]
    assert labels == ["cold", "hot", "wet"]
    assert len(answers) == 150
    raw = client.batches.with_raw_response.retrieve(batch.id)
    TypeAdapter(Batch).validate_json(raw.text, strict=True)


def test_what_fails_alone_goes_into_the_error_file(client, model: str, finished) -> None:
    content = (
        lines(model, ["snow"]) + b"\n" + lines("no-such-model", ["snow"]).replace(b"request-0", b"request-1")
    )

    batch = finished(start(client, content).id)

    assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("completed", 1, 1)
    failed = results(client, batch.error_file_id)["request-1"]["response"]
    assert (failed["status_code"], failed["body"]["error"]["code"]) == (404, "model_not_found")


def test_a_file_that_is_no_batch_fails_with_its_lines(client, model: str, finished) -> None:
    good = lines(model, ["snow"])
    wrong_url = good.replace(b"/v1/chat/completions", b"/v1/embeddings").replace(b"request-0", b"other")

    batch = finished(start(client, b"\n".join([good, good, wrong_url, b'{"a": 1}'])).id)

    assert batch.status == "failed"
    assert [(error.line, error.code) for error in batch.errors.data] == [
        (2, "duplicate_custom_id"),
        (3, "invalid_url"),
        (4, "invalid_json_line"),
    ]


def test_a_batch_can_be_cancelled(client, model: str, finished) -> None:
    batch = start(client, lines(model, ["snow ice"] * 3000))

    assert client.batches.cancel(batch.id).status in ("cancelling", "cancelled")

    batch = finished(batch.id)
    assert batch.status == "cancelled"
    assert batch.request_counts.completed < 3000


def test_batches_are_listed_newest_first(client, model: str) -> None:
    made = [start(client, lines(model, ["snow"])).id for _ in range(3)]

    assert [batch.id for batch in client.batches.list(limit=2)][:3] == made[::-1]


def test_a_killed_server_goes_on_with_its_batch(new_server, weather, finish, until) -> None:
    server = new_server()
    with server.client() as client:
        file = client.files.create(file=("w.jsonl", weather(60)), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model="ngram-hash-1", training_file=file.id, hyperparameters={"n_epochs": 1}
        )
        model = finish(client, job.id).fine_tuned_model
        batch = start(client, lines(model, ["snow ice", "sun fire"] * 1000))
        until(lambda: client.batches.retrieve(batch.id).request_counts.completed > 100)

    server.end(signal.SIGKILL)
    server.start()

    with server.client() as client:
        batch = until(lambda: (b := client.batches.retrieve(batch.id)).status == "completed" and b)
        assert batch.request_counts.completed == 2000
        assert len(results(client, batch.output_file_id)) == 2000

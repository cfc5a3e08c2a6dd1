"""What is found in files at upload and before a job is queued, with line and reason."""

import json

import openai
import pytest

from local.openai_server.errors import ApiError
from local.openai_server.jsonl import count_objects


def chat(label: str, text: str = "x") -> bytes:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": label}]
    return json.dumps({"messages": messages}).encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}\n\n{"b": 2}\r\n', b'{"a": "\\ud800"}\n', b'{"a": NaN}\n', b" {} \n"],
)
def test_objects_are_counted(tmp_path, content: bytes) -> None:
    (tmp_path / "f.jsonl").write_bytes(content)

    assert count_objects(tmp_path / "f.jsonl") in (1, 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no line at all"),
        (b'{"a": 1}\n\n[1]\n', "Line 3 is not a dictionary (HINT: line starts with"),
        (b'{"a": 1}\n{"a"\n', "Line 2 is not a dictionary (HINT: line starts with"),
        (
            b"text,label\na,b\n",
            'Line 1 is not a dictionary (HINT: line starts with: "text,label..."); JSON is malformed',
        ),
        (b'{"a":' * 5000, "Line 1 is not"),
    ],
)
def test_what_is_no_object_is_named(tmp_path, content: bytes, reason: str) -> None:
    (tmp_path / "f.jsonl").write_bytes(content)

    with pytest.raises(ApiError) as caught:
        count_objects(tmp_path / "f.jsonl")

    assert reason in caught.value.message
    assert caught.value.message.startswith(
        "Expected file to have JSONL format, where every line is a JSON dictionary."
    )


def test_a_large_file_is_validated_beside_the_answers(client, weather, finish) -> None:
    good = b"".join(chat(("cold", "hot")[n % 2], f"text {n} " + "word " * 20) for n in range(14_000))
    assert len(good) > 2 * 1024 * 1024
    file = client.files.create(
        file=("large.jsonl", good + b'{"messages": [{"content": "x"}]}\n'), purpose="fine-tune"
    )

    job = finish(client, client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id).id)

    assert (job.status, job.error.code, job.error.param) == (
        "failed",
        "invalid_training_file",
        "training_file",
    )
    assert "14001" in job.error.message


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b'{"text": "a", "label": "b"}\n' * 12, "expected either prompt/completion pairs or chat messages"),
        (b"".join(chat("same") for _ in range(12)), "same"),
        (b"".join(chat("") for _ in range(12)), "empty"),
    ],
)
def test_what_no_classifier_can_learn_fails_before_the_queue(
    client, finish, lines: bytes, words: str
) -> None:
    file = client.files.create(file=("f.jsonl", lines), purpose="fine-tune")

    job = finish(client, client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id).id)

    events = [event.message for event in client.fine_tuning.jobs.list_events(job.id)]
    assert job.status == "failed"
    assert words in job.error.message
    assert "Fine-tuning job started" not in events
    assert events[0] == job.error.message


def test_texts_for_a_classifier_are_refused_with_who_could_write_them(client) -> None:
    lines = b"".join(chat(f"all different {n}") for n in range(40))
    file = client.files.create(file=("f.jsonl", lines), purpose="fine-tune")

    with pytest.raises(openai.BadRequestError) as refusal:
        client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id)

    assert (refusal.value.param, refusal.value.code) == ("model", "unsupported_training_file")
    assert "40 of 40 answers are different" in refusal.value.message
    assert "smollm2-135m-instruct" in refusal.value.message


def test_a_large_file_of_texts_is_refused_on_its_way_to_the_queue(client, finish) -> None:
    lines = b"".join(chat(f"all different {n} " + "words " * 60) for n in range(5_000))
    file = client.files.create(file=("large.jsonl", lines), purpose="fine-tune")

    job = finish(client, client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id).id)

    assert (job.status, job.error.code) == ("failed", "unsupported_training_file")
    assert "smollm2-135m-instruct writes texts" in job.error.message


def test_a_validation_file_with_an_unknown_label_is_refused(client, training_file: str, finish) -> None:
    file = client.files.create(file=("v.jsonl", chat("cold") + chat("unheard")), purpose="fine-tune")

    job = client.fine_tuning.jobs.create(
        model="ngram-hash-1", training_file=training_file, validation_file=file.id
    )
    job = finish(client, job.id)

    assert (job.status, job.error.param) == ("failed", "validation_file")
    assert "unheard" in job.error.message

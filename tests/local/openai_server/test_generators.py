"""The bases that write, through the server: a tiny folder is listed, trained, asked, streamed, batched, deleted."""

import contextlib
import json
import math
import os
import signal
from pathlib import Path

import openai
import pytest
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.local.trainer.generation.tiny import descriptions, make_folder, require_torch

MESSAGES = [{"role": "user", "content": "lamp red flat"}]


def training_lines(count: int = 40) -> bytes:
    lines = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]}
        for text, answer in descriptions(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def test_a_base_that_is_not_installed_is_listed_and_refused_with_what_to_install(client) -> None:
    listed = {model.id: model.model_extra["fine_tuning"] for model in client.models.list()}
    about = listed["smollm2-135m-instruct"]
    file = client.files.create(file=("f.jsonl", training_lines()), purpose="fine-tune")

    assert (about["kind"], about["license"]) == ("generator", "Apache-2.0")
    assert "local:" in about["description"]
    if about["available"]:
        pytest.skip("the extra `generate` is installed here")
    with pytest.raises(openai.BadRequestError, match="pip install") as refusal:
        client.fine_tuning.jobs.create(model="smollm2-135m-instruct", training_file=file.id)
    assert (refusal.value.param, refusal.value.code) == ("model", "model_not_available")


def test_folders_with_faults_are_listed_with_the_reason(new_server, tmp_path) -> None:
    place = tmp_path / "models" / "broken"
    place.mkdir(parents=True)
    (place / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    client = new_server("--models", str(tmp_path / "models")).client()

    about = client.models.retrieve("local:broken").model_extra["fine_tuning"]

    assert about["available"] is False
    assert "no .safetensors" in about["problem"]


@pytest.fixture(scope="module")
def served(tmp_path_factory, server_at):
    require_torch()
    folder = tmp_path_factory.mktemp("written")
    make_folder(folder / "models" / "tiny")
    make_folder(folder / "models" / "reader", architecture="BertModel")
    server = server_at(folder / "home")
    server.arguments = ("--models", str(folder / "models"))
    server.start()
    yield server
    assert server.end() == 0


@pytest.fixture(scope="module")
def writer(served, finish):
    client = served.client()
    file = client.files.create(file=("f.jsonl", training_lines()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model="local:tiny",
        training_file=file.id,
        seed=1,
        suffix="lamps",
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 6, "learning_rate_multiplier": 50.0}},
        },
    )
    job = finish(client, job.id)
    assert job.status == "succeeded", job.error
    return client, job


def test_a_folder_is_trained_into_a_model(writer) -> None:
    client, job = writer

    about = client.models.retrieve(job.fine_tuned_model).model_extra["fine_tuning"]

    assert job.fine_tuned_model.startswith("ft:local:tiny:tunesmith:lamps:")
    assert (about["kind"], about["base"]) == ("generator", "local:tiny")
    assert job.trained_tokens > 0
    assert len(client.fine_tuning.jobs.checkpoints.list(job.id).data) == 3


def test_an_answer_has_real_logprobs_and_exact_usage(writer) -> None:
    client, job = writer

    raw = client.chat.completions.with_raw_response.create(
        model=job.fine_tuned_model, messages=MESSAGES, max_tokens=6, logprobs=True, top_logprobs=3
    )
    answer = ChatCompletion.model_validate_json(raw.text, strict=True)

    choice = answer.choices[0]
    assert answer.usage.completion_tokens == len(choice.logprobs.content) <= 6
    assert "".join(one.token for one in choice.logprobs.content) == choice.message.content
    for one in choice.logprobs.content:
        assert one.logprob == pytest.approx(max(other.logprob for other in one.top_logprobs))
        assert sum(math.exp(other.logprob) for other in one.top_logprobs) <= 1.0001
    assert choice.finish_reason in ("stop", "length")


def test_choices_are_drawn_alike_with_one_seed(writer) -> None:
    client, job = writer

    def drawn() -> list[str]:
        answer = client.chat.completions.create(
            model=job.fine_tuned_model, messages=MESSAGES, n=3, temperature=1.5, seed=4, max_tokens=8
        )
        return [choice.message.content for choice in answer.choices]

    first = drawn()

    assert drawn() == first
    assert len(set(first)) > 1


def test_a_stream_says_the_same_with_usage_at_the_end(writer) -> None:
    client, job = writer
    asked = {"model": job.fine_tuned_model, "messages": MESSAGES, "max_tokens": 8}

    whole = client.chat.completions.create(**asked)
    chunks = list(
        client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )

    for chunk in chunks:
        ChatCompletionChunk.model_validate_json(chunk.model_dump_json(exclude_unset=True), strict=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage


def test_a_stop_sequence_is_where_the_text_ends(writer) -> None:
    client, job = writer
    whole = client.chat.completions.create(model=job.fine_tuned_model, messages=MESSAGES, max_tokens=12)
    text = whole.choices[0].message.content
    stop = text[2:4]

    cut = client.chat.completions.create(
        model=job.fine_tuned_model, messages=MESSAGES, max_tokens=12, stop=stop
    )

    assert cut.choices[0].message.content == text[: text.index(stop)]
    assert cut.choices[0].finish_reason == "stop"


def test_completions_answer_each_prompt(writer) -> None:
    client, job = writer

    raw = client.completions.with_raw_response.create(
        model=job.fine_tuned_model, prompt=["lamp red", "cup"], max_tokens=4, logprobs=2, echo=True
    )
    answer = Completion.model_validate_json(raw.text, strict=True)

    assert [choice.text[:3] for choice in answer.choices] == ["lam", "cup"]
    first = answer.choices[0].logprobs
    assert first.text_offset[0] == len("lamp red")
    assert all(token in top for token, top in zip(first.tokens, first.top_logprobs, strict=True))


def test_a_prompt_beyond_the_context_is_refused_in_openais_words(writer) -> None:
    client, job = writer

    with pytest.raises(openai.BadRequestError, match="maximum context length is 2048 tokens") as refusal:
        client.chat.completions.create(
            model=job.fine_tuned_model, messages=[{"role": "user", "content": "lamp ß " * 2000}]
        )

    assert refusal.value.code == "context_length_exceeded"


def test_a_killed_model_process_is_started_again(writer, served) -> None:
    client, job = writer
    before = client.chat.completions.create(model=job.fine_tuned_model, messages=MESSAGES, max_tokens=4)
    for child in (entry for entry in os.listdir("/proc") if entry.isdigit()):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{child}/cmdline").read_text()
            if "generation.worker" in command and str(served.home) in command:
                os.kill(int(child), signal.SIGKILL)

    def asked():
        try:
            return client.chat.completions.create(model=job.fine_tuned_model, messages=MESSAGES, max_tokens=4)
        except openai.InternalServerError:
            return None

    again = asked() or asked() or asked()
    assert again.choices[0].message.content == before.choices[0].message.content


def test_a_batch_is_written(writer, until) -> None:
    client, job = writer
    body = {"model": job.fine_tuned_model, "messages": MESSAGES, "max_tokens": 4}
    lines = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/chat/completions", "body": body}
        for n in range(20)
    ]
    file = client.files.create(file=("b.jsonl", "\n".join(map(json.dumps, lines)).encode()), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )

    done = until(lambda: (found := client.batches.retrieve(batch.id)).status == "completed" and found)

    assert (done.request_counts.completed, done.request_counts.failed) == (20, 0)


def test_full_tuning_and_class_options_are_refused_where_they_make_no_sense(
    writer, client, training_file
) -> None:
    own, job = writer
    with pytest.raises(openai.BadRequestError, match="no classes to measure"):
        own.fine_tuning.jobs.create(
            model="local:tiny", training_file=job.training_file, extra_body={"exact_match": True}
        )
    with pytest.raises(openai.BadRequestError, match="tuned in full"):
        client.fine_tuning.jobs.create(
            model="ngram-hash-1", training_file=training_file, extra_body={"tuning": "full"}
        )


def test_an_encoder_folder_learns_labels(served, finish, weather) -> None:
    client = served.client()
    file = client.files.create(file=("f.jsonl", weather(60)), purpose="fine-tune")
    estimate = client.post(
        "/fine_tuning/jobs/estimate", cast_to=object, body={"model": "local:reader", "training_file": file.id}
    )

    job = finish(
        client, client.fine_tuning.jobs.create(model="local:reader", training_file=file.id, seed=1).id
    )

    assert job.status == "succeeded", job.error
    answer = client.chat.completions.create(
        model=job.fine_tuned_model, messages=[{"role": "user", "content": "snow ice frost"}]
    )
    assert answer.choices[0].message.content == "cold"
    assert set(answer.choices[0].model_extra["class_probabilities"]) == {"cold", "hot", "wet"}
    assert estimate["seconds"] > 0

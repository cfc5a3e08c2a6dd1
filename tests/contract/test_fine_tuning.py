"""The fine_tuning resources, parsed strictly."""

import base64
import csv
import io

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint


def test_a_succeeded_job_has_all_its_facts(client: OpenAI, trained: FineTuningJob, strict) -> None:
    job = strict(FineTuningJob, client.fine_tuning.jobs.with_raw_response.retrieve(trained.id))

    assert job.status == "succeeded"
    assert job.fine_tuned_model.startswith("ft:")
    assert ":weather:" in job.fine_tuned_model
    assert job.hyperparameters.n_epochs == 4
    assert isinstance(job.hyperparameters.batch_size, int)
    assert job.method.supervised.hyperparameters.n_epochs == 4
    assert (job.seed, job.metadata, job.error) == (7, {"suite": "contract"}, None)
    assert job.trained_tokens > 0
    assert job.finished_at >= job.created_at


def test_jobs_are_listed_and_found_by_metadata(client: OpenAI, trained: FineTuningJob, strict_page) -> None:
    raw = client.fine_tuning.jobs.with_raw_response.list(limit=10, metadata={"suite": "contract"})

    found = strict_page(FineTuningJob, raw)

    assert trained.id in [job.id for job in found]
    assert client.fine_tuning.jobs.list(metadata={"suite": "another"}).data == []


def test_events_tell_the_course_newest_first(client: OpenAI, trained: FineTuningJob, strict_page) -> None:
    raw = client.fine_tuning.jobs.with_raw_response.list_events(trained.id, limit=100)
    page = strict_page(FineTuningJobEvent, raw)
    events = list(client.fine_tuning.jobs.list_events(trained.id, limit=7))

    messages = [event.message for event in events]

    assert [event.id for event in events][: len(page)] == [event.id for event in page]
    assert messages[0] == "The job has successfully completed"
    assert messages[-1].startswith("Created fine-tuning job")
    assert len({event.id for event in events}) == len(events)
    steps = [event.data for event in events if event.type == "metrics"]
    assert [step["step"] for step in steps] == sorted((step["step"] for step in steps), reverse=True)
    assert {"step", "total_steps", "train_loss", "train_mean_token_accuracy"} <= set(steps[0])
    assert {"full_valid_loss", "full_valid_mean_token_accuracy"} <= set(steps[0])


def test_the_last_checkpoints_can_be_called(client: OpenAI, trained: FineTuningJob, strict_page) -> None:
    raw = client.fine_tuning.jobs.checkpoints.with_raw_response.list(trained.id)
    checkpoints = strict_page(FineTuningJobCheckpoint, raw)

    assert len(checkpoints) == 3
    for checkpoint in checkpoints:
        assert checkpoint.metrics.step == checkpoint.step_number
        answer = client.chat.completions.create(
            model=checkpoint.fine_tuned_model_checkpoint,
            messages=[{"role": "user", "content": "ice snow frost"}],
        )
        assert answer.choices[0].message.content == "cold"


def test_the_result_file_is_base64_of_a_table(client: OpenAI, trained: FineTuningJob) -> None:
    content = client.files.content(trained.result_files[0]).read()

    rows = list(csv.DictReader(io.StringIO(base64.b64decode(content).decode())))

    assert {"step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy"} <= set(rows[0])
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    assert client.files.retrieve(trained.result_files[0]).purpose == "fine-tune-results"


def test_a_job_can_be_cancelled(client: OpenAI, target, training_file: str, strict) -> None:
    job = client.fine_tuning.jobs.create(model=target.base_model, training_file=training_file)

    cancelled = strict(FineTuningJob, client.fine_tuning.jobs.with_raw_response.cancel(job.id))

    assert cancelled.status == "cancelled"
    assert client.fine_tuning.jobs.retrieve(job.id).finished_at is not None


def test_a_job_can_be_paused_and_resumed(client: OpenAI, target, training_file: str, finish) -> None:
    blocker = client.fine_tuning.jobs.create(model=target.base_model, training_file=training_file)
    job = client.fine_tuning.jobs.create(model=target.base_model, training_file=training_file)
    while client.fine_tuning.jobs.retrieve(job.id).status == "validating_files":
        pass

    paused = client.fine_tuning.jobs.pause(job.id)
    resumed = client.fine_tuning.jobs.resume(job.id)

    # `paused` is in OpenAI's reference but outside the SDK's Literal, so these two are parsed leniently.
    assert (paused.status, resumed.status in ("queued", "running")) == ("paused", True)
    assert finish(job.id).status == "succeeded"
    assert finish(blocker.id).status == "succeeded"


@pytest.mark.parametrize("model", ["gpt-4o-mini", "babbage-002"])
def test_a_foreign_base_is_refused_with_the_names_of_ours(
    client: OpenAI, target, training_file, model
) -> None:
    if not target.is_ours:
        pytest.skip("the real API trains these or says otherwise")

    with pytest.raises(openai.BadRequestError, match=r"minilm-l6-blend-1.*ngram-hash-1") as caught:
        client.fine_tuning.jobs.create(model=model, training_file=training_file)

    assert (caught.value.param, caught.value.code) == ("model", "model_not_available")


def test_too_few_examples_fail_the_job_in_openais_words(client: OpenAI, target, finish) -> None:
    line = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
    file = client.files.create(file=("few.jsonl", line * 7), purpose="fine-tune")

    job = finish(client.fine_tuning.jobs.create(model=target.base_model, training_file=file.id).id)

    assert (job.status, job.error.code, job.error.param) == ("failed", "invalid_n_examples", "training_file")
    assert job.error.message == "Training file has 7 example(s), but must have at least 10 examples"


async def test_the_async_client_sees_the_same(target, trained: FineTuningJob) -> None:
    async with AsyncOpenAI(base_url=target.base_url, api_key=target.api_key) as client:
        job = await client.fine_tuning.jobs.retrieve(trained.id)
        events = [event async for event in client.fine_tuning.jobs.list_events(trained.id, limit=10)]
        models = [model.id async for model in client.models.list()]

    assert job.status == "succeeded"
    assert events[-1].message.startswith("Created fine-tuning job")
    assert job.fine_tuned_model in models

"""Creating, finding, queueing and continuing jobs."""

from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

LINES = b'{"prompt": "a", "completion": "b"}\n' * 12


def body(training_file: str, **more) -> dict:
    return {"model": "ngram-hash-1", "training_file": training_file, **more}


def test_one_idempotency_key_makes_one_job_however_often_it_comes(server, client, training_file: str) -> None:
    asked = body(training_file, metadata={"case": "idempotent"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: server.post("/v1/fine_tuning/jobs", asked, idempotency_key="k1"), range(8))
        )

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    client.fine_tuning.jobs.cancel(answers[0].json["id"])
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 7
    assert len(client.fine_tuning.jobs.list(metadata={"case": "idempotent"}).data) == 1


def test_an_idempotency_key_is_not_taken_for_another_body(server, training_file: str) -> None:
    job = server.post("/v1/fine_tuning/jobs", body(training_file), idempotency_key="k2").json
    server.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel", {})

    answer = server.post("/v1/fine_tuning/jobs", body(training_file, seed=5), idempotency_key="k2")

    assert (answer.status, answer.json["error"]["code"]) == (422, "idempotency_key_reused")


def test_jobs_without_metadata_are_found_by_null(server, training_file: str) -> None:
    bare = server.post("/v1/fine_tuning/jobs", body(training_file)).json["id"]
    tagged = server.post("/v1/fine_tuning/jobs", body(training_file, metadata={"a": ""})).json["id"]

    without = [job["id"] for job in server.request("GET", "/v1/fine_tuning/jobs?metadata=null").json["data"]]
    with_empty = [
        job["id"] for job in server.request("GET", "/v1/fine_tuning/jobs?metadata[a]=").json["data"]
    ]

    for job_id in (bare, tagged):
        server.post(f"/v1/fine_tuning/jobs/{job_id}/cancel", {})
    assert bare in without
    assert tagged not in without
    assert with_empty == [tagged]


def test_the_queue_tells_its_positions(new_server, weather, until) -> None:
    server = new_server()
    client = server.client()
    file = client.files.create(file=("w.jsonl", weather(400)), purpose="fine-tune")
    asked = {
        "model": "ngram-hash-1",
        "training_file": file.id,
        "hyperparameters": {"n_epochs": 50, "batch_size": 1},
    }
    jobs = [client.fine_tuning.jobs.create(**asked) for _ in range(3)]

    last = until(
        lambda: (j := client.fine_tuning.jobs.retrieve(jobs[2].id)).model_extra["queue_position"] == 2 and j
    )
    texts = until(
        lambda: [
            e.message for e in client.fine_tuning.jobs.list_events(last.id) if "Queue number" in e.message
        ]
    )

    assert texts[0] == "Fine-tuning job is in the queue. Queue number: 2"
    assert client.fine_tuning.jobs.retrieve(jobs[0].id).status == "running"
    client.fine_tuning.jobs.cancel(jobs[1].id)
    assert client.fine_tuning.jobs.retrieve(jobs[2].id).model_extra["queue_position"] == 1
    client.fine_tuning.jobs.cancel(jobs[0].id)
    until(lambda: client.fine_tuning.jobs.retrieve(jobs[2].id).status == "running")
    client.fine_tuning.jobs.cancel(jobs[2].id)
    client.close()


def test_a_deleted_file_does_not_stop_its_job(client, weather, finish) -> None:
    file = client.files.create(file=("w.jsonl", weather(60)), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model="ngram-hash-1", training_file=file.id, hyperparameters={"n_epochs": 1}
    )

    client.files.delete(file.id)

    assert finish(client, job.id).status == "succeeded"


def test_a_fine_tuned_model_can_be_trained_further(client, model: str, training_file: str, finish) -> None:
    job = client.fine_tuning.jobs.create(
        model=model, training_file=training_file, hyperparameters={"n_epochs": 1}
    )

    job = finish(client, job.id)

    assert (job.status, job.model) == ("succeeded", model)
    assert job.fine_tuned_model.startswith("ft:ngram-hash-1:tunesmith::")


def test_a_suffix_becomes_part_of_the_name(client, training_file: str, finish) -> None:
    job = client.fine_tuning.jobs.create(
        model="ngram-hash-1",
        training_file=training_file,
        suffix="My Tickets/2026",
        hyperparameters={"n_epochs": 1},
    )

    assert ":tunesmith:my-tickets-2026:" in finish(client, job.id).fine_tuned_model
    assert job.model_extra["user_provided_suffix"] == "My Tickets/2026"


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"method": {"type": "dpo", "dpo": {}}}, "method.type"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"batch_size": "many"}}, "hyperparameters.batch_size"),
        ({"hyperparameters": {"learning_rate_multiplier": 0}}, "hyperparameters.learning_rate_multiplier"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"suffix": "///"}, "suffix"),
        ({"seed": -1}, "seed"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ({"training_file": "file-none"}, "training_file"),
        ({"validation_file": "file-none"}, "validation_file"),
        ({"integrations": [{"type": "wandb", "wandb": {"project": "p"}}]}, "integrations"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_a_job_that_cannot_be_is_refused_by_parameter(
    server, training_file: str, more: dict, param: str
) -> None:
    answer = server.post("/v1/fine_tuning/jobs", {**body(training_file), **more})

    assert (answer.status, answer.json["error"]["param"]) == (400, param)


def test_a_file_of_another_purpose_is_refused(client) -> None:
    file = client.files.create(file=("b.jsonl", LINES), purpose="batch")

    with pytest.raises(openai.BadRequestError, match="must be 'fine-tune'"):
        client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id)


def test_what_has_ended_cannot_be_paused_or_cancelled(client, server, model: str) -> None:
    job = next(job for job in client.fine_tuning.jobs.list() if job.status == "succeeded")

    for verb in ("cancel", "pause", "resume"):
        answer = server.post(f"/v1/fine_tuning/jobs/{job.id}/{verb}", {})
        assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_job_status")


def test_a_job_that_would_not_fit_is_refused_with_the_figure(new_server, weather) -> None:
    server = new_server("--job-memory-mb", "151")
    with server.client() as client:
        file = client.files.create(file=("w.jsonl", weather(1000)), purpose="fine-tune")

        with pytest.raises(
            openai.BadRequestError, match=r"needs about \d+ MB of memory.*may use 151 MB"
        ) as caught:
            client.fine_tuning.jobs.create(model="ngram-hash-1", training_file=file.id)

    assert (caught.value.code, caught.value.param) == ("job_too_large", "training_file")


def test_the_estimate_of_counts_and_of_a_file_agree(server, training_file: str) -> None:
    hyperparameters = {"n_epochs": 3, "batch_size": "auto"}

    of_file = server.post(
        "/v1/fine_tuning/jobs/estimate", body(training_file, hyperparameters=hyperparameters)
    ).json
    tokens = of_file["trained_tokens"] // 3
    counts = {
        "model": "ngram-hash-1",
        "examples": 60,
        "tokens": tokens,
        "labels": 3,
        "hyperparameters": hyperparameters,
    }
    of_counts = server.post("/v1/fine_tuning/jobs/estimate", counts).json

    assert of_file == of_counts
    assert of_file["object"] == "fine_tuning.job.estimate"
    assert (of_file["n_epochs"], of_file["usd"]) == (3, 0.0)
    assert of_file["seconds"] > 0


def test_the_estimate_tells_the_accuracy_of_earlier_jobs_alike(server, client, weather, finish) -> None:
    def estimate(**counts):
        asked = {"model": "ngram-hash-1", "examples": 60, "tokens": 300, **counts}
        return server.post("/v1/fine_tuning/jobs/estimate", asked).json

    file = client.files.create(file=("more.jsonl", weather(60)), purpose="fine-tune")
    job = finish(client, server.post("/v1/fine_tuning/jobs", body(file.id)).json["id"])

    alike, apart = estimate(labels=3), estimate(labels=7)
    of_another_base = estimate(model="minilm-l6-full-1", labels=3)

    found = alike["past_accuracy"]
    assert (
        found["lowest"] <= job.model_extra["evaluation"]["metrics"]["validation_accuracy"] <= found["highest"]
    )
    assert found["lowest"] <= alike["expected_accuracy"] == found["median"] <= found["highest"]
    assert found["jobs"] >= 1
    assert (apart["expected_accuracy"], apart["past_accuracy"]) == (None, None)
    assert of_another_base["expected_accuracy"] is None


def test_classification_metrics_are_reported_when_asked(server, client, weather, finish) -> None:
    lines = [line for line in weather(200).splitlines() if b"wet" not in line.rsplit(b"assistant", 1)[1]]
    file = client.files.create(file=("two.jsonl", b"\n".join(lines)), purpose="fine-tune")
    asked = body(file.id, classification={"n_classes": 2, "positive_class": "hot", "betas": [0.5]})

    job = finish(client, server.post("/v1/fine_tuning/jobs", asked).json["id"])

    metrics = job.model_extra["evaluation"]["classification"]
    assert {"accuracy", "weighted_f1_score", "precision", "recall", "auroc", "auprc"} <= set(metrics)
    assert any(name.startswith("f0.5") for name in metrics)


def test_the_exact_match_memory_is_off_unless_asked_for_and_shown_where_on(
    server, client, weather, finish
) -> None:
    content = weather(60)
    text = content.splitlines()[0].decode().split('"content": "')[1].split('"')[0]
    file = client.files.create(file=("w.jsonl", content), purpose="fine-tune")
    made = server.post(
        "/v1/fine_tuning/jobs", body(file.id, exact_match=True, hyperparameters={"n_epochs": 1})
    ).json

    name = finish(client, made["id"]).fine_tuned_model

    choices = [
        client.chat.completions.create(model=name, messages=[{"role": "user", "content": said}])
        .choices[0]
        .model_extra
        for said in (text, "something new")
    ]
    assert [choice["exact_match"] for choice in choices] == [True, False]
    assert 0 < choices[0]["other_threshold"] <= 1


def test_usage_counts_what_training_counts(client, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "snow ice"}])

    assert answer.usage.prompt_tokens == 2 + 4 + 3
    assert answer.usage.completion_tokens == 1
    assert client.completions.create(model=model, prompt="snow ice").usage.prompt_tokens == 2

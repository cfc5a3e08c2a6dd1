"""Models by their names, however these are written."""

from urllib.parse import quote

import pytest


@pytest.mark.parametrize(
    "encode", [lambda name: name, lambda name: quote(name, safe=""), lambda name: quote(name, safe=":")]
)
def test_a_name_is_found_encoded_or_not(server, model: str, encode) -> None:
    assert server.request("GET", f"/v1/models/{encode(model)}").json["id"] == model


def test_a_name_with_a_slash_is_looked_for_as_a_whole(server) -> None:
    answer = server.request("GET", "/v1/models/Qwen%2FQwen3")

    assert (answer.status, answer.json["error"]["code"]) == (404, "model_not_found")
    assert "Qwen/Qwen3" in answer.json["error"]["message"]


def test_bases_are_listed_first_and_cannot_be_deleted(server) -> None:
    listed = server.request("GET", "/v1/models").json["data"]

    assert [row["id"] for row in listed if row["fine_tuning"].get("default")] == ["minilm-l6-blend-1"]
    assert server.request("DELETE", "/v1/models/ngram-hash-1").status == 403


def test_a_base_cannot_answer(server) -> None:
    answer = server.post(
        "/v1/chat/completions", {"model": "ngram-hash-1", "messages": [{"role": "user", "content": "x"}]}
    )

    assert (answer.status, answer.json["error"]["code"]) == (400, "model_not_fine_tuned")


def test_deleting_a_model_leaves_its_checkpoints_and_children(
    server, client, training_file: str, finish
) -> None:
    quick = {"training_file": training_file, "hyperparameters": {"n_epochs": 1}}
    parent = finish(client, client.fine_tuning.jobs.create(model="ngram-hash-1", **quick).id)
    child = client.fine_tuning.jobs.create(model=parent.fine_tuned_model, **quick)

    client.models.delete(parent.fine_tuned_model)

    assert finish(client, child.id).status == "succeeded"
    checkpoint = client.fine_tuning.jobs.checkpoints.list(parent.id).data[0].fine_tuned_model_checkpoint
    assert client.models.retrieve(checkpoint).id == checkpoint

"""The models resource, parsed strictly."""

import openai
import pytest
from openai import OpenAI
from openai.types import Model, ModelDeleted
from openai.types.fine_tuning import FineTuningJob


def test_models_are_listed_and_retrieved(client: OpenAI, trained: FineTuningJob, strict, strict_page) -> None:
    listed = strict_page(Model, client.models.with_raw_response.list())

    retrieved = strict(Model, client.models.with_raw_response.retrieve(trained.fine_tuned_model))

    assert trained.fine_tuned_model in [model.id for model in listed]
    assert retrieved.id == trained.fine_tuned_model


def test_bases_say_what_they_are(client: OpenAI, target) -> None:
    if not target.is_ours:
        pytest.skip("an extension of ours")

    facts = client.models.retrieve("ngram-hash-1").model_extra["fine_tuning"]

    assert facts["available"]
    assert {"kind", "default", "license", "size_bytes", "languages", "good_at", "description"} <= set(facts)


def test_a_model_can_be_deleted_and_is_gone(
    client: OpenAI, target, training_file: str, finish, strict
) -> None:
    job = finish(client.fine_tuning.jobs.create(model=target.base_model, training_file=training_file).id)

    deleted = strict(ModelDeleted, client.models.with_raw_response.delete(job.fine_tuned_model))

    assert deleted.deleted
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(
            model=job.fine_tuned_model, messages=[{"role": "user", "content": "ice"}]
        )
    assert caught.value.code == "model_not_found"

"""Completions of the older kind, parsed strictly."""

import pytest
from openai import OpenAI
from openai.types import Completion
from openai.types.fine_tuning import FineTuningJob


@pytest.fixture(scope="module")
def model(trained: FineTuningJob, target) -> str:
    if not target.is_ours:
        pytest.skip("OpenAI has no base left that answers completions")
    return trained.fine_tuned_model


def test_each_prompt_gets_its_label(client: OpenAI, model: str, strict) -> None:
    raw = client.completions.with_raw_response.create(
        model=model, prompt=["snow ice", "sun fire"], temperature=0, logprobs=2, max_tokens=1
    )
    answer = strict(Completion, raw)

    assert [choice.text for choice in answer.choices] == ["cold", "hot"]
    assert set(answer.choices[0].logprobs.top_logprobs[0]) >= {"cold"}
    assert answer.usage.completion_tokens == 2


def test_echo_and_n_keep_the_order_of_prompts(client: OpenAI, model: str) -> None:
    answer = client.completions.create(
        model=model, prompt=["snow ice ", "sun fire "], n=2, echo=True, temperature=0
    )

    assert [choice.text for choice in answer.choices] == ["snow ice cold"] * 2 + ["sun fire hot"] * 2
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]


def test_a_stream_has_one_chunk_a_choice(client: OpenAI, model: str) -> None:
    chunks = list(client.completions.create(model=model, prompt="snow ice", temperature=0, stream=True))

    assert [chunk.choices[0].text for chunk in chunks] == ["cold"]

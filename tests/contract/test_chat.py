"""Chat completions, parsed strictly."""

import math

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.fine_tuning import FineTuningJob

MESSAGES = [{"role": "system", "content": "Say the weather."}, {"role": "user", "content": "snow ice frost"}]


def test_an_answer_is_a_label_with_its_probabilities(
    client: OpenAI, trained: FineTuningJob, target, strict
) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model=trained.fine_tuned_model,
        messages=MESSAGES,
        temperature=0,
        logprobs=True,
        top_logprobs=3,
        max_tokens=5,
    )
    answer = strict(ChatCompletion, raw)

    choice = answer.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("cold", "stop")
    assert choice.logprobs.content[0].token == "cold"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    if target.is_ours:
        probabilities = choice.model_extra["class_probabilities"]
        assert set(probabilities) == {"cold", "hot", "wet"}
        assert math.isclose(sum(probabilities.values()), 1, abs_tol=1e-5)
        top = {one.token: math.exp(one.logprob) for one in choice.logprobs.content[0].top_logprobs}
        assert top == pytest.approx(probabilities, abs=1e-6)


def test_n_choices_are_drawn_alike_with_one_seed(client: OpenAI, trained: FineTuningJob) -> None:
    def drawn() -> list[str]:
        answer = client.chat.completions.create(
            model=trained.fine_tuned_model, messages=MESSAGES, n=8, temperature=2, seed=3
        )
        return [choice.message.content for choice in answer.choices]

    first = drawn()

    assert len(first) == 8
    assert drawn() == first


def test_stop_cuts_the_answer(client: OpenAI, trained: FineTuningJob) -> None:
    answer = client.chat.completions.create(
        model=trained.fine_tuned_model, messages=MESSAGES, temperature=0, stop="l"
    )

    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("co", "stop")


def test_streaming_gives_the_same_answer(client: OpenAI, trained: FineTuningJob) -> None:
    chunks = list(
        client.chat.completions.create(
            model=trained.fine_tuned_model,
            messages=MESSAGES,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    for chunk in chunks:
        ChatCompletionChunk.model_validate_json(chunk.model_dump_json(exclude_unset=True), strict=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "cold"
    assert chunks[-1].usage.total_tokens > 0
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


def test_the_sdks_stream_helper_works(client: OpenAI, trained: FineTuningJob) -> None:
    with client.chat.completions.stream(
        model=trained.fine_tuned_model, messages=MESSAGES, temperature=0
    ) as stream:
        answer = stream.get_final_completion()

    assert answer.choices[0].message.content == "cold"


async def test_many_at_once_are_all_answered(target, trained: FineTuningJob) -> None:
    import asyncio

    async with AsyncOpenAI(base_url=target.base_url, api_key=target.api_key) as client:
        texts = ["snow ice frost", "sun fire heat", "rain river flood"] * (20 if target.is_ours else 2)
        answers = await asyncio.gather(
            *(
                client.chat.completions.create(
                    model=trained.fine_tuned_model,
                    temperature=0,
                    messages=[MESSAGES[0], {"role": "user", "content": text}],
                )
                for text in texts
            )
        )

    assert [answer.choices[0].message.content for answer in answers] == ["cold", "hot", "wet"] * (
        len(texts) // 3
    )


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"frequency_penalty": 1.0}, "frequency_penalty"),
        ({"extra_body": {"unheard_of": 1}}, "unheard_of"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"temperature": 3}, "temperature"),
        ({"n": 0}, "n"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(client, trained, target, parameters, param) -> None:
    if not target.is_ours:
        pytest.skip("the real API honours some of these")

    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=trained.fine_tuned_model, messages=MESSAGES, **parameters)

    assert caught.value.param == param

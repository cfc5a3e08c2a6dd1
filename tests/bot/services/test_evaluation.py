"""Asking about test rows: kept as they come, never asked twice, in the dataset's own words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.datasets.examples import read_examples
from bot.domain import ExampleFormat, Prediction
from bot.errors import ProviderUnavailableError
from bot.services.evaluation import KEEP_EACH, evaluate, predict
from storage import Store
from tests.fakes import FakeProvider
from tests.values import MODEL


def chat_line(text: str, answer: str) -> str:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}) + "\n"


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(chat_line(text, answer) for text, answer in rows))
    return path


async def run(provider, store: Store, path: Path, model=MODEL, max_rows: int = 1000):
    return await evaluate(provider, store.results, model, path, subject="op-1", max_rows=max_rows)


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    rows = [("I want to pay", "billing"), ("where is it", "delivery"), ("pay later", "delivery")]
    return write(tmp_path / "test.jsonl", rows)


async def test_right_answers_beside_the_commonest_label(store, provider, tickets):
    score = await run(provider, store, tickets)

    assert (score.rows, score.correct, score.majority_correct) == (3, 2, 2)


async def test_each_prediction_is_kept_with_its_line(store, provider, tickets):
    await run(provider, store, tickets)

    kept = await store.results.of("op-1")
    assert [(row.line, row.label) for row in kept] == [(1, "billing"), (2, "delivery"), (3, "delivery")]
    assert kept[0].probabilities[0][0] == kept[0].predicted
    assert not kept[2].is_right


async def test_what_was_answered_before_a_kill_is_not_asked_again(store, provider, tickets):
    before = Prediction(line=1, label="billing", predicted="delivery")
    await store.results.add("op-1", [before])

    score = await run(provider, store, tickets)

    assert sorted(provider.asked) == ["pay later", "where is it"]
    assert (score.rows, score.correct) == (3, 1)


async def test_an_outage_keeps_what_was_answered(store, provider: FakeProvider, tmp_path):
    path = write(tmp_path / "test.jsonl", [(f"pay {number}", "billing") for number in range(3 * KEEP_EACH)])
    answer, answered = provider.answer, []

    async def breaking(model, text):
        if len(answered) == KEEP_EACH + 3:
            raise ProviderUnavailableError("down")
        answered.append(text)
        return await answer(model, text)

    provider.answer = breaking
    with pytest.raises(ProviderUnavailableError):
        await run(provider, store, path)
    kept = len(await store.results.of("op-1"))
    provider.answer = answer
    score = await run(provider, store, path)

    assert kept >= KEEP_EACH
    assert score.rows == 3 * KEEP_EACH
    assert len(provider.asked) <= 3 * KEEP_EACH + 3


async def test_only_the_first_rows_are_asked_about(store, provider, tickets):
    score = await run(provider, store, tickets, max_rows=2)

    assert score.rows == 2


async def test_no_test_part_no_score(store, provider, tmp_path):
    assert await run(provider, store, tmp_path / "none.jsonl") is None


async def test_numbered_classes_are_told_by_their_labels(store, provider, tmp_path):
    """The model was taught to say 1 and 2; people read billing and delivery."""
    path = write(tmp_path / "test.jsonl", [("I want to pay", "1"), ("where is it", "2")])
    model = replace(MODEL, answers={"billing": "1", "delivery": "2"})
    answer = provider.answer

    async def numbered(model, text):
        found = await answer(model, text)
        number = {"billing": "1", "delivery": "2"}
        shown = tuple((number.get(label, label), p) for label, p in found.probabilities)
        return replace(found, text=number[found.text], probabilities=shown)

    provider.answer = numbered
    score = await run(provider, store, path, model)

    kept = await store.results.of("op-1")
    assert score.correct == 2
    assert [row.predicted for row in kept] == ["billing", "delivery"]
    assert kept[0].probabilities[0][0] == "billing"


async def test_the_completion_format_is_read_without_separator_and_stop(store, provider, tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps({"prompt": "I want to pay\n\n###\n\n", "completion": " billing END"}) + "\n")
    model = replace(MODEL, format=ExampleFormat.COMPLETION, separator="\n\n###\n\n", stop=" END")

    score = await run(provider, store, path, model)

    assert provider.asked == ["I want to pay"]
    assert score.correct == 1


async def test_progress_is_told(store, provider, tickets):
    told: list[tuple[int, int]] = []
    examples = read_examples(tickets, format=ExampleFormat.CHAT)

    await predict(
        provider,
        store.results,
        MODEL,
        examples,
        subject="cmp-1:0",
        label_of={},
        told=lambda done, all_: told.append((done, all_)),
    )

    assert told[-1] == (3, 3)

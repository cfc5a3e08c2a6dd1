"""The judge of benchmarks.kills sees what is missing and what came twice."""

from typing import Any

import pytest

from benchmarks.kills.drive import Asked
from benchmarks.kills.verdict import judge

THREAD = "1.1"
JOB = {"id": "ftjob-1", "status": "succeeded", "hyperparameters": {"n_epochs": 2}}
TEXTS = {
    "report": "tickets.csv: ready to train",
    "card": "*Fine-tuning* `tickets.csv`",
    "epoch 1": "Epoch 1/2 done: training loss 0.4",
    "epoch 2": "Epoch 2/2 done: training loss 0.2",
    "cost": "Cost: $0.00 for 400 tokens trained",
    "end": "<@U0LEAD> your model is ready: `ft:x`",
}
ASKED = [Asked(text="where is it?", taken=True)]


def message(text: str, thread: str | None = THREAD) -> dict[str, Any]:
    button = {"type": "button", "action_id": "jobs_start"}
    blocks = [{"type": "actions", "elements": [button]}] if "ready to train" in text else []
    return {"bot_id": "B0", "deleted": False, "thread_ts": thread, "text": text, "blocks": blocks}


def answer(text: str = "where is it?") -> dict[str, Any]:
    return message(f"`delivery` 99.0% for “{text}”", thread=None)


def thread() -> list[dict[str, Any]]:
    return [message(text) for text in TEXTS.values()]


def test_a_whole_run_holds_the_promise():
    verdict = judge([*thread(), answer()], THREAD, [JOB], ASKED)

    assert verdict.broken == []
    assert (verdict.repeated, verdict.epochs_told, verdict.questions_answered) == (0, [1, 2], 1)


def test_one_repeat_is_allowed_and_two_are_not():
    once = judge([*thread(), answer(), message(TEXTS["epoch 1"])], THREAD, [JOB], ASKED)
    twice = judge(
        [*thread(), answer(), message(TEXTS["epoch 1"]), message(TEXTS["cost"])], THREAD, [JOB], ASKED
    )

    assert (once.repeated, once.broken) == (1, [])
    assert twice.repeats == {"epochs 1-1": 1, "cost": 1}
    assert twice.broken


def test_answers_count_as_repeats_too():
    verdict = judge([*thread(), answer(), answer(), message(TEXTS["end"])], THREAD, [JOB], ASKED)

    assert verdict.repeated == 2
    assert verdict.broken


@pytest.mark.parametrize("lost", TEXTS)
def test_a_post_that_is_missing_breaks_the_promise(lost: str):
    posts = [message(text) for name, text in TEXTS.items() if name != lost]

    assert judge([*posts, answer()], THREAD, [JOB], ASKED).broken


@pytest.mark.parametrize("jobs", [[], [JOB, JOB], [{**JOB, "status": "failed"}]])
def test_anything_but_one_job_that_succeeded_breaks_the_promise(jobs: list[dict[str, Any]]):
    assert judge([*thread(), answer()], THREAD, jobs, ASKED).broken


def test_a_question_that_was_taken_needs_its_answer():
    assert judge(thread(), THREAD, [JOB], ASKED).broken


def test_a_question_whose_ack_was_lost_may_be_answered_or_not():
    asked = [Asked(text="first try", taken=False), *ASKED]

    without = judge([*thread(), answer()], THREAD, [JOB], asked)
    with_it = judge([*thread(), answer(), answer("first try")], THREAD, [JOB], asked)

    assert without.broken == with_it.broken == []
    assert with_it.repeated == 0

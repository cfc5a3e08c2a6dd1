"""The steps that Workflow Builder runs."""

from __future__ import annotations

from typing import Any

import pytest

from bot.headless import Person
from tests.end_to_end.test_feedback import model, says  # noqa: F401  (the fixture trains a model)

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0


def run(person: Person, step: str, **inputs: str) -> dict[str, Any]:
    """How a step ended."""
    execution = person.post("functions", {"callback_id": step, "inputs": inputs})["execution"]
    ended: dict[str, Any] = {}

    def has_ended() -> bool:
        runs = person.get("functions")["executions"]
        ended.update(next(run for run in runs if run["execution"] == execution))
        return ended["state"] != "running"

    person.wait_until(has_ended, f"the end of {step}", MINUTE)
    return ended


def test_a_text_is_classified(person: Person, model: str):  # noqa: F811
    ended = run(person, "classify_text", text="my parcel never came", channel=person.channel, model=model)

    assert ended["state"] == "completed"
    assert ended["outputs"]["label"] == "delivery"
    assert 0.5 < ended["outputs"]["probability"] <= 1
    assert ended["outputs"]["unsure"] is False


def test_a_step_that_cannot_be_done_says_why(person: Person):
    ended = run(person, "classify_text", text="hello", channel="C0GENERAL", model="nothing")

    assert ended["state"] == "failed"
    assert ended["error"].startswith("There is no model nothing here.")


def test_a_training_is_started_for_the_person_of_the_workflow(person: Person, model: str):  # noqa: F811
    ended = run(
        person,
        "start_fine_tuning",
        user="U0MATE",
        channel=person.channel,
        dataset="asked.csv",
        model="ngram-hash-1",
    )

    assert ended["state"] == "completed"
    person.wait_for(says("<@U0MATE> your model is ready"), "the end of the job", MINUTE)

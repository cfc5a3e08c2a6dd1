"""Asking, and putting answers right where they are given: in the channel, in threads, by button, menu and form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo import Running
from bot.headless import Message, Person
from tests.end_to_end.conftest import ticket_rows

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0


def says(text: str, *, change: str = "") -> Callable[[Message], bool]:
    return lambda message: text in message["text"] and (not change or message["change"] == change)


def train(person: Person, path: Path) -> str:
    """A model for the person's channel; its name."""
    thread = person.drop(path)
    person.wait_for(lambda m: m["thread_ts"] == thread and "ready to train" in m["text"], "report", MINUTE)
    person.command(f"/finetune start {path.name} model=ngram-hash-1 n_epochs=2")
    end = person.wait_for(
        lambda m: m["thread_ts"] == thread and "your model is ready" in m["text"], "the end", MINUTE
    )
    return str(end["text"].split("`")[1])


@pytest.fixture(scope="session")
def model(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("feedback") / "asked.csv"
    path.write_text("text,label\n" + "\n".join(f"{text},{label}" for text, label in ticket_rows()) + "\n")
    return train(Person(running.control, lambda row: None), path)


@pytest.fixture
def here(person: Person, model: str) -> Person:
    person.command(f"/finetune use {model}")
    person.wait_for(says("now asks", change="ephemeral"), "the switch", MINUTE)
    return person


def ask(person: Person, text: str) -> Message:
    person.command(f"/classify {text}")
    asked = text.split(" --")[0].split(" model=")[0]
    return person.wait_for(lambda m: f"“{asked}”" in m["text"], f"the answer to {text}", MINUTE)


def menu_of(answer: Message) -> list[dict]:
    """The entries of the menu under an answer."""
    elements = (element for block in answer["blocks"] for element in block.get("elements", ()))
    return next(one for one in elements if one.get("action_id") == "feedback_correct")["options"]


def test_options_reach_the_answer(here: Person, model: str):
    shown = ask(here, f"my box never came --top 1 --private model={model}")

    assert shown["change"] == "ephemeral"
    assert "(then" not in shown["text"]


def test_right_and_wrong_are_shown_on_the_answer_itself(here: Person):
    answer = ask(here, "my letter is late again")

    here.press(answer, "feedback_right")
    liked = here.wait_for(says("👍 Right, says <@U0ADA>", change="message_changed"), "the vote", MINUTE)
    here.press(liked, "feedback_wrong")
    changed = here.wait_for(says("👎 Wrong, says <@U0ADA>", change="message_changed"), "the change", MINUTE)

    assert liked["ts"] == changed["ts"] == answer["ts"]
    assert "👍" not in changed["text"].splitlines()[-1]


def test_a_correction_is_gathered(here: Person):
    answer = ask(here, "my order was charged to a stranger")
    wrong = answer["text"].split("`")[1]
    other = next(entry for entry in menu_of(answer) if entry["text"]["text"] != wrong)

    here.choose(answer, "feedback_correct", other)

    here.wait_for(
        says(f"It should be `{other['text']['text']}`", change="message_changed"), "the correction", MINUTE
    )
    here.command("/finetune feedback")
    shown = here.wait_for(says("Feedback on"), "the overview", MINUTE)
    assert f"`{wrong}` should be `{other['text']['text']}`: once" in shown["text"]


def test_a_mention_in_a_thread_is_answered_there(here: Person):
    thread = here.say("My parcel is stuck in transit & nobody answers")

    here.say("@tunesmith classify my parcel is stuck in transit & <b>lost</b>", thread_ts=thread)

    answer = here.wait_for(
        says("“my parcel is stuck in transit &amp; &lt;b&gt;lost&lt;/b&gt;”"), "the answer", MINUTE
    )
    assert answer["thread_ts"] == thread


def test_any_word_works_in_a_mention(here: Person, model: str):
    thread = here.say("What do we have?")

    here.say("@tunesmith models", thread_ts=thread)
    told = here.wait_for(says("Fine-tuned models", change="ephemeral"), "the list", MINUTE)
    here.say("@tunesmith clasify this", thread_ts=thread)
    here.wait_for(says("Did you mean `@Tunesmith classify`?", change="ephemeral"), "the hint", MINUTE)

    assert model in told["text"]


def test_the_form_takes_a_label_that_the_model_does_not_know(here: Person):
    answer = ask(here, "hello there good people")
    here.choose(answer, "feedback_correct", menu_of(answer)[-1])
    view = here.form("feedback_form")

    refused = here.post("view_submissions", {"user": here.user, "view_id": view["id"], "values": {}})
    here.submit(view, {"new_label": {"new_label": {"value": "small  talk"}}})

    assert list(refused["errors"]) == ["feedback_label"]
    here.wait_for(says("It should be `small talk`", change="message_changed"), "the correction", MINUTE)


def test_corrections_are_trained_on_and_compared(here: Person, model: str):
    answer = ask(here, "my order was charged to a stranger")
    wrong = answer["text"].split("`")[1]
    other = next(entry for entry in menu_of(answer)[:-1] if entry["text"]["text"] != wrong)
    here.choose(answer, "feedback_correct", other)
    here.wait_for(says("It should be", change="message_changed"), "the correction", MINUTE)
    before = len(here.messages)
    here.command("/finetune feedback")
    shown = here.wait_for(
        lambda m: m in here.messages[before:] and "Feedback on" in m["text"], "the overview", MINUTE
    )

    here.press(shown, "rounds_start")

    here.wait_for(says("go into a new version", change="ephemeral"), "the acknowledgement", MINUTE)
    end = here.wait_for(says("on the same held-out rows"), "the comparison", MINUTE)
    report = here.wait_for(says("from feedback"), "the report of the new version", MINUTE)
    assert "Corrected texts that it now answers as you said" in end["text"]
    assert end["thread_ts"] == report["thread_ts"]
    here.command("/finetune lineage")
    told = here.wait_for(says("Where it comes from", change="ephemeral"), "the lineage", MINUTE)
    assert "`asked.csv` version 2" in told["text"]
    assert told["text"].count("🧠") == 2

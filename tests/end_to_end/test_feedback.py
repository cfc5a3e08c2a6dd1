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
    liked = here.wait_for(says("👍 Right, says <@U0LEAD>", change="message_changed"), "the vote", MINUTE)
    here.press(liked, "feedback_wrong")
    changed = here.wait_for(says("👎 Wrong, says <@U0LEAD>", change="message_changed"), "the change", MINUTE)

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


def test_a_label_among_many_is_found_by_searching(person: Person, tmp_path: Path):
    path = tmp_path / "intents.csv"
    words = ("hey", "so", "now", "well", "hello", "also", "please", "again", "then", "thanks")
    names = [f"intent{number}" for number in range(112)]
    rows = [f"{word} do the thing called {name} for me,{name}" for name in names for word in words]
    path.write_text("text,label\n" + "\n".join(rows) + "\n")
    many = train(person, path)
    answer = ask(person, f"do the thing called intent7 model={many}")
    person.press(answer, "feedback_form")
    view = person.form("feedback_form")

    place = {"block_id": "feedback_label", "action_id": "feedback_label", "view_id": view["id"]}
    found = person.post("options", {"user": person.user, **place, "value": "INTENT11"})["options"]
    person.submit(view, {"feedback_label": {"feedback_label": {"selected_option": found[0]}}})

    assert [entry["text"]["text"] for entry in found][:2] == ["intent11", "intent110"]
    person.wait_for(says("It should be `intent11`", change="message_changed"), "the correction", MINUTE)


def test_a_model_is_renamed_and_deleted_from_the_list(person: Person, tickets):
    name = train(person, tickets("short-lived.csv"))
    listed = shown_by(person, "/finetune models", "Fine-tuned models")

    pick(person, listed, name, "rename")
    person.submit(person.form("models_rename_form"), {"title": {"title": {"value": "Short lived"}}})
    person.wait_for(says("is now called `Short lived`", change="ephemeral"), "the new name", MINUTE)
    ask(person, "my parcel is late --private model=short lived".replace("short lived", name))
    person.command("/finetune delete Short lived")
    person.submit(person.form("models_delete_form"))

    person.wait_for(
        says("`Short lived` is deleted, here and at the server.", change="ephemeral"), "the end", MINUTE
    )
    gone = shown_by(person, f"/finetune use {name}", "There is no model")
    assert name in gone["text"]


def test_a_dataset_is_deleted_and_its_model_keeps_working(person: Person, tickets):
    name = train(person, tickets("let-go.csv"))

    listed = shown_by(person, "/finetune datasets", "let-go.csv")
    block = next(one for one in listed["blocks"] if "let-go.csv" in str(one))
    entry = next(one for one in block["accessory"]["options"] if one["value"] == "delete")
    person.choose({**listed, "blocks": [block]}, "datasets_more", entry)
    person.submit(person.form("models_delete_form"))
    person.wait_for(says("is deleted.", change="ephemeral"), "the end", MINUTE)

    assert "let-go.csv" not in shown_by(person, "/finetune datasets", "Datasets in this channel")["text"]
    assert ask(person, f"my box is late model={name}")


def shown_by(person: Person, command: str, expected: str) -> Message:
    """The newest answer to a command that only the person sees."""
    before = len(person.messages)
    person.command(command)
    return person.wait_for(
        lambda m: m in person.messages[before:] and expected in m["text"], expected, MINUTE
    )


def pick(person: Person, listed: Message, name: str, verb: str) -> None:
    """Choose an entry of the menu beside a model."""
    block = next(one for one in listed["blocks"] if one.get("block_id") == f"model:{name}")
    entry = next(one for one in block["accessory"]["options"] if one["value"] == verb)
    person.choose({**listed, "blocks": [block]}, "models_more", entry)

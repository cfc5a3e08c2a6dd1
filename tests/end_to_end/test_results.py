"""Results, comparisons and learning curves as people ask for them, through the real processes."""

from __future__ import annotations

import csv
import io
import re
from urllib import request

import pytest

from bot.demo import Running
from bot.headless import Person
from tests.end_to_end.conftest import ticket_rows

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0


def in_thread(thread: str, *words: str):
    return lambda message: (
        message["thread_ts"] == thread
        and bool(message["bot_id"])
        and all(word in message["text"] for word in words)
    )


def with_file(thread: str, name: str):
    return lambda message: (
        message["thread_ts"] == thread and any(file["name"].endswith(name) for file in message["files"])
    )


def only_me(word: str):
    return lambda message: message["change"] == "ephemeral" and word in message["text"]


def train(person: Person, thread: str, command: str) -> dict:
    """The end message of a training."""
    seen = len(person.messages)
    person.command(command)
    return person.wait_for(
        lambda message: (
            message in person.messages[seen:] and in_thread(thread, "your model is ready")(message)
        ),
        "the end",
        MINUTE,
    )


def model_of(end: dict) -> str:
    found = re.search(r"ready: `([^`]+)`", end["text"])
    assert found
    return found[1]


def content(running: Running, message: dict, name: str) -> str:
    file = next(file for file in message["files"] if file["name"].endswith(name))
    with request.urlopen(running.page.rstrip("/") + file["url"], timeout=10) as answer:
        return answer.read().decode("utf-8-sig")


@pytest.fixture(scope="module")
def trained(running: Running, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """(thread, the end message) of one finished training on 54 rows, for all tests here."""
    path = tmp_path_factory.mktemp("results") / "results.csv"
    with path.open("w", newline="", encoding="utf-8") as sink:
        csv.writer(sink).writerows([("text", "queue"), *ticket_rows()])
    person = Person(running.control, lambda row: None)
    thread = person.drop(path)
    person.wait_for(in_thread(thread, "ready to train"), "the report", MINUTE)
    return thread, train(person, thread, "/finetune start results.csv model=ngram-hash-1 seed=1")


def test_results_by_button_and_every_file(running: Running, person: Person, trained):
    thread, end = trained

    person.press(end, "results_show")
    found = person.wait_for(in_thread(thread, "Results: results.csv"), "the results", MINUTE)
    picture = person.wait_for(with_file(thread, "confusion.png"), "the picture", MINUTE)
    for action_id in ("results_file", "results_predictions", "results_classes", "results_jsonl"):
        person.press(found, action_id)
    losses = person.wait_for(with_file(thread, "results.result.csv"), "the result file", MINUTE)
    predictions = person.wait_for(with_file(thread, "results.predictions.csv"), "the predictions", MINUTE)
    person.wait_for(with_file(thread, "results.classes.csv"), "the classes", MINUTE)
    person.wait_for(with_file(thread, "results.test.jsonl"), "the JSONL", MINUTE)

    for words in ("held-out rows", "F1", "AUROC", "Positive class `billing`", "Expected calibration error"):
        assert words in found["text"]
    assert "from the server's result file" in found["text"]
    assert "Confusion matrix of 2 classes" in picture["files"][0]["alt_txt"]
    assert content(running, losses, "result.csv").startswith("step,train_loss,train_accuracy,valid_loss")
    rows = list(csv.DictReader(io.StringIO(content(running, predictions, "predictions.csv"))))
    assert {row["label"] for row in rows} == {"delivery", "billing"}
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)


def test_results_by_command_and_of_nothing(person: Person, trained):
    thread, end = trained

    person.command(f"/finetune results {model_of(end)}")
    person.wait_for(only_me("Working on the results of `results.csv`"), "the acknowledgement", MINUTE)
    person.wait_for(in_thread(thread, "Results: results.csv"), "the results", MINUTE)
    person.command("/finetune results nothing")

    person.wait_for(only_me("There is no job nothing here."), "the hint", MINUTE)


def test_two_models_on_the_same_rows(person: Person, trained):
    thread, first = trained
    second = train(person, thread, "/finetune start results.csv model=ngram-hash-1 n_epochs=1 seed=2")

    person.command(f"/finetune compare {model_of(first)} {model_of(second)} on results.csv calls=300")
    told = person.wait_for(in_thread(thread, "Comparison on results.csv"), "the comparison", MINUTE)
    picture = person.wait_for(with_file(thread, "comparison.png"), "the picture", MINUTE)
    person.wait_for(with_file(thread, "break_even.png"), "the break-even", MINUTE)
    person.press(told, "compare_assume")
    person.submit(person.form("compare_assume_form"), {"calls_a_day": {"calls_a_day": {"value": "7"}}})
    again = person.wait_for(in_thread(thread, "Break-even", "7 calls a day"), "the other break-even", MINUTE)

    assert "95% interval" in told["text"]
    assert "McNemar" in told["text"] or "the very same rows" in told["text"]
    assert "cheaper from the first call: with 300 calls a day" in told["text"]
    assert f"<@{person.user}>" in told["text"]
    assert "% right (95% interval" in picture["files"][0]["alt_txt"]
    assert "saves" in again["text"]


def test_the_compare_form_names_the_wrong_field(person: Person, trained):
    _, end = trained
    person.press(end, "results_show")
    found = person.wait_for(in_thread(trained[0], "Results: results.csv"), "the results", MINUTE)
    person.press(found, "compare_open")
    view = person.form("compare_form")

    answer = person.post(
        "view_submissions",
        {"user": person.user, "view_id": view["id"], "values": {"examples": {"examples": {"value": "many"}}}},
    )

    person.post("view_closed", {"user": person.user, "view_id": view["id"]})
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["examples"]


def test_a_learning_curve_says_whether_more_data_helps(person: Person, tickets):
    thread = person.drop(tickets("curve.csv"))
    person.wait_for(in_thread(thread, "ready to train"), "the report", MINUTE)

    person.command("/finetune learning-curve curve.csv model=ngram-hash-1")
    offer = person.wait_for(only_me("3 trainings on"), "the offer", MINUTE)
    person.press(offer, "curve_start")
    told = person.wait_for(in_thread(thread, "Learning curve of curve.csv"), "the curve", 2 * MINUTE)
    picture = person.wait_for(with_file(thread, "learning-curve.png"), "the picture", MINUTE)

    assert "$0.00" in offer["text"]
    assert "more data" in told["text"].lower()
    assert "100%" in told["text"]
    assert "rows" in picture["files"][0]["alt_txt"]
    texts = [message["text"] for message in person.messages if message["thread_ts"] == thread]
    assert not any("your model is ready" in text for text in texts)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/finetune compare one", "There is no model one here."),
        ("/finetune compare x=1", "There is no setting x."),
        ("/finetune learning-curve missing.csv", "There is no dataset missing.csv"),
        ("/finetune learning-curve epochs=3", "There is no setting epochs."),
        ("/finetune compair", "Did you mean `/finetune compare`?"),
        ("/finetune learning_curve", "Did you mean `/finetune learning-curve`?"),
    ],
)
def test_mistyped_commands_say_what_to_do(person: Person, command: str, expected: str):
    person.command(command)

    person.wait_for(only_me(expected), expected, 10)

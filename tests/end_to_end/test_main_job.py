"""The main job as a person does it, through the real processes: drop, read, start, watch, ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.demo import Running
from bot.headless import Person, run

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0


def in_thread(thread: str):
    return lambda message: message["thread_ts"] == thread and bool(message["bot_id"])


def ephemeral(word: str):
    return lambda message: message["change"] == "ephemeral" and word in message["text"]


def drop_and_read(person: Person, path: Path) -> tuple[str, dict]:
    thread = person.drop(path)
    return thread, person.wait_for(in_thread(thread), "the report", MINUTE)


def test_from_a_dropped_file_to_an_answer(running: Running, tickets):
    rows: list[dict] = []

    summary = run(running.control, tickets("main.csv"), emit=rows.append, asks=["my parcel is late"])

    assert summary.status == "succeeded"
    assert summary.mentioned
    assert summary.epochs_posted == sorted(set(summary.epochs_posted)) != []
    assert summary.cost_posted == "0.00"
    assert summary.test_accuracy is not None
    assert summary.model.startswith("ft:minilm-l6-blend-1:")
    assert summary.answers[0]["label"] == "delivery"
    cards = [row for row in rows if row["event"] == "message_changed" and "Fine-tuning" in row["text"]]
    assert "Succeeded" in cards[-1]["text"]
    assert len({row["ts"] for row in cards}) == 1


def test_a_drop_gets_eyes_and_one_report(person: Person, tickets):
    thread, report = drop_and_read(person, tickets("one.csv"))

    messages = person.get(f"messages?channel={person.channel}")["messages"]
    dropped = next(message for message in messages if message["ts"] == thread)
    replies = [message for message in messages if message["thread_ts"] == thread and message["bot_id"]]
    assert [reaction["name"] for reaction in dropped["reactions"]] == ["eyes"]
    assert sum("ready to train" in message["text"] for message in replies) == 1
    assert report["text"].startswith("one.csv: ready to train (54 rows, text → 2 labels)")


def test_a_file_that_is_no_dataset_gets_one_friendly_line(person: Person, tmp_path: Path):
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)

    _, reply = drop_and_read(person, picture)

    assert "cat.png" in reply["text"]
    assert "can't be used for training" in reply["text"]
    assert not any(block["type"] == "actions" for block in reply["blocks"])


def test_a_file_where_the_bot_is_no_member_gets_nothing(running: Running, tickets):
    person = Person(running.control, lambda row: None, channel="C0PRIVATE")

    person.drop(tickets("private.csv"))
    other = Person(running.control, lambda row: None)
    drop_and_read(other, tickets("after.csv"))

    messages = person.get("messages?channel=C0PRIVATE")["messages"]
    assert [message for message in messages if message["bot_id"]] == []


def test_the_form_names_the_wrong_field(person: Person, tickets):
    drop_and_read(person, tickets("form.csv"))
    person.command("/finetune start")
    view = person.form("jobs_start_form")

    answer = person.post(
        "view_submissions",
        {"user": person.user, "view_id": view["id"], "values": {"n_epochs": {"n_epochs": "many"}}},
    )

    person.post("view_closed", {"user": person.user, "view_id": view["id"]})
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["n_epochs"]


def test_starting_at_once_and_cancelling(person: Person, tickets):
    thread, _ = drop_and_read(person, tickets("cancel.csv"))

    person.command("/finetune start cancel.csv model=minilm-l6-blend-1 n_epochs=50 suffix=cancel-me")
    told = person.wait_for(ephemeral("Follow it in the thread"), "the acknowledgement", MINUTE)
    person.command("/finetune cancel " + told["text"].split("/finetune cancel ")[1].split("`")[0])

    end = person.wait_for(
        lambda message: message["thread_ts"] == thread and f"<@{person.user}>" in message["text"],
        "the end",
        MINUTE,
    )
    assert "was cancelled" in end["text"] or "your model is ready" in end["text"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/finetune", "Drop a dataset"),
        ("/finetune help", "Drop a dataset"),
        ("/finetune strat", "Did you mean `/finetune start`?"),
        ("/finetune use", "Which model?"),
        ("/finetune use nothing", "There is no model nothing here."),
        ("/finetune status nothing", "There is no job nothing here."),
        ("/finetune start missing.csv", "There is no dataset missing.csv in this channel."),
        ("/finetune start x=1", "There is no setting x."),
        ("/classify", "What should I ask?"),
        ("/classify " + "x" * 8001, "8,001 characters"),
    ],
)
def test_commands_answer_only_who_typed(person: Person, command: str, expected: str):
    person.command(command)

    person.wait_for(ephemeral(expected), expected, 10)


def test_a_channel_without_a_model_says_what_to_do(running: Running):
    person = Person(running.control, lambda row: None, channel="C0GENERAL")

    person.command("/classify hello")

    assert person.wait_for(ephemeral("no model yet"), "the hint", 10)


def test_other_columns_bring_the_report_up_to_date(person: Person, tmp_path: Path):
    path = tmp_path / "columns.csv"
    lines = [
        f'"subject {i} about parcels","The body text number {i} is longer than the subject",{"ab"[i % 2]}'
        for i in range(40)
    ]
    path.write_text("subject,body,queue\n" + "\n".join(lines) + "\n")
    _, report = drop_and_read(person, path)

    person.press(report, "datasets_columns")
    view = person.form("datasets_columns_form")
    person.submit(view, {"text": {"text": {"value": "{subject} {body}"}}})

    changed = person.wait_for(
        lambda message: message["change"] == "message_changed" and message["ts"] == report["ts"],
        "the new report",
        MINUTE,
    )
    assert "subject + body" in changed["text"]


def test_the_jsonl_files_come_into_the_thread(person: Person, tickets):
    thread, report = drop_and_read(person, tickets("download.csv"))

    person.press(report, "datasets_download")

    found = person.wait_for(
        lambda message: (
            message["thread_ts"] == thread and any("train.jsonl" in file["name"] for file in message["files"])
        ),
        "the training file",
        MINUTE,
    )
    assert found["bot_id"]


def test_the_home_tab_lists_datasets_and_models(person: Person, tickets):
    drop_and_read(person, tickets("home.csv"))

    person.post("home", {"user": person.user})

    person.wait_until(
        lambda: "home.csv" in json.dumps(person.get(f"views?user={person.user}")["home"]), "the home tab"
    )


def test_stray_text_is_never_a_mention_or_a_link(person: Person, tmp_path: Path):
    path = tmp_path / "<!channel> <@U1> *x*.csv"
    rows = [f"<!channel> <http://evil.example|click> {i},<!here> {'ab'[i % 2]}" for i in range(40)]
    path.write_text("text,label\n" + "\n".join(rows) + "\n")

    _, report = drop_and_read(person, path)

    said = json.dumps([report["text"], report["blocks"]])
    markdown = [
        block["text"]["text"] for block in report["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
    ]
    assert "<!channel>" not in report["text"]
    assert not any(sign in text for text in markdown for sign in ("<!channel>", "<!here>", "<http", "<@U1>"))
    assert "evil.example" in said or "channel" in said


def test_every_message_was_accepted_by_the_strict_workspace(running: Running, person: Person):
    calls = person.get("calls")["calls"]

    refused = [
        call
        for call in calls
        if not call["ok"] and call["error"] not in ("ratelimited", "already_reacted", "invalid_auth")
    ]
    assert refused == []

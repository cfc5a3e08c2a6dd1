"""Starting with every setting and watching what becomes of it: pause, events, pictures, lost cards and threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo import Running
from bot.headless import Person
from tests.end_to_end.test_main_job import MINUTE, drop_and_read, ephemeral

pytestmark = pytest.mark.xdist_group("end_to_end")

LONG = "model=minilm-l6-full-1 n_epochs=50"
"""Minutes of training: time enough to pause it, lose its card and cancel it."""
SHORT = "model=ngram-hash-1 n_epochs=2"

Wanted = Callable[[dict[str, Any]], bool]


def in_thread(thread: str, word: str) -> Wanted:
    return lambda message: message["thread_ts"] == thread and word in message["text"]


def started(person: Person, command: str) -> str:
    """Start it; our id of the job."""
    person.command(command)
    told = person.wait_for(ephemeral("Follow it in the thread"), "the acknowledgement", MINUTE)
    person.messages.clear()
    return str(re.search(r"/finetune cancel (\S+)`", told["text"])[1])


@contextmanager
def long_job(person: Person, path: Path) -> Iterator[tuple[str, str]]:
    """(thread, job) of a long training, which is cancelled at the end."""
    thread, _ = drop_and_read(person, path)
    job = started(person, f"/finetune start {path.name} {LONG}")
    try:
        person.wait_for(in_thread(thread, "Running"), "the running job", MINUTE)
        yield thread, job
    finally:
        person.command(f"/finetune cancel {job}")


def test_a_job_pauses_resumes_and_tells_its_events(person: Person, tickets):
    with long_job(person, tickets("pause me.csv")) as (thread, job):
        card = person.wait_for(in_thread(thread, "Running"), "the card", MINUTE)
        person.press(card, "jobs_pause")
        paused = person.wait_for(in_thread(thread, "⏸️ Paused"), "the pause", MINUTE)
        person.command(f"/finetune events {job}")
        events = person.wait_for(ephemeral("Events of"), "the events", MINUTE)
        person.messages.clear()
        person.command(f"/finetune resume {job}")
        person.wait_for(in_thread(thread, "🏃 Running"), "going on", MINUTE)

    end = person.wait_for(in_thread(thread, f"<@{person.user}>"), "the end", MINUTE)
    assert "was cancelled" in end["text"]
    assert "Fine-tuning job paused" in events["text"]
    assert "left" not in paused["text"]


def test_the_end_brings_a_picture_and_checkpoints(person: Person, tickets):
    thread, _ = drop_and_read(person, tickets("picture.csv"))
    job = started(person, f"/finetune start picture.csv {SHORT} test_share=20% seed=7 suffix=pic")

    person.wait_for(in_thread(thread, "your model is ready"), "the end", MINUTE)
    posted = person.wait_for(
        lambda message: any("-training.png" in file["name"] for file in message["files"]),
        "the picture",
        MINUTE,
    )
    person.command(f"/finetune events {job}")
    events = person.wait_for(ephemeral("Events of"), "the events", MINUTE)

    (picture,) = posted["files"]
    assert posted["thread_ts"] == thread
    assert picture["title"] == "Training of picture.csv"
    assert ":ckpt-step-" in events["text"]
    checkpoint = re.findall(r"`(ft:\S+:ckpt-step-\d+)`", events["text"])[0]
    person.command(f"/classify my parcel is late model={checkpoint}")
    person.wait_for(
        lambda message: bool(message["bot_id"]) and message["text"].startswith("`delivery`"),
        "the answer",
        MINUTE,
    )


def test_a_start_typed_twice_is_one_job_unless_meant(person: Person, tickets):
    with long_job(person, tickets("twice.csv")) as (_, job):
        person.command(f"/finetune start twice.csv {LONG}")
        told = person.wait_for(ephemeral("You started exactly this training"), "the hint", MINUTE)
        person.messages.clear()
        press_ephemeral(person, told, "jobs_start_another")
        again = person.wait_for(ephemeral("Follow it in the thread"), "the other one", MINUTE)

    other = re.search(r"/finetune cancel (\S+)`", again["text"])[1]
    person.command(f"/finetune cancel {other}")
    assert other != job
    person.wait_until(
        lambda: len([m for m in person.messages if "was cancelled" in m["text"]]) >= 2, "both ends", MINUTE
    )


def press_ephemeral(person: Person, message: dict[str, Any], action_id: str) -> None:
    block = next(block for block in message["blocks"] if block["type"] == "actions")
    element = next(element for element in block["elements"] if element["action_id"] == action_id)
    person.post(
        "actions",
        {
            "user": person.user,
            "ephemeral_id": message["ephemeral_id"],
            "block_id": block["block_id"],
            "action_id": action_id,
            "value": element["value"],
        },
    )


def test_faults_are_told_at_every_field(person: Person, tickets):
    drop_and_read(person, tickets("faults.csv"))
    person.command("/finetune start")
    view = person.form("jobs_start_form")
    values = {
        "n_epochs": {"n_epochs": {"value": "51"}},
        "test_share": {"test_share": {"value": "90%"}},
        "positive_class": {"positive_class": {"value": "delivry"}},
    }

    with pytest.raises(Exception, match="refused") as caught:
        person.submit(view, values)

    person.post("view_closed", {"user": person.user, "view_id": view["id"]})
    assert all(f"'{field}'" in str(caught.value) for field in values)
    assert "Did you mean delivery?" in str(caught.value)


def test_another_dataset_brings_its_own_estimates(person: Person, tickets):
    drop_and_read(person, tickets("older.csv"))
    drop_and_read(person, tickets("newer.csv"))
    person.command("/finetune start")
    view = person.form("jobs_start_form")
    options = view["blocks"][0]["element"]["options"]
    older = next(entry for entry in options if entry["text"]["text"].startswith("older.csv"))
    assert "on `newer.csv`" in view["blocks"][2]["text"]["text"]

    place = {"user": person.user, "view_id": view["id"], "block_id": "dataset", "action_id": "dataset"}
    person.post("actions", {**place, "selected_option": older})

    person.wait_until(
        lambda: "on `older.csv`" in person.form("jobs_start_form")["blocks"][2]["text"]["text"],
        "the estimates",
    )
    person.post("view_closed", {"user": person.user, "view_id": view["id"]})


def test_training_goes_on_from_a_model_with_advice(person: Person, tickets, tmp_path: Path):
    drop_and_read(person, tickets("whole.csv"))
    started(person, f"/finetune start whole.csv {SHORT} suffix=first")
    end = person.wait_for(
        lambda message: "your model is ready" in message["text"] and ":first:" in message["text"],
        "the end",
        MINUTE,
    )
    model = re.search(r"`(ft:[^`]+)`", end["text"])[1]
    path = tmp_path / "few more.csv"
    lines = tickets("source.csv").read_text().splitlines()
    path.write_text("\n".join([lines[0], *lines[1:6], *lines[31:38]]) + "\n")
    thread, _ = drop_and_read(person, path)

    person.command(f"/finetune start few more.csv model={model} n_epochs=1")

    told = person.wait_for(ephemeral("Follow it in the thread"), "the acknowledgement", MINUTE)
    assert "learning rate 2 to 4 times lower" in told["text"]
    person.wait_for(in_thread(thread, "your model is ready"), "the end", MINUTE)


def test_a_deleted_card_comes_back(person: Person, tickets):
    with long_job(person, tickets("deleted.csv")) as (thread, _):
        card = person.wait_for(in_thread(thread, "*Fine-tuning*"), "the card", MINUTE)
        admin = {"user": "U0LEAD", "channel": person.channel, "ts": card["ts"]}
        person.post("message_deletions", admin)

        fresh = person.wait_for(
            lambda message: in_thread(thread, "*Fine-tuning*")(message) and message["ts"] != card["ts"],
            "the fresh card",
            MINUTE,
        )

    assert fresh["change"] == "message"
    person.wait_for(in_thread(thread, "was cancelled"), "the end", MINUTE)


def test_an_archived_channel_is_told_about_directly(running: Running, person: Person, tickets):
    direct = Person(running.control, lambda row: None, channel=direct_channel(person))
    thread, _ = drop_and_read(person, tickets("archived.csv"))
    started(person, f"/finetune start archived.csv {LONG}")
    person.wait_for(in_thread(thread, "Running"), "the running job", MINUTE)

    person.post("archive", {"user": "U0LEAD", "channel": person.channel})
    try:
        told = direct.wait_for(lambda message: "can't post in" in message["text"], "the notice", MINUTE)
        direct.press(told, "jobs_cancel")
        end = direct.wait_for(lambda message: "was cancelled" in message["text"], "the end", MINUTE)
    finally:
        person.post("archive", {"user": "U0LEAD", "channel": person.channel, "archived": False})

    assert "the channel is archived" in told["text"]
    assert "archived.csv" in end["text"]
    assert len([m for m in direct.messages if "can't post in" in m["text"] and "goes on" in m["text"]]) == 1


def direct_channel(person: Person) -> str:
    """The conversation of this person with the bot."""
    channels = person.get("workspace")["channels"]
    return str(next(channel["id"] for channel in channels if channel.get("user") == person.user))


def test_the_workspace_refused_only_what_was_taken_away(running: Running, person: Person):
    """Every message was well formed: only edits of a deleted card and posts to an archived channel were refused."""
    calls = person.get("calls")["calls"]

    refused = {(call["method"], call["error"]) for call in calls if not call["ok"]}

    assert {error for method, error in refused if method.startswith(("chat.", "files.", "views."))} <= {
        "message_not_found",
        "is_archived",
        "ratelimited",
        "not_in_channel",
    }

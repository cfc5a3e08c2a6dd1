"""The dataset report as people use it: numbered fixes, undo, files that belong together, downloads, a picture."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from bot.errors import ServiceError
from bot.headless import Person
from tests.end_to_end.test_main_job import MINUTE, drop_and_read, ephemeral, in_thread

pytestmark = pytest.mark.xdist_group("end_to_end")


def words_in(message: dict) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def repeated_rows(path: Path) -> Path:
    """40 different rows, and two of them again."""
    rows = [f"text number {i} about {'parcels' if i % 2 else 'money'},{'ab'[i % 2]}" for i in range(40)]
    path.write_text("text,label\n" + "\n".join([*rows, rows[0], rows[1]]) + "\n")
    return path


def edited(person: Person, report: dict, words: str) -> dict:
    """The report once it has been edited to say these words."""
    return person.wait_for(
        lambda message: (
            message["change"] == "message_changed"
            and message["ts"] == report["ts"]
            and words in message["text"]
        ),
        f"the report with {words!r}",
        MINUTE,
    )


def bot_posts(person: Person, thread: str) -> list[dict]:
    messages = person.get(f"messages?channel={person.channel}")["messages"]
    return [message for message in messages if message["thread_ts"] == thread and message["bot_id"]]


def test_a_fix_is_taken_back_applied_and_undone_in_place(person: Person, tmp_path: Path):
    thread, report = drop_and_read(person, repeated_rows(tmp_path / "fixes.csv"))
    assert "ready to train after 1 fix (40 rows" in report["text"]
    assert "1. ✅ Drop repeated rows: 42 → 40 rows" in report["text"]

    person.press(report, "datasets_fix_1")
    without = edited(person, report, "(42 rows")
    person.press(without, "datasets_recommended")
    again = edited(person, report, "applied the recommended fixes")
    person.press(again, "datasets_undo")
    undone = edited(person, report, "took back the last decision")

    assert "1. ▫️ Drop repeated rows: 42 → 40 rows (recommended, not in use)" in without["text"]
    assert "(40 rows" in again["text"]
    assert "(42 rows" in undone["text"]
    assert sum("ready to train" in post["text"] for post in bot_posts(person, thread)) == 1


def test_rejects_and_picture_come_into_the_thread(person: Person, tmp_path: Path):
    path = repeated_rows(tmp_path / "take.csv")
    path.write_text(path.read_text() + '"=HYPERLINK(""http://x"")",\n')
    thread, report = drop_and_read(person, path)
    person.press(report, "datasets_rejects")

    person.wait_until(
        lambda: {"take.rejects.csv", "report.png"} <= files_in(person, thread), "the files", MINUTE
    )

    posted = [file for post in bot_posts(person, thread) for file in post["files"]]
    picture = next(file for file in posted if file["name"] == "report.png")
    assert "Bar chart of rows per label (2 labels): a 20, b 20." in picture["alt_txt"]


def files_in(person: Person, thread: str) -> set[str]:
    return {file["name"] for post in bot_posts(person, thread) for file in post["files"]}


def test_two_files_for_two_classes_are_one_dataset(person: Person, tmp_path: Path):
    paths = [tmp_path / "film.pos", tmp_path / "film.neg"]
    for path, word in zip(paths, ("lovely", "dreadful"), strict=True):
        path.write_text("".join(f"a {word} film, number {i}\n" for i in range(30)))

    thread = person.drop(*paths)
    report = person.wait_for(
        lambda message: in_thread(thread)(message) and "60 rows" in message["text"], "one report", MINUTE
    )

    assert "2 labels" in report["text"]
    assert "`neg` 30" in report["text"]
    reports = [post for post in bot_posts(person, thread) if not post["files"]]
    assert len(reports) == 1


def test_train_and_test_files_are_one_dataset_with_its_leaks_told(person: Person, tmp_path: Path):
    train, test = tmp_path / "mail_train.csv", tmp_path / "mail_test.csv"
    rows = [f"mail number {i},{'ab'[i % 2]}" for i in range(40)]
    train.write_text("text,label\n" + "\n".join(rows) + "\n")
    test.write_text("text,label\n" + "\n".join([*rows[:3], "another mail,a", "one more,b"]) + "\n")

    thread = person.drop(train, test)
    report = person.wait_for(
        lambda message: in_thread(thread)(message) and "Held out" in message["text"], "one report", MINUTE
    )

    assert "training has the same text: 3 rows" in report["text"]
    assert "test 2" in report["text"]


def test_unrelated_files_stay_datasets_of_their_own(person: Person, tmp_path: Path):
    orders, visits = repeated_rows(tmp_path / "orders.csv"), repeated_rows(tmp_path / "visits.csv")

    thread = person.drop(orders, visits)
    for name in ("orders.csv", "visits.csv"):
        person.wait_for(
            lambda message, name=name: (
                in_thread(thread)(message) and message["text"].startswith(f"{name}: ready")
            ),
            f"the report on {name}",
            MINUTE,
        )


def doubtful_rows(path: Path) -> Path:
    """Two plain topics of 60 rows each, three labels wrong."""
    rng = random.Random(1)
    topics = {
        "billing": [
            "invoice",
            "refund",
            "card",
            "charge",
            "payment",
            "price",
            "euro",
            "bank",
            "money",
            "fee",
        ],
        "delivery": [
            "parcel",
            "courier",
            "late",
            "door",
            "box",
            "tracking",
            "shipped",
            "van",
            "address",
            "street",
        ],
    }
    rows = [
        (" ".join(rng.choices(topics[topic], k=6)) + f" {number}", topic)
        for number in range(60)
        for topic in topics
    ]
    for place in (10, 41, 70):
        text, label = rows[place]
        rows[place] = (text, "billing" if label == "delivery" else "delivery")
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    return path


def test_wrong_labels_are_put_right_card_by_card(person: Person, tmp_path: Path):
    thread, report = drop_and_read(person, doubtful_rows(tmp_path / "doubtful.csv"))
    assert "Labels that look wrong: 3 rows" in report["text"]

    person.press(report, "labels_open")
    card = person.wait_for(
        lambda message: in_thread(thread)(message) and "Label 1 of 3" in message["text"], "a card", MINUTE
    )
    person.press(card, "labels_change")
    card = edited(person, card, "Label 2 of 3")
    person.press(card, "labels_keep")
    card = edited(person, card, "Label 3 of 3")
    person.press(card, "labels_undo")
    card = edited(person, card, "0 kept, 1 changed, 0 dropped, 2 to go")
    choose_other(person, card)
    card = edited(person, card, "0 kept, 2 changed")
    person.press(card, "labels_drop")
    card = edited(person, card, "0 kept, 2 changed, 1 dropped, 0 to go")
    person.press(card, "labels_save")
    version = person.wait_for(
        lambda message: in_thread(thread)(message) and "(v2): ready" in message["text"], "version 2", MINUTE
    )

    assert "(119 rows" in version["text"]
    assert "2 labels changed, 1 row dropped" in version["text"]
    assert "Labels that look wrong" not in version["text"]
    edited(person, card, "saved by")
    person.command("/finetune datasets")
    listed = person.wait_for(ephemeral("Datasets in this channel"), "the list", MINUTE)
    assert "`doubtful.csv (v2)` 119 rows, 2 labels: 2 labels changed, 1 row dropped" in listed["text"]


def test_cards_are_decided_from_app_home_as_well(person: Person, tmp_path: Path):
    thread, report = drop_and_read(person, doubtful_rows(tmp_path / "athome.csv"))
    person.press(report, "labels_open")
    card = person.wait_for(
        lambda message: in_thread(thread)(message) and "Label 1 of 3" in message["text"], "a card", MINUTE
    )

    person.post("home", {"user": person.user, "tab": "home"})
    person.wait_until(lambda: "athome.csv" in words_in(home_of(person)), "the queue in App Home", MINUTE)
    person.wait_until(lambda: opened_from_home(person, dataset_of(report)), "the button in App Home", MINUTE)
    form = person.form("labels_form")
    press_in_view(person, form, "labels_keep")
    person.wait_until(lambda: "Label 2 of 3" in words_in(person.form("labels_form")), "the next card", MINUTE)

    edited(person, card, "1 kept, 0 changed, 0 dropped, 2 to go")
    person.post("view_closed", {"user": person.user, "view_id": form["id"]})


def dataset_of(report: dict) -> str:
    return next(
        element["value"]
        for block in report["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == "datasets_columns"
    )


def many_labels(path: Path) -> Path:
    """120 labels, each with words of its own in 8 rows; one row has another's label."""
    rows = [
        (f"alpha{label} beta{label} gamma{label} delta{label} {number}", f"intent {label:03}")
        for number in range(8)
        for label in range(120)
    ]
    rows[5] = (rows[5][0], "intent 077")
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    return path


def test_one_of_many_labels_is_found_by_typing(person: Person, tmp_path: Path):
    thread, report = drop_and_read(person, many_labels(tmp_path / "intents.csv"))
    person.press(report, "labels_open")
    card = person.wait_for(
        lambda message: in_thread(thread)(message) and "Label 1 of 1" in message["text"], "a card", MINUTE
    )
    block = next(block for block in card["blocks"] if "labels_other" in json.dumps(block))
    place = {"user": person.user, "channel": person.channel, "ts": card["ts"], "block_id": block["block_id"]}

    found = person.post("options", {**place, "action_id": "labels_other", "value": "INTENT 00"})["options"]
    person.post("actions", {**place, "action_id": "labels_other", "selected_option": found[4]})

    assert [entry["text"]["text"] for entry in found] == [f"intent {n:03}" for n in range(10)]
    done = edited(person, card, "0 kept, 1 changed")
    assert "Save to make a new version" in done["text"]


def home_of(person: Person) -> dict:
    return person.get(f"views?user={person.user}")["home"] or {"blocks": []}


def opened_from_home(person: Person, dataset: str) -> bool:
    """Press the queue's button; False where the tab was published anew at that very moment."""
    try:
        press_in_view(person, home_of(person), "labels_open", dataset)
    except ServiceError:
        return False
    return True


def press_in_view(person: Person, view: dict, action_id: str, about: str = "") -> None:
    """Press a button of a form or of the home tab, the one about that dataset."""
    block, element = next(
        (block, element)
        for block in view["blocks"]
        for element in [*block.get("elements", ()), block.get("accessory") or {}]
        if element.get("action_id") == action_id and about in element["value"]
    )
    person.post(
        "actions",
        {
            "user": person.user,
            "view_id": view["id"],
            "block_id": block["block_id"],
            "action_id": action_id,
            "value": element["value"],
        },
    )


def choose_other(person: Person, card: dict) -> None:
    """Take the first label of the card's menu."""
    block, menu = next(
        (block, element)
        for block in card["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == "labels_other"
    )
    person.post(
        "actions",
        {
            "user": person.user,
            "channel": person.channel,
            "ts": card["ts"],
            "block_id": block["block_id"],
            "action_id": "labels_other",
            "selected_option": menu["options"][0],
        },
    )

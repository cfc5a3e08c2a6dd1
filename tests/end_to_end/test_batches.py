"""A file without labels gets them: from the report of a dropped file, and from the form that takes one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib import request

import pytest

from bot.demo import Running
from bot.headless import Message, Person
from tests.end_to_end.test_feedback import model, says  # noqa: F401  (the fixture trains once for both files)

pytestmark = pytest.mark.xdist_group("end_to_end")

MINUTE = 60.0
ROWS = [
    ("1", "my parcel is late again", "=cmd()"),
    ("2", "", "nothing said"),
    ("3", "the invoice was charged twice", "ok"),
]


@pytest.fixture
def unlabelled(tmp_path: Path) -> Callable[[str], Path]:
    def write(name: str) -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("ticket", "text", "note"), *ROWS])
        return path

    return write


@pytest.fixture
def here(person: Person, model: str) -> Person:  # noqa: F811
    person.command(f"/finetune use {model}")
    person.wait_for(says("now asks", change="ephemeral"), "the switch", MINUTE)
    return person


def result_of(running: Running, person: Person, name: str) -> list[list[str]]:
    """The rows of the labelled file, once it is in a thread."""
    found = person.wait_for(
        lambda m: any(file["name"] == name for file in m["files"]), f"the file {name}", MINUTE
    )
    url = f"{running.page.rstrip('/')}{found['files'][0]['url']}"
    with request.urlopen(url, timeout=10) as answer:
        return list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))


def is_labelled(rows: list[list[str]]) -> bool:
    header, *found = rows
    labels = [row[3] for row in found]
    return header == ["ticket", "text", "note", "label", "probability"] and labels == [
        "delivery",
        "",
        "billing",
    ]


def test_a_dropped_file_without_labels_is_offered_to_be_classified(
    running: Running, here: Person, unlabelled
):
    thread = here.drop(unlabelled("october.csv"))
    report: Message = here.wait_for(
        lambda m: m["thread_ts"] == thread and "batches_new" in json.dumps(m["blocks"]), "the offer", MINUTE
    )

    here.press(report, "batches_new")
    here.submit(here.form("batches_form"))

    rows = result_of(running, here, "october.labelled.csv")
    end = here.wait_for(says("`october.csv` is labelled: 2 rows"), "the end", MINUTE)
    assert is_labelled(rows)
    assert rows[1][2] == "'=cmd()"
    assert end["thread_ts"] == thread


def test_a_file_may_come_with_the_form(running: Running, here: Person, unlabelled):
    here.command("/classify")
    hint = here.wait_for(says("What should I ask?", change="ephemeral"), "the hint", MINUTE)
    here.press(hint, "batches_new")
    view = here.form("batches_form")

    file_id = here.choose_file(unlabelled("november.csv"))
    here.submit(view, {"file": {"file": {"files": [file_id]}}})

    assert is_labelled(result_of(running, here, "november.labelled.csv"))


def test_a_column_that_is_not_there_is_said_at_the_field(here: Person, unlabelled):
    thread = here.drop(unlabelled("december.csv"))
    report = here.wait_for(
        lambda m: m["thread_ts"] == thread and "batches_new" in json.dumps(m["blocks"]), "the offer", MINUTE
    )
    here.press(report, "batches_new")
    view = here.form("batches_form")

    refused = here.post(
        "view_submissions",
        {"user": here.user, "view_id": view["id"], "values": {"text": {"text": {"value": "txt"}}}},
    )

    here.post("view_closed", {"user": here.user, "view_id": view["id"]})
    assert "There is no column “txt”." in refused["errors"]["text"]

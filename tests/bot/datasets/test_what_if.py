"""Changing one's mind: no parsing, the same answer as from the start, untouched files while only asking."""

import os

import pytest

from bot.datasets import prepare, workspace
from bot.domain import Choices
from bot.errors import DatasetError
from tests.bot.datasets.making import again, csv_file, every_example, examples, plain_rows, prepared, rejected

ROWS = [
    *plain_rows(80),
    *plain_rows(10),
    ["A&amp;B", "yes"],
    ["", "no"],
    ["this is  the text of row 4", "no"],
]


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"fixes": ()},
        {"seed": 5, "validation_share": 0.3, "test_share": 0.0},
        {"fixes": ("drop_duplicates", "mask_pii"), "system": "Sort."},
        {"label": "text", "text": "label"},
    ],
)
def test_asking_again_is_like_starting_so(tmp_path, choices):
    prepared(tmp_path / "one", ROWS)
    report = again(tmp_path / "one", **choices)

    fresh = prepared(tmp_path / "two", ROWS, **choices)

    assert report == fresh
    assert examples(tmp_path / "one") == examples(tmp_path / "two")
    assert rejected(tmp_path / "one") == rejected(tmp_path / "two")


def test_the_file_is_not_needed_again(tmp_path):
    prepared(tmp_path, ROWS)
    os.remove(tmp_path / "source.csv")

    assert again(tmp_path, fixes=()).rows_kept == 93


def test_another_file_in_the_same_folder_is_looked_at_anew(tmp_path):
    prepared(tmp_path, ROWS)

    report = prepared(tmp_path, plain_rows(20, labels=("up", "down")))

    assert (report.rows_kept, report.labels) == (20, {"up": 10, "down": 10})


def test_only_asking_leaves_the_parts_alone(tmp_path):
    prepared(tmp_path, ROWS)
    before = every_example(tmp_path)

    report = prepare.rework(tmp_path, choices=Choices(fixes=()), write=False)

    assert report.rows_kept == 93
    assert every_example(tmp_path) == before


def test_the_frame_is_kept_for_the_same_columns(tmp_path, monkeypatch):
    prepared(tmp_path, ROWS)

    def fail(*_args, **_kwargs):
        raise AssertionError("the spool was gone through again")

    monkeypatch.setattr(workspace, "build_frame", fail)
    assert again(tmp_path, fixes=(), seed=3).rows_kept == 93


def test_a_part_that_is_no_longer_made_is_removed(tmp_path):
    prepared(tmp_path, ROWS)

    again(tmp_path, test_share=0.0)

    assert not (tmp_path / "test.jsonl").exists()
    assert prepare.test_rows(tmp_path, 5) == []


def test_rejects_name_the_line_they_repeat(tmp_path):
    prepared(tmp_path, ROWS)

    reasons = {row["line"]: row["reason"] for row in rejected(tmp_path)}
    assert reasons["82"] == "repeats text and answer of line 2"
    assert reasons["93"] == "the text is empty"
    assert reasons["94"] == "the same text has different labels in different rows"


def test_rejects_of_columns_called_like_ours_keep_both(tmp_path):
    rows = [[text, label, "x"] for text, label in [*plain_rows(), plain_rows()[0]]]

    prepared(tmp_path, rows, ("text", "label", "reason"))

    assert rejected(tmp_path)[0]["row.reason"] == "x"


def test_a_file_without_rows_is_an_error(tmp_path):
    source = csv_file(tmp_path / "empty.csv", ("text", "label"), [])

    with pytest.raises(DatasetError):
        prepare.ingest(source, tmp_path, name="empty.csv", choices=Choices())


def test_order_is_random_across_buckets(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.datasets.convert.BUCKET_BYTES", 2_000)

    report = prepared(tmp_path, plain_rows(400))

    lines = [line["messages"][0]["content"] for line in examples(tmp_path)]
    assert len(set(lines)) == report.part("train").rows == 320
    assert lines != sorted(lines)
    assert not list(tmp_path.glob("bucket-*"))


def test_long_work_tells_how_far_it_is(tmp_path):
    source = csv_file(tmp_path / "s.csv", ("text", "label"), plain_rows())
    told = []

    prepare.ingest_files(
        [(source, "s.csv")], tmp_path, choices=Choices(), progress=lambda *step: told.append(step)
    )

    assert told == [("reading", 0, 0), ("checking", 40, 40), ("looking closer", 0, 0), ("writing", 40, 40)]


def test_columns_called_like_technical_ones_are_kept(tmp_path):
    rows = [[text, label, "mine"] for text, label in [*plain_rows(), plain_rows()[0]]]

    prepared(tmp_path, rows, ("text", "label", "__tokens__"))

    assert rejected(tmp_path)[0]["__tokens__"] == "mine"


def test_files_of_the_same_name_are_told_apart(tmp_path):
    (tmp_path / "held").mkdir()
    train = csv_file(tmp_path / "data.csv", ("text", "label"), plain_rows(60))
    held = csv_file(tmp_path / "held" / "data.csv", ("text", "label"), [[f"new {n}", "no"] for n in range(9)])

    report = prepare.ingest_files(
        [(train, "data.csv")], tmp_path, choices=Choices(), validation=(held, "data.csv")
    )

    assert report.part("validation").rows == 9
    assert report.part("train").rows == 54

"""Later versions of a dataset: labels put right, rows dropped, corrections added; what was held out stays held out."""

import orjson
import pytest

from bot.datasets.prepare import ingest, ingest_files
from bot.datasets.prepare import test_rows as held_out_rows
from bot.datasets.versions import make_version
from bot.domain import Choices, ExampleFormat
from bot.errors import DatasetError
from tests.bot.datasets.making import again, codes, prepared
from tests.bot.datasets.test_findings import topical_rows


def made(tmp_path, *, before=None, additions=(), **choices):
    return make_version(
        tmp_path / "one",
        tmp_path / "two",
        before=before or Choices(),
        choices=Choices(**choices),
        additions=additions,
    )


def pairs(folder, part="train"):
    lines = [orjson.loads(line)["messages"] for line in (folder / f"{part}.jsonl").read_bytes().splitlines()]
    return [(line[-2]["content"], line[-1]["content"]) for line in lines]


def held_out(folder):
    return sorted(messages[-1]["content"] for messages, _ in held_out_rows(folder, 1000))


def test_a_version_keeps_what_was_held_out(tmp_path):
    prepared(tmp_path / "one", topical_rows())
    before = held_out(tmp_path / "one")

    report = made(tmp_path, relabels=((5, "shipping"), (50, "billing"), (51, "billing")))

    assert held_out(tmp_path / "two") == before
    assert [part.rows for part in report.splits] == [144, 18, 18]


def test_repeated_rows_do_not_leak_in_a_later_version(tmp_path):
    rows = topical_rows()
    first = prepared(tmp_path / "one", [*rows, *rows])

    report = made(tmp_path, relabels=((5, rows[5][1]),))

    assert "leakage" not in codes(report)
    assert report.rows_kept == first.rows_kept


def test_a_row_dropped_by_hand_is_out_and_among_the_rejects(tmp_path):
    first = prepared(tmp_path / "one", topical_rows())

    report = made(tmp_path, drops=(7, 10_000))

    assert report.rows_kept == first.rows_kept - 1
    assert "9,dropped by hand" in (tmp_path / "two" / "rejects.csv").read_text().replace('"', "")


def test_corrections_are_added_for_training_only(tmp_path):
    first = prepared(tmp_path / "one", topical_rows())

    report = made(tmp_path, additions=(("a text nobody had", "billing"), ("another one", "brand new")))

    assert report.rows_kept == first.rows_kept + 2
    assert report.labels["brand new"] == 1
    assert held_out(tmp_path / "two") == held_out(tmp_path / "one")
    assert ("a text nobody had", "billing") in pairs(tmp_path / "two")


def test_a_correction_of_a_row_in_training_puts_its_label_right(tmp_path):
    first = prepared(tmp_path / "one", topical_rows())
    text, label = pairs(tmp_path / "one")[0]
    other = next(name for name in first.labels if name != label)

    report = made(tmp_path, additions=((f"  {text.upper()} ", other),))

    assert report.rows_kept == first.rows_kept
    assert (text, other) in pairs(tmp_path / "two")
    assert "conflicting_labels" not in codes(report)


def test_a_correction_of_a_row_held_out_does_not_leak(tmp_path):
    first = prepared(tmp_path / "one", topical_rows())
    text = held_out(tmp_path / "one")[0]

    report = made(tmp_path, additions=((text, "billing"),))

    assert report.rows_kept == first.rows_kept
    assert "leakage" not in codes(report)


def test_the_latest_of_several_corrections_counts(tmp_path):
    prepared(tmp_path / "one", topical_rows())

    made(tmp_path, additions=(("new text", "login"), ("New  text", "billing")))

    assert ("New  text", "billing") in pairs(tmp_path / "two")
    assert ("new text", "login") not in pairs(tmp_path / "two")


def test_versions_of_versions_keep_their_parts(tmp_path):
    prepared(tmp_path / "one", topical_rows())
    made(tmp_path, additions=(("a text nobody had", "billing"),))

    make_version(
        tmp_path / "two", tmp_path / "three", before=Choices(), choices=Choices(drops=(3,)), additions=()
    )

    assert set(held_out(tmp_path / "three")) <= set(held_out(tmp_path / "one"))
    assert len(held_out(tmp_path / "three")) >= len(held_out(tmp_path / "one")) - 1


def test_a_version_leaves_its_parent_as_it_was(tmp_path):
    prepared(tmp_path / "one", topical_rows())
    before = {path.name: path.read_bytes() for path in (tmp_path / "one").glob("*.jsonl")}

    made(tmp_path, drops=(1, 2, 3), additions=(("x y z", "billing"),))
    again(tmp_path / "two", fixes=())

    assert {path.name: path.read_bytes() for path in (tmp_path / "one").glob("*.jsonl")} == before


def test_corrections_fit_a_template_of_several_columns(tmp_path):
    rows = [[f"title {place}", text, label] for place, (text, label) in enumerate(topical_rows())]
    prepared(tmp_path / "one", rows, header=("title", "body", "label"), text="{title}\n\n{body}")

    made(
        tmp_path,
        before=Choices(text="{title}\n\n{body}"),
        text="{title}\n\n{body}",
        additions=(("just this", "billing"),),
    )

    assert ("just this", "billing") in pairs(tmp_path / "two")


def test_files_that_are_classes_take_corrections(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    paths = [folder / "up.txt", folder / "down.txt"]
    for path, word in zip(paths, ("glad", "sad"), strict=True):
        path.write_text("".join(f"{word} line number {place} of these\n" for place in range(30)))
    ingest_files([(path, path.name) for path in paths], folder, choices=Choices())

    report = made(tmp_path, additions=(("a new glad one", "up"), ("a new sad one", "down")))

    assert report.labels == {"down": 31, "up": 31}


def test_chats_take_no_corrections(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    chat = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
    source = folder / "chats.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps(chat) for _ in range(12)))
    ingest(source, folder, name="chats.jsonl", choices=Choices())

    with pytest.raises(DatasetError, match="chats"):
        made(tmp_path, additions=(("hi", "hello"),))


def test_the_completion_format_stays(tmp_path):
    before = Choices(format=ExampleFormat.COMPLETION)
    prepared(tmp_path / "one", topical_rows(), format=ExampleFormat.COMPLETION)

    report = made(tmp_path, before=before, format=ExampleFormat.COMPLETION, drops=(3,))

    assert report.format is ExampleFormat.COMPLETION

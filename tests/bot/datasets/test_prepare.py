"""The whole way of a dropped file, from the rows to the written parts."""

import orjson
import pytest

from bot.datasets import prepare
from bot.datasets.ask_format import completion_for, messages_for, prompt_for
from bot.datasets.prepare import ingest_files
from bot.domain import Choices, ExampleFormat, Task
from bot.errors import DatasetError
from tests.bot.datasets.making import (
    again,
    codes,
    csv_file,
    every_example,
    examples,
    finding,
    pairs,
    plain_rows,
    prepared,
    rejected,
)


def test_clean_file_keeps_every_row_and_is_ready(tmp_path):
    report = prepared(tmp_path, plain_rows(400))

    assert report.rows_kept == 400
    assert report.is_ready
    assert report.labels == {"no": 200, "yes": 200}
    assert [part.rows for part in report.splits] == [320, 40, 40]
    assert pairs(tmp_path) == {tuple(row) for row in plain_rows(400)}


def test_chat_lines_are_what_the_api_takes(tmp_path):
    prepared(tmp_path, plain_rows(), system="Sort it.")

    line = examples(tmp_path)[0]

    assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant"]
    assert line["messages"][0]["content"] == "Sort it."


def test_completion_lines_have_separator_space_and_stop(tmp_path):
    report = prepared(tmp_path, plain_rows(), format=ExampleFormat.COMPLETION)

    line = examples(tmp_path)[0]

    assert line["prompt"].endswith(report.separator)
    assert line["completion"] in {f" yes{report.stop}", f" no{report.stop}"}


def test_separator_is_one_that_no_text_contains(tmp_path):
    rows = [[f"{text}\n\n###\n\nmore", label] for text, label in plain_rows()]

    report = prepared(tmp_path, rows, format=ExampleFormat.COMPLETION)

    assert report.separator == "\n\n===\n\n"


def test_order_is_random_but_the_same_for_the_same_seed(tmp_path):
    rows = [[f"text number {number}", "a" if number < 100 else "b"] for number in range(200)]
    prepared(tmp_path / "one", rows)
    prepared(tmp_path / "two", rows)
    prepared(tmp_path / "other", rows, seed=7)

    one, two, other = (examples(tmp_path / name) for name in ("one", "two", "other"))

    answers = [line["messages"][-1]["content"] for line in one]
    assert one == two
    assert one != other
    assert answers != sorted(answers)


def test_rows_without_text_or_answer_are_dropped_and_explained(tmp_path):
    report = prepared(tmp_path, [*plain_rows(), [" \t", "yes"], ["something", "  "]])

    assert report.rows_kept == 40
    assert finding(report, "empty_text").lines == (42,)
    assert finding(report, "empty_label").lines == (43,)
    assert [(row["line"], row["reason"]) for row in rejected(tmp_path)] == [
        ("42", "the text is empty"),
        ("43", "the answer is empty"),
    ]


def test_duplicates_are_counted_byte_for_byte_and_trimmed(tmp_path):
    first = plain_rows()[0]
    rows = [*plain_rows(), first, [f" {first[0]}", first[1]], [first[0].upper(), first[1]]]

    report = prepared(tmp_path, rows)

    assert dict(finding(report, "duplicate_rows").counts) == {"byte_for_byte": 1, "trimmed": 2}
    assert finding(report, "normalised_duplicates").rows == 1
    assert report.rows_kept == 40


def test_a_fix_left_out_is_undone(tmp_path):
    prepared(tmp_path, [*plain_rows(), plain_rows()[0]])

    report = again(tmp_path, fixes=())

    remedy = finding(report, "duplicate_rows").remedies[0]
    assert report.rows_kept == 41
    assert (remedy.applied, remedy.rows_before, remedy.rows_after) == (False, 41, 40)


def test_conflicting_labels_show_both_lines(tmp_path):
    rows = [*plain_rows(), ["Is this it?", "yes"], ["is this  it?", "no"]]

    report = prepared(tmp_path, rows)

    conflict = finding(report, "conflicting_labels")
    assert conflict.rows == 2
    assert conflict.lines == (42, 43)
    assert "line 42" in conflict.examples[0]
    assert "line 43" in conflict.examples[0]
    assert report.rows_kept == 40


def test_majority_label_can_be_kept(tmp_path):
    rows = [*plain_rows(), ["Is this it?", "yes"], ["is this it?", "yes"], ["Is this it?", "no"]]

    prepared(tmp_path, rows, fixes=("drop_normalised_duplicates", "keep_majority"))

    assert ("Is this it?", "yes") in pairs(tmp_path)
    assert ("Is this it?", "no") not in pairs(tmp_path)


def test_label_spellings_are_merged_only_on_demand(tmp_path):
    rows = [*plain_rows(), ["one more", "Yes"], ["and one more", "YES "]]

    first = prepared(tmp_path, rows)
    second = again(tmp_path, fixes=("merge_label_variants",))

    assert finding(first, "label_variants").rows == 2
    assert set(first.labels) == {"yes", "no", "Yes", "YES"}
    assert second.labels == {"yes": 22, "no": 20}


def test_two_spellings_of_a_label_are_no_conflict(tmp_path):
    report = prepared(tmp_path, [*plain_rows(), ["same text", "Maybe"], ["same text", "maybe"]])

    assert "conflicting_labels" not in codes(report)
    assert report.rows_kept == 42


def test_cells_that_look_missing_stay_text(tmp_path):
    rows = [[f"text {number}", label] for number in range(10) for label in ("None", "N/A", "nan", "007")]

    report = prepared(tmp_path, [[f"{text} {label}", label] for text, label in rows])

    assert report.labels == {"007": 10, "N/A": 10, "None": 10, "nan": 10}


def test_single_label_and_too_few_rows_stand_in_the_way(tmp_path):
    report = prepared(tmp_path, [[f"text {number}", "same"] for number in range(9)])

    assert {"single_label", "too_few_examples"} <= codes(report)
    assert not report.is_ready


def test_files_of_two_classes_are_one_dataset(tmp_path):
    words = ["slow", "dull , and long", "a mess", "tired jokes .", "no plot to speak of"]
    bad = [f"{word} {other} film" for word in words for other in words[:4]]
    good = [f"not {line} , but {word}" for line in bad[:15] for word in ("bright", "a great joy")]
    (tmp_path / "reviews.neg").write_text("\n".join(bad))
    (tmp_path / "reviews.pos").write_text("\n".join(good))

    report = ingest_files(
        [(tmp_path / "reviews.neg", "reviews.neg"), (tmp_path / "reviews.pos", "reviews.pos")],
        tmp_path,
        choices=Choices(),
    )

    assert report.labels == {"pos": 30, "neg": 20}
    assert report.label == "file name"


def test_given_test_file_stays_the_test_part_without_its_leaks(tmp_path):
    train = csv_file(tmp_path / "train.csv", ("text", "label"), plain_rows(100))
    held_out = [["THIS IS the text of row 3", "no"], *([f"new text {n}", "yes"] for n in range(20))]
    test = csv_file(tmp_path / "test.csv", ("text", "label"), held_out)

    report = ingest_files([(train, "train.csv"), (test, "test.csv")], tmp_path, choices=Choices())

    leak = finding(report, "leakage")
    assert (leak.rows, leak.lines) == (1, (2,))
    assert report.part("test").rows == 20
    assert report.part("train").rows == 90


def test_expected_answers_of_the_test_part_can_be_asked(tmp_path):
    prepared(tmp_path, plain_rows(100), system="Sort it.")

    rows = prepare.test_rows(tmp_path, 3)

    assert len(rows) == 3
    assert rows[0][0][0] == {"role": "system", "content": "Sort it."}
    assert rows[0][1] in {"yes", "no"}


def test_report_json_is_written_beside_the_parts(tmp_path):
    prepared(tmp_path, plain_rows())

    report = orjson.loads((tmp_path / "report.json").read_bytes())

    assert report["rows_kept"] == 40
    assert report["splits"]["train"]["path"] == "train.jsonl"


def test_chosen_columns_are_honoured(tmp_path):
    rows = [[str(n), f"title {n}", f"body of {n}", "x" if n % 2 else "y"] for n in range(40)]
    header = ("id", "title", "body", "kind")

    proposed = prepared(tmp_path, rows, header)
    chosen = again(tmp_path, text="body", label="title", task=Task.GENERATION)

    assert (proposed.text, proposed.label) == ("{title}\n\n{body}", "kind")
    assert (chosen.text, chosen.label, chosen.ignored_columns) == ("{body}", "title", ("id", "kind"))
    assert len(every_example(tmp_path)) == 40


def test_unknown_column_names_the_nearest(tmp_path):
    with pytest.raises(DatasetError) as caught:
        prepared(tmp_path, plain_rows(), text="txet")

    assert "text" in caught.value.next_step


@pytest.mark.parametrize("system", ["", "Sort “it”.\nPlease."])
def test_examples_are_put_as_questions_will_be(tmp_path, system):
    prepared(tmp_path, plain_rows(), system=system)

    for line in every_example(tmp_path):
        asked = line["messages"][:-1]
        assert asked == messages_for(asked[-1]["content"], system=system)


def test_completions_are_put_as_questions_will_be(tmp_path):
    report = prepared(tmp_path, plain_rows(), format=ExampleFormat.COMPLETION)

    made = {(line["prompt"], line["completion"]) for line in every_example(tmp_path)}
    assert made == {
        (prompt_for(text, separator=report.separator), completion_for(label, stop=report.stop))
        for text, label in plain_rows()
    }


def test_records_that_could_not_be_read_come_first_in_the_rejects(tmp_path):
    source = tmp_path / "s.jsonl"
    lines = [orjson.dumps({"text": text, "label": label}) for text, label in plain_rows()]
    source.write_bytes(b"\n".join([*lines[:20], b"{broken", *lines[20:], lines[0]]))

    prepare.ingest(source, tmp_path, name="s.jsonl", choices=Choices())

    first, second = rejected(tmp_path)
    assert (first["line"], first["text"].strip()) == ("21", "{broken")
    assert second["reason"] == "repeats text and answer of line 1"


def test_tests_of_completions_are_asked_as_chats(tmp_path):
    prepared(tmp_path, plain_rows(100), format=ExampleFormat.COMPLETION)

    messages, answer = prepare.test_rows(tmp_path, 1)[0]

    assert messages[0]["role"] == "user"
    assert answer in {"yes", "no"}


def test_rows_that_nothing_is_left_of_make_an_honest_report(tmp_path):
    report = prepared(tmp_path, [["  ", "a"], ["x", ""]] * 10)

    assert (report.rows_kept, report.splits, report.lengths.longest) == (0, (), 0)
    assert not report.is_ready

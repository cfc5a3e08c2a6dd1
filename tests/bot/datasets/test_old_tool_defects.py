"""What the removed `openai tools fine_tunes.prepare_data` did wrong, each shown to be right here.

The first nine are those that were reproduced with openai 2.34.0; the others were found beside them.
"""

import csv

import orjson
import pytest

from bot.datasets.prepare import ingest
from bot.domain import Choices, ExampleFormat, Task
from tests.bot.datasets.making import (
    again,
    codes,
    every_example,
    examples,
    finding,
    pairs,
    plain_rows,
    prepared,
    rejected,
)


def test_1_common_answer_prefix_does_not_overwrite_answers(tmp_path):
    rows = [[f"text {n}", f" label: {'spam' if n % 2 else 'ham'}"] for n in range(40)]

    told = prepared(tmp_path, rows, ("prompt", "completion"))
    again(tmp_path, fixes=("remove_answer_prefix",))

    assert finding(told, "accidental_prefix").message == "All answers begin with “label:”."
    assert told.labels == {"label: ham": 20, "label: spam": 20}
    assert {answer for _, answer in pairs(tmp_path)} == {"ham", "spam"}


@pytest.mark.parametrize("label", ["None", "N/A", "null", "NA", "nan", "", "NaN", "<NA>", "#N/A", "-"])
def test_2_labels_that_look_missing_stay_labels(tmp_path, label):
    rows = [[f"text {n}", label if n % 2 else "other"] for n in range(30)]

    report = prepared(tmp_path, rows)

    assert report.rows_kept == (30 if label else 15)
    assert label == "" or report.labels == dict(sorted({label: 15, "other": 15}.items()))


def test_3_dropping_duplicates_and_long_rows_together_drops_the_right_ones(tmp_path):
    long = "word " * 3000
    rows = [plain_rows()[0], plain_rows()[0], [long, "yes"], *plain_rows()[1:], plain_rows()[3]]

    prepared(tmp_path, rows, max_tokens=1000)

    assert pairs(tmp_path) == {tuple(row) for row in plain_rows()}
    assert [row["line"] for row in rejected(tmp_path)] == ["3", "4", "44"]


def test_4_upper_case_labels_stay_upper_case(tmp_path):
    rows = [[text.upper(), label.upper()] for text, label in plain_rows()]

    prepared(tmp_path, rows)

    assert pairs(tmp_path) == {tuple(row) for row in rows}


def test_5_white_space_only_is_empty(tmp_path):
    rows = [*plain_rows(), ["\u00a0 \t", "yes"], ["text", "\u2003"]]

    report = prepared(tmp_path, rows)

    assert (finding(report, "empty_text").rows, finding(report, "empty_label").rows) == (1, 1)
    assert report.rows_kept == 40


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16", "cp1252"])
def test_6_other_encodings_and_semicolons_are_read(tmp_path, encoding):
    rows = [[f"café número {n}, señor", "sí" if n % 2 else "no"] for n in range(40)]
    source = tmp_path / "source.csv"
    with source.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream, delimiter=";").writerows([["text", "label"], *rows])

    report = ingest(source, tmp_path, name="source.csv", choices=Choices())

    assert report.rows_kept == 40
    assert pairs(tmp_path) == {tuple(row) for row in rows}


def test_6_one_line_of_jsonl_and_chats_are_read(tmp_path):
    one = tmp_path / "one.jsonl"
    one.write_bytes(orjson.dumps({"prompt": "a", "completion": "b"}))

    report = ingest(one, tmp_path, name="one.jsonl", choices=Choices())

    assert report.rows_kept == 1
    assert "too_few_examples" in codes(report)


def test_7_accidental_suffix_is_no_stop_and_no_separator(tmp_path):
    rows = [[f"the parcel {n} is here", "team" if n % 2 else "spam"] for n in range(40)]

    report = prepared(tmp_path, rows, ("prompt", "completion"), format=ExampleFormat.COMPLETION)

    assert report.stop == "\n"
    assert report.separator == "\n\n###\n\n"
    assert "accidental_suffix" in codes(report)
    assert {line["completion"] for line in every_example(tmp_path)} == {" team\n", " spam\n"}


def test_8_what_it_never_checked_is_checked(tmp_path):
    rows = [
        *[[f"text of {n}", "common"] for n in range(60)],
        ["same text", "common"],
        ["Same  text", "rare"],
        ["ann@example.com wrote", "Common"],
    ]

    report = prepared(tmp_path, rows, ("message", "kind"))

    assert {"conflicting_labels", "label_variants", "rare_label", "pii"} <= codes(report)
    assert report.label == "kind"
    assert report.tokens > 0


def test_8_parts_share_no_text_and_have_every_label(tmp_path):
    rows = [[f"text {n // 2}", "abc"[n // 2 % 3]] for n in range(120)]

    report = prepared(tmp_path, rows, fixes=())

    texts = [
        {line["messages"][0]["content"] for line in examples(tmp_path, p)}
        for p in ("train", "validation", "test")
    ]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert all(set(part.labels) == {"a", "b", "c"} for part in report.splits)


def test_9_output_is_what_can_be_trained_today(tmp_path):
    prepared(tmp_path, plain_rows())

    assert set(examples(tmp_path)[0]) == {"messages"}


def test_lines_are_the_spreadsheets_not_positions(tmp_path):
    rows = [["a text\nof two lines", "yes"], *plain_rows(), ["", "yes"]]

    report = prepared(tmp_path, rows)

    # Header, a record of two lines, forty records.
    assert finding(report, "empty_text").lines == (44,)


def test_no_column_names_are_needed(tmp_path):
    source = tmp_path / "plain.csv"
    source.write_text("".join(f"yes,the first text number {n} is long\n" for n in range(20)))
    with source.open("a") as stream:
        stream.writelines(f"no,another text number {n} is longer\n" for n in range(20))

    report = ingest(source, tmp_path, name="plain.csv", choices=Choices())

    assert report.labels == {"no": 20, "yes": 20}
    assert report.task is Task.CLASSIFICATION


def test_identical_texts_do_not_end_it(tmp_path):
    rows = [
        ["the same", f"answer number {n} is long enough to be no label at all, surely"] for n in range(20)
    ]

    report = prepared(tmp_path, rows, ("prompt", "completion"), task=Task.GENERATION)

    assert report.rows_kept == 20


def test_columns_beside_are_named_without_alarm(tmp_path):
    rows = [[text, label, "x"] for text, label in plain_rows()]

    report = prepared(tmp_path, rows, ("text", "label", "note"))

    assert report.ignored_columns == ("note",)


def test_old_marks_are_taken_off_the_texts(tmp_path):
    rows = [[f"is number {n} fine?\n\n###\n\n", f" {label}"] for n, (_, label) in enumerate(plain_rows())]

    report = prepared(tmp_path, rows, ("prompt", "completion"))

    assert ("is number 3 fine?", "no") in pairs(tmp_path)
    assert finding(report, "accidental_suffix").remedies[0].applied
    assert ("is number 3 fine?\n\n###", "no") in pairs_without_fixes(tmp_path)


def pairs_without_fixes(folder):
    again(folder, fixes=())
    return pairs(folder)


def test_all_findings_come_with_few_lines(tmp_path):
    report = prepared(tmp_path, [*plain_rows(), *plain_rows(), *plain_rows()])

    assert finding(report, "duplicate_rows").rows == 80
    assert len(finding(report, "duplicate_rows").lines) == 5

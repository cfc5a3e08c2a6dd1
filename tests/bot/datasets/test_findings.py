"""Findings about labels, sizes, lengths, affixes, splits and what a closer look shows, with what their remedies do."""

from itertools import pairwise

import numpy as np
import orjson
import pyarrow as pa
import pytest

from bot.datasets.checks.labels import spelling_key, variants_of
from bot.datasets.entities import entities_of, entity_lines
from bot.datasets.languages import language_of
from bot.datasets.near import near_duplicates
from bot.datasets.prepare import ingest_files, suspects
from bot.datasets.suspicion import suspicious_labels
from bot.datasets.words import words_of
from bot.domain import Choices, ExampleFormat, Severity, Task
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
)

TOPICS = {
    "billing": ["invoice", "charge", "refund", "payment", "card", "bank", "account", "money", "price"],
    "shipping": ["parcel", "delivery", "courier", "address", "track", "package", "arrived", "late", "box"],
    "login": ["password", "sign", "account", "reset", "code", "email", "phone", "locked", "access"],
}


def topical_rows(count=60, seed=0):
    rng = np.random.default_rng(seed)
    return [
        [f"{' '.join(rng.choice(TOPICS[topic], 6))} number {n}", topic]
        for n in range(count)
        for topic in TOPICS
    ]


def test_rare_labels_are_told_and_dropped_on_demand(tmp_path):
    rows = [*plain_rows(), ["a strange one", "maybe"]]

    told = prepared(tmp_path, rows)
    dropped = again(tmp_path, fixes=("drop_rare_labels",))

    assert finding(told, "rare_label").rows == 1
    assert (told.rows_kept, dropped.rows_kept) == (41, 40)


def test_imbalance_gives_the_score_to_beat(tmp_path):
    rows = [[f"text {n}", "ham" if n < 95 else "spam"] for n in range(100)]

    report = prepared(tmp_path, rows)

    assert report.majority_share == pytest.approx(0.95)
    assert "95%" in finding(report, "imbalance").message


def test_too_many_labels_can_be_numbered(tmp_path):
    rows = [[f"text {n}", f"label {n % 20:02}"] for n in range(60)]

    told = prepared(tmp_path, rows, task=Task.CLASSIFICATION)
    report = again(tmp_path, task=Task.CLASSIFICATION, fixes=("number_labels",))

    assert finding(told, "too_many_labels").counts == (("labels", 20),)
    assert report.answers["label 00"] == "0"
    assert report.answers["label 19"] == "19"
    assert ("text 19", "19") in pairs(tmp_path)
    assert report.labels == told.labels


def test_numeric_labels_get_advice(tmp_path):
    rows = [[f"text {n}", str(n % 3)] for n in range(40)]

    assert finding(prepared(tmp_path, rows), "numeric_labels").severity is Severity.INFO


def test_size_is_judged_by_what_is_left(tmp_path):
    assert finding(prepared(tmp_path / "a", plain_rows(9)), "too_few_examples").severity is Severity.ERROR
    assert finding(prepared(tmp_path / "b", plain_rows(40)), "too_few_examples").severity is Severity.INFO
    assert "too_few_examples" not in codes(prepared(tmp_path / "c", plain_rows(400)))


def test_nothing_is_held_out_when_training_would_starve(tmp_path):
    report = prepared(tmp_path, plain_rows(11))

    assert [part.name for part in report.splits] == ["train"]
    assert report.is_ready
    assert {f.severity for f in report.findings if f.code == "too_few_examples"} == {
        Severity.WARNING,
        Severity.INFO,
    }


def test_generation_wants_more_examples(tmp_path):
    rows = [[f"question {n}?", f"a long and winding answer number {n} that is no label"] for n in range(60)]

    assert "500" in finding(prepared(tmp_path, rows), "too_few_examples").message


def test_one_column_only_cannot_be_trained(tmp_path):
    report = prepared(tmp_path, [[f"just a text {'of more ' * (n % 5)}{n}"] for n in range(30)], ("text",))

    assert finding(report, "no_answers").severity is Severity.ERROR
    assert not report.is_ready


def test_undone_fix_of_empty_answers_stands_in_the_way(tmp_path):
    prepared(tmp_path, [*plain_rows(), ["text", ""]])

    assert not again(tmp_path, fixes=()).is_ready


def test_long_rows_are_dropped_or_cut(tmp_path):
    rows = [*plain_rows(), ["word " * 300, "yes"]]

    dropped = prepared(tmp_path, rows, max_tokens=100)
    cut = again(tmp_path, max_tokens=100, fixes=("truncate_too_long",))
    left = again(tmp_path, max_tokens=100, fixes=())

    assert finding(dropped, "too_long").lines == (42,)
    assert (dropped.rows_kept, cut.rows_kept) == (40, 41)
    assert cut.lengths.longest == 100
    assert (left.lengths.over_limit, left.lengths.longest_line) == (1, 42)


def test_lengths_have_a_histogram_of_all_rows(tmp_path):
    report = prepared(tmp_path, [["word " * (n % 37 + 1) + str(n), "ab"[n % 2]] for n in range(300)])

    bars = report.lengths.histogram
    assert sum(rows for _, _, rows in bars) == 300
    assert bars[-1][1] > report.lengths.longest
    assert all(left[1] == right[0] for left, right in pairwise(bars))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Spam", "spam ", True),
        ("card_arrival", "Card arrival", True),
        ("C++", "C#", False),
        ("1", "-1", False),
        ("yes", "no", False),
        ("ok.", "OK", True),
        ("?", "!", False),
    ],
)
def test_spellings(one, other, same):
    assert (spelling_key(one) == spelling_key(other)) is same


def test_commonest_spelling_wins():
    assert variants_of(["spam", "Spam", "SPAM", "ham"], [2, 5, 1, 9]) == {0: 1, 2: 1}


def test_given_files_may_keep_what_leaks_out_of_training(tmp_path):
    train = csv_file(tmp_path / "a.csv", ("text", "label"), plain_rows(100))
    held = csv_file(
        tmp_path / "b.csv", ("text", "label"), [*plain_rows(5), *[[f"x {n}", "no"] for n in range(9)]]
    )

    report = ingest_files(
        [(train, "a.csv")],
        tmp_path,
        choices=Choices(fixes=("move_leaks",), validation_share=0.0, test_share=0.0),
        validation=(held, "b.csv"),
    )

    assert finding(report, "leakage").counts == (("exact", 5),)
    assert (report.part("train").rows, report.part("validation").rows) == (95, 14)


def test_completion_format_says_what_it_adds(tmp_path):
    rows = [[f"{text}\n\n###\n\nmore", label] for text, label in plain_rows()]

    report = prepared(tmp_path, rows, format=ExampleFormat.COMPLETION)

    assert {"missing_separator", "separator_in_text", "label_leading_space"} <= codes(report)
    assert finding(report, "separator_in_text").rows == 40


def test_completion_tokens_are_those_of_the_lines(tmp_path):
    from bot.datasets.tokens import count_tokens

    report = prepared(tmp_path, plain_rows(60), format=ExampleFormat.COMPLETION)

    texts = [line[key] for line in examples(tmp_path) for key in ("prompt", "completion")]
    assert report.tokens == sum(count_tokens(texts))


def test_chat_tokens_are_those_of_the_lines(tmp_path):
    from bot.datasets.tokens import count_tokens

    report = prepared(
        tmp_path,
        [*plain_rows(60), ["R&amp;D", "YES"]],
        system="Sort.",
        fixes=("repair_html_entities", "merge_label_variants"),
    )

    lines = every_example(tmp_path)
    texts = [message["content"] for line in lines for message in line["messages"]]
    assert sum(part.tokens for part in report.splits) == sum(count_tokens(texts)) + len(lines) * (3 + 3 * 4)


def test_entities_are_put_in_order_of_occurrence(tmp_path):
    rows = [
        {"text": f"Ann{n} met Bob{n} in Rome", "entities": ["Rome", f"Bob{n}", f"Ann{n}"]} for n in range(30)
    ]
    source = tmp_path / "s.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, rows)))

    report = ingest_files([(source, "s.jsonl")], tmp_path, choices=Choices())

    assert report.task is Task.EXTRACTION
    assert ("Ann3 met Bob3 in Rome", "Ann3\nBob3\nRome") in pairs(tmp_path)


@pytest.mark.parametrize(
    ("answer", "entities"),
    [
        ("a; b ;a", ["a", "b"]),
        ("a, b", ["a", "b"]),
        ("a|b", ["a", "b"]),
        ("one", ["one"]),
        ("['x', 'y']", ["x", "y"]),
        ('[{"text": "x"}, {"odd": 1}]', ["x", '{"odd":1}']),
        ("[not json", ["[not json"]),
        ('{"text": "x"}', ["x"]),
        ("", []),
    ],
)
def test_entity_lists_of_many_forms(answer, entities):
    assert entities_of(answer) == entities


def test_entities_that_the_text_lacks_come_last():
    assert entity_lines("b then a", "z, a, b") == "b\na\nz"


def test_near_duplicates_are_found_and_others_not():
    base = "the quick brown fox jumps over the lazy dog near the old river bank today"
    texts = [
        base,
        base.replace("lazy", "sleepy"),
        "something else entirely that has many words in it too",
        base + " again",
        "short",
    ]

    found = near_duplicates(words_of(pa.array(texts)))

    assert found.tolist() == [[1, 0], [3, 0]] or found.tolist() == [[3, 0]]


def test_near_duplicates_are_told_with_both_lines(tmp_path):
    text = "please send me the invoice for my last order of twelve red chairs and a table"
    rows = [*plain_rows(), [text, "yes"], [text + " now", "yes"]]

    told = prepared(tmp_path, rows)
    dropped = again(tmp_path, fixes=("drop_near_duplicates",))

    assert "line 42" in finding(told, "near_duplicates").examples[0]
    assert "line 43" in finding(told, "near_duplicates").examples[0]
    assert dropped.rows_kept < told.rows_kept


def test_labels_that_look_wrong_are_found(tmp_path):
    rows = topical_rows()
    wrong = [5, 50, 100]
    for place in wrong:
        rows[place][1] = "login" if rows[place][1] != "login" else "billing"

    report = prepared(tmp_path, rows)

    assert set(finding(report, "suspicious_labels").lines) == {place + 2 for place in wrong}
    assert "says" in finding(report, "suspicious_labels").examples[0]
    assert again(tmp_path, fixes=("drop_suspicious",)).rows_kept == report.rows_kept - 3


def test_wrong_labels_can_be_put_right_one_by_one(tmp_path):
    rows = topical_rows()
    rows[5][1] = "billing"
    prepared(tmp_path, rows)

    (suspect,) = suspects(tmp_path, choices=Choices(), limit=10)
    report = again(
        tmp_path, relabels=((suspect.row, suspect.suggestion), (6, "new one"), (10_000, "nowhere"))
    )

    assert (suspect.line, suspect.file, suspect.label, suspect.suggestion) == (
        7,
        "source.csv",
        "billing",
        "login",
    )
    assert report.labels == {"login": 60, "shipping": 60, "billing": 59, "new one": 1}
    assert (suspect.text, "login") in pairs(tmp_path)
    assert "suspicious_labels" not in codes(report)


def test_nobody_is_suspected_without_classes(tmp_path):
    prepared(tmp_path, plain_rows(), task=Task.GENERATION)

    assert suspects(tmp_path, choices=Choices(task=Task.GENERATION), limit=5) == []


def test_right_labels_are_not_suspected(tmp_path):
    assert "suspicious_labels" not in codes(prepared(tmp_path, topical_rows()))


@pytest.mark.parametrize("labels", [[0] * 60, list(range(60)), [0, 1] * 10])
def test_too_little_to_learn_from_suspects_nobody(labels):
    words = words_of(pa.array([f"text number {n}" for n in range(len(labels))]))

    assert not len(suspicious_labels(words, np.array(labels, np.int32)).rows)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how can I do this with my card?", "English"),
        ("ich habe das nicht und wie ist es", "German"),
        ("je ne sais pas pour qui est une", "French"),
        ("Привет, как дела", "Cyrillic"),
        ("こんにちは、元気ですか", "Japanese"),
        ("你好吗", "Chinese"),
        ("12345", ""),
    ],
)
def test_languages(text, language):
    assert language_of(text) == language


def test_several_languages_are_told_with_shares(tmp_path):
    rows = [[f"how can I do this with my card number {n}?", "ab"[n % 2]] for n in range(40)]
    rows += [[f"ich habe das nicht und wie ist es {n}", "ab"[n % 2]] for n in range(10)]

    report = prepared(tmp_path, rows)

    assert "English 80%, German 20%" in finding(report, "language_mix").message
    assert finding(report, "language_mix").lines[0] == 42


def test_cheap_checks_alone_leave_the_closer_look_out(tmp_path):
    source = csv_file(tmp_path / "s.csv", ("text", "label"), [*topical_rows(), ["ann@example.com", "login"]])

    report = ingest_files([(source, "s.csv")], tmp_path, choices=Choices(), deep=False)

    assert "pii" not in codes(report)


def test_text_prefix_is_taken_off_on_demand(tmp_path):
    rows = [[f"Please classify this: {text}", label] for text, label in plain_rows()]

    told = prepared(tmp_path, rows)
    again(tmp_path, fixes=("remove_text_prefix",))
    taken = pairs(tmp_path)
    again(tmp_path, fixes=())

    assert not finding(told, "accidental_prefix").remedies[0].applied
    assert ("this is the text of row 3"[len("this is the text of row ") :], "no") in taken
    assert ("Please classify this: this is the text of row 3", "no") in pairs(tmp_path)

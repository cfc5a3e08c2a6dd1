"""Which columns are proposed for tables of many shapes, and which task."""

import pytest

from bot.datasets.columns import choose
from bot.datasets.files import class_names, part_of, parts_of
from bot.datasets.sample import TableSample, shape_of
from bot.datasets.split import TEST, TRAIN, VALIDATION
from bot.datasets.spool import FILE
from bot.datasets.templates import parse_template
from bot.domain import Choices, Task
from bot.errors import DatasetError

SENTENCES = [f"this is sentence number {n}, and it says something of its own" for n in range(60)]
ANSWERS = [f"an answer of several words to question {n}, which nobody else gets" for n in range(60)]
LABELS = ["refund", "shipping", "other"] * 20
IDS = [str(n + 1) for n in range(60)]
DATES = [f"2024-05-{n % 28 + 1:02d}" for n in range(60)]
STARS = [str(n % 5 + 1) for n in range(60)]


def sample(classes=1, **columns) -> TableSample:
    return TableSample(
        columns=tuple(shape_of(name, cells) for name, cells in columns.items()), classes=classes
    )


@pytest.mark.parametrize(
    ("columns", "text", "label", "task"),
    [
        ({"text": SENTENCES, "category": LABELS}, "{text}", "category", Task.CLASSIFICATION),
        ({"category": LABELS, "text": SENTENCES}, "{text}", "category", Task.CLASSIFICATION),
        ({"column_1": LABELS, "column_2": SENTENCES}, "{column_2}", "column_1", Task.CLASSIFICATION),
        (
            {"id": IDS, "date": DATES, "ticket": SENTENCES, "queue": LABELS},
            "{ticket}",
            "queue",
            Task.CLASSIFICATION,
        ),
        ({"review": SENTENCES, "stars": STARS}, "{review}", "stars", Task.CLASSIFICATION),
        ({"prompt": SENTENCES, "completion": ANSWERS}, "{prompt}", "completion", Task.GENERATION),
        ({"prompt": SENTENCES, "completion": LABELS}, "{prompt}", "completion", Task.CLASSIFICATION),
        ({"question": SENTENCES, "answer": ANSWERS}, "{question}", "answer", Task.GENERATION),
        (
            {"instruction": SENTENCES, "input": [""] * 30 + SENTENCES[:30], "output": ANSWERS},
            "{instruction}\n\n{input}",
            "output",
            Task.GENERATION,
        ),
        (
            {"subject": ANSWERS, "body": SENTENCES, "priority": LABELS},
            "{subject}\n\n{body}",
            "priority",
            Task.CLASSIFICATION,
        ),
        (
            {"context": SENTENCES, "question": ANSWERS, "answer": ANSWERS[::-1]},
            "{context}\n\n{question}",
            "answer",
            Task.GENERATION,
        ),
        ({"text": SENTENCES, "entities": ['["a", "b"]'] * 60}, "{text}", "entities", Task.EXTRACTION),
        ({"a": SENTENCES, "b": ANSWERS}, "{a}", "b", Task.GENERATION),
        ({"text": SENTENCES}, "{text}", "", Task.GENERATION),
        ({"text": SENTENCES, "label_num": STARS, "label": LABELS}, "{text}", "label", Task.CLASSIFICATION),
    ],
)
def test_proposals(columns, text, label, task):
    mapping = choose(sample(**columns), Choices())

    assert (mapping.text, mapping.label, mapping.task) == (text, label, task)


def test_files_of_classes_need_no_label_column():
    assert choose(sample(classes=2, line=SENTENCES), Choices()).label == FILE
    assert choose(sample(classes=2, text=SENTENCES, label=LABELS), Choices()).label == "label"


def test_choices_come_first():
    table = sample(text=SENTENCES, note=ANSWERS, label=LABELS)

    mapping = choose(table, Choices(text="{note}: {text}", label="label", task=Task.GENERATION))

    assert (mapping.text, mapping.label, mapping.task) == ("{note}: {text}", "label", Task.GENERATION)
    assert mapping.columns(["text", "note", "label"]) == ("note", "text", "label")


def test_an_empty_label_means_none():
    assert choose(sample(text=SENTENCES, label=LABELS), Choices(label="")).label == ""


def test_no_text_at_all_is_an_error():
    with pytest.raises(DatasetError):
        choose(sample(a=["", ""], b=["", ""]), Choices())


def test_no_chat_where_one_was_asked_for_is_an_error():
    with pytest.raises(DatasetError, match="no chats"):
        choose(sample(text=SENTENCES, label=LABELS), Choices(task=Task.CHAT))


def test_template_names_columns_and_new_lines():
    template = parse_template("{a}\\n{b}!", ["a", "b", "c"])

    assert template.columns == ("a", "b")
    assert template.literals == ("", "\n", "!")


@pytest.mark.parametrize("text", ["{nope}", "nope", "just words"])
def test_template_without_known_columns_is_an_error(text):
    with pytest.raises(DatasetError, match="no column"):
        parse_template(text, ["a", "b"])


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["rt-polarity.neg", "rt-polarity.pos"], ["neg", "pos"]),
        (["spam.txt", "ham.txt"], ["spam", "ham"]),
        (["reviews_good_2020.csv", "reviews_bad_2020.csv"], ["good", "bad"]),
        (["only.txt"], ["only"]),
        (["a.txt", "a.txt"], ["a.txt", "a.txt"]),
    ],
)
def test_classes_of_file_names(names, classes):
    assert class_names(names) == classes


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train.csv", TRAIN),
        ("banking_test.csv", TEST),
        ("data-dev.jsonl", VALIDATION),
        ("contest.csv", None),
        ("latest_tickets.csv", None),
    ],
)
def test_parts_of_file_names(name, part):
    assert part_of(name) == part


def test_a_split_needs_something_to_train_on():
    assert parts_of(["tickets.csv", "tickets_test.csv"]) == {"tickets.csv": TRAIN, "tickets_test.csv": TEST}
    assert parts_of(["a_test.csv", "b_test.csv"]) == {}
    assert parts_of(["pos.txt", "neg.txt"]) == {}

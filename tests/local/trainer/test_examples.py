"""Reading training files: what is taken, what is refused, and by which line."""

import json

import pytest

from local.trainer.errors import ExampleError
from local.trainer.examples import TextTemplate, label_rows, read_examples, require_labels, turns_of_messages
from tests.local.trainer.jobs import tickets, write_chat


def write_lines(path, values):
    path.write_text(
        "".join(value if isinstance(value, str) else json.dumps(value) + "\n" for value in values)
    )
    return path


def chat(text="hi", label="billing", **extra):
    return {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label, **extra}]}


def test_a_system_message_common_to_all_is_left_out_and_remembered(tmp_path):
    write_chat(tmp_path / "a.jsonl", tickets(12))

    examples = read_examples(tmp_path / "a.jsonl")

    assert examples.template == TextTemplate(system="Sort the ticket.")
    assert not any("Sort" in text for text in examples.texts)
    messages = [{"role": "system", "content": "Sort the ticket."}, {"role": "user", "content": "hello"}]
    assert examples.template.text_of(turns_of_messages(messages)) == "hello"


def test_system_messages_that_differ_stay_in_the_text(tmp_path):
    lines = [
        {"messages": [{"role": "system", "content": f"Tier {row % 2}"}, *chat()["messages"]]}
        for row in range(10)
    ]

    examples = read_examples(write_lines(tmp_path / "a.jsonl", lines))

    assert examples.texts[:2] == ("Tier 0\nhi", "Tier 1\nhi")


def test_prompt_and_completion_pairs_keep_their_separator(tmp_path):
    lines = [{"prompt": "where is it ->", "completion": " shipping\n"}] * 10

    examples = read_examples(write_lines(tmp_path / "a.jsonl", lines))

    assert examples.texts[0] == "where is it ->"
    assert examples.answers[0] == "shipping"


def test_weight_zero_answers_are_skipped(tmp_path):
    lines = [chat(weight=0), *[chat()] * 10]

    examples = read_examples(write_lines(tmp_path / "a.jsonl", lines))

    assert (len(examples), examples.skipped, examples.lines[0]) == (10, 1, 2)


def test_tokens_are_exact_counts_of_texts_answers_and_frames(tmp_path):
    pairs = read_examples(
        write_lines(tmp_path / "a.jsonl", [{"prompt": "hello world", "completion": "ok"}] * 10)
    )
    chats = read_examples(write_lines(tmp_path / "b.jsonl", [chat("hello world", "ok")] * 10))

    assert pairs.tokens[0] == 3
    assert chats.tokens[0] == 3 + 3 + 2 * 4


def test_parts_of_text_are_joined_and_surrogates_mended(tmp_path):
    content = [{"type": "text", "text": "a"}, {"type": "text", "text": "\ud83d\ude00\ud800"}]
    line = {"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "x"}]}

    examples = read_examples(write_lines(tmp_path / "a.jsonl", [line] * 10))

    assert examples.texts[0] == "a😀\ufffd"


def test_blank_lines_and_a_byte_order_mark_do_not_count(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join(["", *[json.dumps(chat())] * 10, ""]).encode())

    assert read_examples(path).lines[0] == 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("[1, 2]\n", "every line is a JSON dictionary. Line 3 is not a dictionary (HINT: line starts with: "),
        ("{broken\n", "Line 3 is not a dictionary"),
        ({"text": "x"}, "Unexpected file format, expected either prompt/completion pairs or chat messages."),
        ({"messages": []}, "Example 3, messages must be a list with at least one message"),
        ({"messages": [{"content": "x"}]}, "Example 3, message 1 Discriminator 'role' is missing in value"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "Example 3, message 1 has the unknown role"),
        (
            {"messages": [{"role": "user", "content": "x"}]},
            "Example 3, last message is not from the assistant",
        ),
        ({"messages": [{"role": "assistant", "content": None}]}, "Example 3, message 1 content must be text"),
        (chat(weight=2), "Example 3, message 2 weight must be 0 or 1"),
        ({**chat(), "tools": [{}]}, 'Example 3 contains an extra "tools"'),
        ({"prompt": 1, "completion": "x"}, "Example 3: prompt and completion must be strings"),
        ({"messages": [7]}, "Example 3, message 1 is not a dictionary"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_reason(tmp_path, bad, reason):
    path = write_lines(tmp_path / "a.jsonl", [chat(), chat(), bad, *[chat()] * 10])

    with pytest.raises(ExampleError) as refusal:
        read_examples(path)

    assert reason in refusal.value.message
    assert (refusal.value.line, refusal.value.code, refusal.value.param) == (
        3,
        "invalid_training_file",
        "training_file",
    )


def test_every_bad_line_is_named_before_the_file_is_refused(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", ["1\n"] * 8)

    with pytest.raises(ExampleError, match=r"Line 1 .*Line 5 .*and 3 more lines"):
        read_examples(path)


def test_bytes_that_are_not_utf8_are_refused(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"prompt": "\xff", "completion": "a"}\n')

    with pytest.raises(ExampleError, match="Line 1 is not UTF-8 text"):
        read_examples(tmp_path / "a.jsonl")


def test_mixed_formats_are_refused(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [*[chat()] * 10, {"prompt": "a", "completion": "b"}])

    with pytest.raises(ExampleError, match="Line 11 changes between"):
        read_examples(path)


def test_too_few_examples_are_refused_in_openais_words(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [chat()] * 7)

    with pytest.raises(ExampleError) as refusal:
        read_examples(path)

    assert refusal.value.code == "invalid_n_examples"
    assert refusal.value.message == "Training file has 7 example(s), but must have at least 10 examples"


def test_answers_that_are_no_labels_are_refused(tmp_path):
    free = read_examples(
        write_lines(tmp_path / "a.jsonl", [chat(label=f"Dear customer {row}") for row in range(20)])
    )
    same = read_examples(write_lines(tmp_path / "b.jsonl", [chat()] * 20))
    empty = read_examples(write_lines(tmp_path / "c.jsonl", [*[chat()] * 10, chat(label="  ")]))

    with pytest.raises(ExampleError, match="free text") as refusal:
        require_labels(free)
    assert refusal.value.code == "unsupported_training_file"
    with pytest.raises(ExampleError, match="at least two"):
        require_labels(same)
    with pytest.raises(ExampleError, match="Line 11: the answer is empty"):
        require_labels(empty)


def test_labels_of_the_parent_come_first(tmp_path):
    examples = read_examples(write_lines(tmp_path / "a.jsonl", [chat(label="new")] * 10))

    assert require_labels(examples, ("old", "older")) == ("old", "older", "new")


def test_a_label_that_training_lacks_is_refused_in_validation():
    with pytest.raises(ExampleError) as refusal:
        label_rows(["a", "b"], ["a"], lines=[1, 4], param="validation_file")

    assert (refusal.value.line, refusal.value.param) == (4, "validation_file")

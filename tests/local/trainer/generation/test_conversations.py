"""Training files for a base that writes: what is learnt of them, and what is refused by line."""

import json

import pytest

from local.trainer.errors import ExampleError
from local.trainer.generation.conversations import read_conversations


def file_of(tmp_path, *lines):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def chat(*messages):
    return {"messages": [dict(zip(("role", "content", "weight"), one, strict=False)) for one in messages]}


GOOD = chat(("user", "lamp"), ("assistant", "a lamp"))


def test_assistant_messages_are_learnt_unless_their_weight_is_0(tmp_path) -> None:
    line = chat(
        ("user", "a"),
        ("assistant", "b", 0),
        ("user", "c"),
        ("assistant", "d"),
        ("user", "e"),
        ("assistant", "f", 1),
    )

    found = read_conversations(file_of(tmp_path, line, *[GOOD] * 9))

    assert found.examples[0].learnt == (False, False, False, True, False, True)


def test_examples_without_an_answer_to_learn_are_counted(tmp_path) -> None:
    silent = chat(("user", "a"), ("assistant", "b", 0))

    found = read_conversations(file_of(tmp_path, *[GOOD] * 10, silent))

    assert (len(found.examples), found.skipped) == (10, 1)


def test_a_prompt_and_its_completion_are_a_conversation_verbatim(tmp_path) -> None:
    pair = {"prompt": "lamp\n\n###\n\n", "completion": " a lamp END"}

    found = read_conversations(file_of(tmp_path, *[pair] * 10))

    assert [turn.content for turn in found.examples[0].turns] == ["lamp\n\n###\n\n", " a lamp END"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (chat(("user", "a")), "last message is not from the assistant"),
        (chat(("user", "a"), ("assistant", "b", 2)), "message 2 weight must be 0 or 1"),
        (chat(("user", "a", 1), ("assistant", "b")), "message 1 weight must be 0 or 1"),
        (chat(("robot", "a"), ("assistant", "b")), "unknown role 'robot'"),
        (chat(("user", "a"), ("tool", "b"), ("assistant", "c")), "tool calls"),
        ({**GOOD, "tools": [{"type": "function"}]}, 'an extra "tools"'),
        ({"prompt": "a", "completion": 1}, "must be strings"),
        (chat(("user", "a"), ("assistant", "")), "the answer is empty"),
        ({"text": "a"}, "expected either prompt/completion pairs or chat messages"),
    ],
)
def test_a_line_at_fault_is_named_with_the_reason(tmp_path, line, reason) -> None:
    path = file_of(tmp_path, *[GOOD] * 11, line)

    with pytest.raises(ExampleError, match="12") as refusal:
        read_conversations(path)

    assert reason in refusal.value.message
    assert refusal.value.line == 12


def test_too_few_examples_are_refused_in_openais_words(tmp_path) -> None:
    with pytest.raises(ExampleError, match=r"has 7 example\(s\), but must have at least 10") as refusal:
        read_conversations(file_of(tmp_path, *[GOOD] * 7))

    assert refusal.value.code == "invalid_n_examples"

"""Chats: message lists of several dialects, rules of the API, conversation logs with an example for each agent's turn."""

from pathlib import Path

import orjson
import pytest

from bot.datasets import prepare
from bot.datasets.chat_schema import PROBLEMS, parse_messages, problem_of
from bot.datasets.chats import MOST_HISTORY
from bot.datasets.prepare import ingest, ingest_files
from bot.domain import Choices, ExampleFormat, Task
from bot.errors import DatasetError
from tests.bot.datasets.making import again, codes, every_example, finding, prepared, rejected


def chat(*said: str, system: str = "") -> list[dict]:
    roles = ["user", "assistant"] * len(said)
    messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
    return [{"role": "system", "content": system}, *messages] if system else messages


def jsonl(folder: Path, lines: list, **choices):
    source = folder / "chats.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    return ingest(source, folder, name="chats.jsonl", choices=Choices(**choices))


def many(count: int = 20) -> list[dict]:
    return [{"messages": chat(f"question {n}", f"answer {n}")} for n in range(count)]


def test_message_lists_go_through_as_they_are(tmp_path):
    report = jsonl(tmp_path, many())

    assert report.task is Task.CHAT
    assert report.is_ready
    assert {orjson.dumps(line) for line in every_example(tmp_path)} == {orjson.dumps(line) for line in many()}


def test_system_prompt_is_put_where_none_is(tmp_path):
    lines = [*many(), {"messages": chat("q", "a", system="Mine.")}]
    plain = jsonl(tmp_path, lines)

    report = again(tmp_path, system="Be kind.")

    systems = [line["messages"][0]["content"] for line in every_example(tmp_path)]
    assert (systems.count("Be kind."), systems.count("Mine.")) == (20, 1)
    assert sum(p.tokens for p in report.splits) == sum(p.tokens for p in plain.splits) + 20 * (4 + 3)


def test_other_dialects_become_messages(tmp_path):
    lines = [
        {"conversations": [{"from": "human", "value": f"question {n}"}, {"from": "gpt", "value": "yes"}]}
        for n in range(12)
    ]

    jsonl(tmp_path, lines)

    assert every_example(tmp_path)[0]["messages"][1] == {"role": "assistant", "content": "yes"}


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        (chat("a", "b"), ""),
        ([{"role": "alien", "content": "a"}], "a message has no role that the API knows"),
        (chat("a", ""), "a message has no content"),
        (chat("a"), "there is no message of the assistant"),
        (chat("a", "b", "c"), "the last message is not the assistant's"),
        ([{"role": "assistant", "content": "a"}], "there is no message of a user"),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 2}],
            "a weight is neither 0 nor 1, or not on a message of the assistant",
        ),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "mood": "x"}],
            "a message has a key that the API refuses",
        ),
        (
            [*chat("a", "b"), {"role": "system", "content": "s"}],
            "a system message does not stand first",
        ),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"id": "1"}]}],
            "a tool call or a tool's answer is malformed",
        ),
    ],
)
def test_rules_of_the_api(messages, problem):
    assert PROBLEMS[problem_of(messages, [])] == problem


def test_tools_must_be_listed_and_answered():
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "rain?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "no"},
        {"role": "assistant", "content": "No rain."},
    ]
    tools = [{"type": "function", "function": {"name": "weather"}}]

    assert problem_of(messages, tools) == 0
    assert PROBLEMS[problem_of(messages, [{"function": {"name": "other"}}])].startswith("a tool is called")
    assert PROBLEMS[problem_of([messages[0], messages[2], messages[3]], tools)].startswith("a tool call or")
    assert PROBLEMS[problem_of(messages, ["no tool"])].startswith("a tool call or")


def test_what_is_no_list_of_messages_is_none():
    assert parse_messages("no json") is None
    assert parse_messages('["text"]') is None
    assert parse_messages("[]") is None


def test_broken_chats_are_counted_by_reason_and_dropped(tmp_path):
    lines = [*many(), {"messages": chat("only a question")}, {"messages": chat("a", "b", "c")}]

    report = jsonl(tmp_path, lines)

    found = finding(report, "chat_schema")
    assert found.rows == 2
    assert found.lines == (21, 22)
    assert dict(found.counts)["there is no message of the assistant"] == 1
    assert len(rejected(tmp_path)) == 2
    assert not codes(report) & {"empty_text", "empty_label", "duplicate_rows"}


def test_prompt_and_completion_among_chats_are_chats(tmp_path):
    lines = [*many(), {"prompt": "what now?", "completion": "nothing"}]

    report = jsonl(tmp_path, lines)

    assert finding(report, "mixed_formats").rows == 1
    assert {"messages": chat("what now?", "nothing")} in every_example(tmp_path)


def test_tools_ride_along(tmp_path):
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]

    jsonl(tmp_path, [{**line, "tools": tools} for line in many()])

    assert every_example(tmp_path)[0]["tools"] == tools


def test_each_answer_can_be_an_example(tmp_path):
    lines = [{"messages": chat(f"q{n}", "a1", f"and {n}?", "a2", system="S")} for n in range(12)]
    whole = jsonl(tmp_path, lines)

    report = again(tmp_path, fixes=("split_turns",))

    offer = finding(whole, "many_turns").remedies[0]
    assert (whole.rows_kept, offer.rows_after, report.rows_kept) == (12, 24, 24)
    assert {len(line["messages"]) for line in every_example(tmp_path)} == {3, 5}


def test_log_gives_an_example_for_each_turn_of_the_agent(tmp_path):
    rows = []
    for number in range(12):
        rows += [
            [str(number), "customer", f"my order {number} is late"],
            [str(number), "customer", "hello?"],
            [str(number), "agent", f"let me look at {number}"],
            [str(number), "customer", "thanks"],
            [str(number), "agent", f"it comes on day {number}"],
        ]

    report = prepared(tmp_path, rows, ("ticket_id", "speaker", "message"))

    lines = [line["messages"] for line in every_example(tmp_path)]
    assert report.task is Task.CHAT
    assert report.rows_kept == 24
    assert [message["content"] for message in min(lines, key=lambda m: (len(m), m[0]["content"]))] == [
        "my order 0 is late\nhello?",
        "let me look at 0",
    ]
    assert {len(messages) for messages in lines} == {2, 4}


def test_turns_of_one_conversation_stay_in_one_part(tmp_path):
    rows = []
    for number in range(30):
        for turn in range(4):
            rows.append([str(number), "user" if turn % 2 == 0 else "bot", f"turn {turn} of talk {number}"])

    prepared(tmp_path, rows, ("session", "role", "text"), validation_share=0.2, test_share=0.2)

    seen: dict[str, set[str]] = {}
    for part in ("train", "validation", "test"):
        for line in (tmp_path / f"{part}.jsonl").read_bytes().splitlines():
            first = orjson.loads(line)["messages"][0]["content"]
            seen.setdefault(first, set()).add(part)
    assert len(seen) == 30
    assert all(len(parts) == 1 for parts in seen.values())


def test_speakers_nobody_knows_take_turns_asking_and_answering(tmp_path):
    rows = [[str(n // 2), "Ann" if n % 2 == 0 else "Bob", f"line {n}"] for n in range(40)]

    report = prepared(tmp_path, rows, ("chat_id", "speaker", "text"), task=Task.CHAT)

    assert report.rows_kept == 20
    assert every_example(tmp_path)[0]["messages"][-1]["role"] == "assistant"


def test_messages_are_mended_and_masked_inside(tmp_path):
    lines = [*many(), {"messages": chat("R&amp;D at ann@example.com?", "Q&amp;A")}]
    jsonl(tmp_path, lines)

    report = again(tmp_path, fixes=("mask_pii", "repair_html_entities"))

    assert {"messages": chat("R&D at [e-mail]?", "Q&A")} in every_example(tmp_path)
    assert finding(report, "pii").rows == 1


def test_chats_of_two_files_are_one_dataset_or_a_split(tmp_path):
    for name, start in (("train.jsonl", 0), ("test.jsonl", 100)):
        lines = [{"messages": chat(f"question {n}", f"answer {n}")} for n in range(start, start + 30)]
        (tmp_path / name).write_bytes(b"\n".join(orjson.dumps(line) for line in lines))

    report = ingest_files(
        [(tmp_path / name, name) for name in ("train.jsonl", "test.jsonl")], tmp_path, choices=Choices()
    )

    assert (report.part("train").rows, report.part("validation").rows, report.part("test").rows) == (
        27,
        3,
        30,
    )
    assert [row["file"] for row in rejected(tmp_path)] == []


def test_test_rows_of_chats_ask_with_the_history(tmp_path):
    jsonl(tmp_path, [{"messages": chat("a", f"b{n}", "c", f"d{n}", system="S")} for n in range(30)])

    messages, answer = prepare.test_rows(tmp_path, 1)[0]

    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert answer.startswith("d")


def test_chats_in_the_completion_format_are_prompts(tmp_path):
    jsonl(tmp_path, many(), format=ExampleFormat.COMPLETION)

    line = every_example(tmp_path)[0]
    assert line["prompt"].startswith("user: question ")
    assert line["completion"].startswith(" answer ")


def test_content_in_parts_and_odd_cells(tmp_path):
    parts = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": "x"}}]
    lines = [
        *many(),
        {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "a cat"}]},
        {"messages": [{"role": "user", "content": []}, {"role": "assistant", "content": "a cat"}]},
        {"messages": "hello"},
        {"messages": [{"role": "user", "content": "t?"}, {"role": "assistant", "tool_calls": "no list"}]},
    ]

    report = jsonl(tmp_path, lines)

    assert report.rows_kept == 21
    assert finding(report, "chat_schema").rows == 3


def test_log_without_any_answer_is_an_error(tmp_path):
    rows = [[str(n), "customer", f"text {n}"] for n in range(20)]

    with pytest.raises(DatasetError, match="No chat"):
        prepared(tmp_path, rows, ("ticket_id", "speaker", "message"))


def test_long_talks_keep_the_latest_messages(tmp_path):
    rows = [["7", "system", "be kind"]]
    rows += [["7", ("user", "agent")[n % 2], f"word {n}"] for n in range(240)]

    prepared(tmp_path, rows, ("session", "role", "text"))

    longest = max(every_example(tmp_path), key=lambda line: len(line["messages"]))["messages"]
    assert len(longest) == MOST_HISTORY + 1
    assert longest[0] == {"role": "system", "content": "be kind"}
    assert longest[-1]["role"] == "assistant"


def test_of_preferences_the_better_answer_is_taught(tmp_path):
    lines = [
        {
            "input": {"messages": [{"role": "user", "content": f"question {n}"}], "tools": []},
            "preferred_output": [{"role": "assistant", "content": f"good {n}"}],
            "non_preferred_output": [{"role": "assistant", "content": f"bad {n}"}],
        }
        for n in range(20)
    ]

    report = jsonl(tmp_path, lines)

    assert report.rows_kept == 20
    assert {"messages": chat("question 3", "good 3")} in every_example(tmp_path)

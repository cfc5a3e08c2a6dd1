"""Chats: message lists of several dialects, rules of the API, conversation logs with an example for each agent's turn."""

from pathlib import Path

import orjson
import pytest

from bot.datasets.chat_schema import PROBLEMS, parse_messages, problem_of
from bot.datasets.prepare import ingest
from bot.domain import Choices, Task
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

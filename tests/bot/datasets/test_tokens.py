"""Token counts agree with tiktoken 0.14.0's, whose own counts are in token_counts.json (it needs a download to run)."""

import json
from pathlib import Path

import pytest

from bot.datasets.tokens import chat_overhead, count_tokens, cut_to_tokens, system_overhead

ROWS = json.loads((Path(__file__).parent / "token_counts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("encoding", "column"), [("o200k_base", 1), ("cl100k_base", 2)])
def test_counts_are_tiktokens(encoding, column):
    assert count_tokens([row[0] for row in ROWS], encoding) == [row[column] for row in ROWS]


def test_a_lone_surrogate_spoils_no_batch():
    assert count_tokens(["hello world", "odd \ud800 one"]) == [2, count_tokens(["odd ? one"])[0]]


def test_a_text_is_cut_to_tokens():
    cut = cut_to_tokens("one two three four five six", 3)

    assert cut == "one two three"
    assert cut_to_tokens("short", 99) == "short"
    assert cut_to_tokens("some text", -1) == ""


def test_overhead_is_the_cookbooks():
    # 3 to prime the answer, 3 and a role for each message.
    assert chat_overhead(system="") == 3 + 2 * 4
    assert chat_overhead(system="hello world") == 3 + 3 * 4 + 2
    assert system_overhead("") == 0

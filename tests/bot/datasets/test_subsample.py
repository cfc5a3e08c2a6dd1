"""Portions of a training file: stratified, nested, and the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bot.datasets.subsample import rows_of_portion, write_portion
from bot.domain import ExampleFormat

SHARES = (0.125, 0.25, 0.5, 1.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    labels = ["common"] * 60 + ["rare"] * 9 + ["single"]
    lines = [
        json.dumps(
            {"messages": [{"role": "user", "content": f"text {n}"}, {"role": "assistant", "content": label}]}
        )
        for n, label in enumerate(labels)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def portion(source: Path, share: float, seed: int = 42) -> list[str]:
    target = source.with_name(f"{share}-{seed}.jsonl")
    write_portion(source, target, portion=share, seed=seed, format=ExampleFormat.CHAT)
    return target.read_text().splitlines()


def labels(lines: list[str]) -> Counter[str]:
    return Counter(json.loads(line)["messages"][-1]["content"] for line in lines)


def test_every_label_has_its_share_rounded_up(source):
    assert labels(portion(source, 0.125)) == {"common": 8, "rare": 2, "single": 1}


def test_a_smaller_portion_is_part_of_every_larger(source):
    parts = [set(portion(source, share)) for share in SHARES]

    assert all(small <= large for small, large in pairwise(parts))
    assert parts[-1] == set(source.read_text().splitlines())


def test_the_files_order_stays(source):
    whole = source.read_text().splitlines()
    part = portion(source, 0.5)

    assert part == [line for line in whole if line in set(part)]


def test_the_seed_draws(source):
    assert portion(source, 0.25) == portion(source, 0.25)
    assert portion(source, 0.25) != portion(source, 0.25, seed=7)


@pytest.mark.parametrize("share", SHARES)
def test_the_number_of_rows_is_known_beforehand(source, share):
    assert rows_of_portion({"common": 60, "rare": 9, "single": 1}, share) == len(portion(source, share))


def test_completion_lines_have_their_answer_too(tmp_path):
    source = tmp_path / "train.jsonl"
    source.write_text(
        "".join(json.dumps({"prompt": f"p{n}", "completion": f" {'ab'[n % 2]}"}) + "\n" for n in range(20))
    )

    kept = write_portion(
        source, tmp_path / "half.jsonl", portion=0.5, seed=1, format=ExampleFormat.COMPLETION
    )

    assert kept == 10

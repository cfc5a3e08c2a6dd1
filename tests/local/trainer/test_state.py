"""Saved states and progress files: whole after any interruption."""

import json

import numpy as np

from local.trainer.progress import Progress, last_line
from local.trainer.state import GENERATIONS, Saved, StateStore


def saved(number):
    return Saved(facts={"seq": number}, tensors={"w": np.full(3, number, np.float32)})


def test_the_newest_state_is_loaded_and_two_are_kept(tmp_path):
    store = StateStore(tmp_path)
    for number in range(5):
        store.save(saved(number))

    assert StateStore(tmp_path).load().facts == {"seq": 4}
    assert len(list((tmp_path / "state").iterdir())) == GENERATIONS


def test_a_damaged_state_gives_way_to_the_one_before(tmp_path):
    store = StateStore(tmp_path)
    store.save(saved(1))
    store.save(saved(2))
    newest = max((tmp_path / "state").iterdir())
    newest.write_bytes(newest.read_bytes()[:20])

    loaded = store.load()

    assert loaded.facts == {"seq": 1}
    assert loaded.tensors["w"][0] == 1


def test_there_is_no_state_at_the_start(tmp_path):
    assert StateStore(tmp_path).load() is None


def test_reopened_progress_drops_what_the_saved_state_does_not_know(tmp_path):
    first = Progress(tmp_path, clock=lambda: 1.0)
    for number in range(5):
        first.message(f"line {number}")
    first.close()
    with (tmp_path / "progress.jsonl").open("ab") as file:
        file.write(b'{"seq": 6, "torn')

    again = Progress(tmp_path, seq=3, clock=lambda: 2.0)
    again.message("anew")
    again.close()

    lines = [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert lines[-1] == {"seq": 4, "at": 2.0, "type": "message", "level": "info", "message": "anew"}


def test_the_last_whole_line_is_found(tmp_path):
    assert last_line(tmp_path) is None
    (tmp_path / "progress.jsonl").write_bytes(b'{"seq": 1}\n{"seq": 2')

    assert last_line(tmp_path) == {"seq": 1}

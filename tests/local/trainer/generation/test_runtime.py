"""Text out of bytes: whole characters, stop sequences, and never half of one shown."""

import pytest

from local.trainer.generation.plan import Shape, room_for
from local.trainer.generation.runtime import TextStream


def shown(stop, *parts):
    stream = TextStream(stop)
    return [stream.add(part, last=position == len(parts) - 1) for position, part in enumerate(parts)]


def test_a_character_is_shown_once_it_is_whole() -> None:
    euro = "€".encode()

    assert shown((), b"a", euro[:1], euro[1:], b"b") == ["a", "", "€", "b"]


def test_an_unfinished_character_at_the_end_is_replaced() -> None:
    assert shown((), b"a", "€".encode()[:2]) == ["a", "\ufffd"]


def test_nothing_from_a_stop_sequence_on_is_shown() -> None:
    stream = TextStream((" END",))

    parts = [stream.add(part) for part in (b"one", b" E", b"ND", b" more")]

    assert "".join(parts[:3]) == "one"
    assert stream.stopped


def test_what_only_looked_like_a_stop_sequence_is_shown_after_all() -> None:
    assert "".join(shown((" END", "##"), b"an", b" E", b"nding", b" #1")) == "an Ending #1"


SMALL = Shape(
    weights=135_000_000,
    tuned=5_000_000,
    layers=30,
    hidden=576,
    inner=1536,
    vocabulary=49_152,
    weight_bytes=4,
    value_bytes=4,
)


@pytest.mark.parametrize(("longest", "saves"), [(100, False), (2_000, True)])
def test_long_examples_fit_by_computing_layers_twice(longest, saves) -> None:
    room = room_for(SMALL, longest=longest, limit_mb=2_048)

    assert room.saves_memory is saves
    assert room.tokens_at_once >= min(longest, 1_024)

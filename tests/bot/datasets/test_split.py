"""Splits: nothing leaks, every label is everywhere, the same seed gives the same parts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.datasets.kernels import hashes
from bot.datasets.split import TEST, TRAIN, VALIDATION, assign_parts, joined_groups

rows_of_groups = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=1, max_size=200)
shares = st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3, 0.45])


def parts_of(rows, validation=0.1, test=0.1, seed=1):
    """Parts of (text number, label) rows."""
    groups = hashes([f"text {text}" for text, _ in rows])
    labels = np.array([label for _, label in rows], np.int32)
    return assign_parts(groups, labels, validation_share=validation, test_share=test, seed=seed)


@given(rows=rows_of_groups, validation=shares, test=shares, seed=st.integers(0, 2**70))
@settings(max_examples=150, deadline=None)
def test_no_text_is_in_two_parts(rows, validation, test, seed):
    parts = parts_of(rows, validation, test, seed)

    where: dict[int, set[int]] = {}
    for (text, _), part in zip(rows, parts.tolist(), strict=True):
        where.setdefault(text, set()).add(part)
    assert all(len(found) == 1 for found in where.values())


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12),
    validation=shares.filter(bool),
    test=shares.filter(bool),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
def test_every_label_with_three_texts_is_in_every_part(sizes, validation, test, seed):
    rows = [(number * 1000 + text, number) for number, size in enumerate(sizes) for text in range(size)]

    parts = parts_of(rows, validation, test, seed)

    labels = np.array([label for _, label in rows])
    for label, size in enumerate(sizes):
        found = set(parts[labels == label].tolist())
        assert TRAIN in found
        if size >= 3:
            assert found == {TRAIN, VALIDATION, TEST}


@given(rows=rows_of_groups, seed=st.integers(0, 1000), shuffle=st.randoms())
@settings(max_examples=60, deadline=None)
def test_same_seed_gives_same_parts_in_any_order_of_the_file(rows, seed, shuffle):
    by_text = dict(rows)
    rows = [(text, by_text[text]) for text, _ in rows]
    order = list(range(len(rows)))
    shuffle.shuffle(order)

    first = parts_of(rows, seed=seed)
    again = parts_of(rows, seed=seed)
    moved = parts_of([rows[place] for place in order], seed=seed)

    assert first.tolist() == again.tolist()
    assert moved.tolist() == first[order].tolist()


@given(sizes=st.lists(st.integers(3, 400), min_size=1, max_size=8), test=shares.filter(bool))
@settings(max_examples=60, deadline=None)
def test_shares_are_kept_over_all_and_within_each_label(sizes, test):
    rows = [(number * 1000 + text, number) for number, size in enumerate(sizes) for text in range(size)]

    parts = parts_of(rows, 0.0, test)

    labels = np.array([label for _, label in rows])
    for label, size in enumerate(sizes):
        taken = int((parts[labels == label] == TEST).sum())
        assert abs(taken - size * test) <= 1
    assert abs(int((parts == TEST).sum()) - len(rows) * test) <= len(sizes)


def test_another_seed_gives_other_parts():
    rows = [(number, 0) for number in range(200)]

    assert parts_of(rows, seed=1).tolist() != parts_of(rows, seed=2).tolist()


def test_no_rows_have_no_parts():
    assert parts_of([]).tolist() == []


def test_all_different_is_only_a_short_cut():
    rows = [(number, number % 3) for number in range(90)]
    groups = hashes([f"text {text}" for text, _ in rows])
    labels = np.array([label for _, label in rows], np.int32)

    short = assign_parts(groups, labels, validation_share=0.2, test_share=0.1, seed=3, all_different=True)

    assert short.tolist() == parts_of(rows, 0.2, 0.1, 3).tolist()


@given(pairs=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_joined_groups_hold_together_what_either_key_does(pairs):
    one, other = (np.array(column, np.uint64) for column in zip(*pairs, strict=True))

    groups = joined_groups(one, other)

    for keys in (one, other):
        for key in set(keys.tolist()):
            assert len(set(groups[keys == key].tolist())) == 1

"""The kernels say exactly what plain Python says."""

import json
import sys
import unicodedata

import numpy as np
import pyarrow as pa
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.datasets.kernels import (
    TextBytes,
    first_of_each,
    hashes,
    json_escaped,
    mixed,
    normalise,
    normalised,
    trimmed,
)

texts = st.lists(st.text(max_size=30), max_size=30)
odd_texts = st.lists(
    st.text(
        alphabet=st.sampled_from(list('aB ß\u0130ςΣ\u00a0\u2003\u2028\u1680\u0085\x1c\t\n\r\\"\x00ﬁéÉＡ①𝒜')),
        max_size=12,
    ),
    max_size=20,
)


def in_plain_python(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text.strip()).casefold().split())


def known(text: str) -> bool:
    """Whether this Python's Unicode has all the characters: Arrow's may be newer."""
    return all(unicodedata.category(character) != "Cn" for character in text)


@given(texts | odd_texts)
@settings(max_examples=200, deadline=None)
def test_normalised_is_nfkc_case_fold_and_single_spaces(values):
    values = [value for value in values if known(value)]

    made = normalised(trimmed(pa.array(values, pa.string()))).to_pylist()

    assert made == [in_plain_python(value) for value in values]


def test_every_character_is_normalised_as_python_does():
    characters = [
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) not in ("Cs", "Cn")
    ]

    made = normalised(pa.array([f"a{one}b" for one in characters])).to_pylist()

    wrong = [one for one, text in zip(characters, made, strict=True) if text != in_plain_python(f"a{one}b")]
    assert wrong == []


@given(texts | odd_texts)
@settings(max_examples=200, deadline=None)
def test_json_is_what_a_json_reader_reads_back(values):
    escaped = json_escaped(pa.array(values, pa.string())).to_pylist()

    assert [json.loads(f'"{text}"') for text in escaped] == values


@given(texts)
@settings(max_examples=50, deadline=None)
def test_trimmed_is_strip(values):
    assert trimmed(pa.array(values, pa.string())).to_pylist() == [value.strip() for value in values]


@given(texts)
@settings(max_examples=50, deadline=None)
def test_hashes_are_the_same_for_arrays_and_lists(values):
    expected = [xxhash.xxh3_64_intdigest(value.encode()) for value in values]

    assert hashes(values).tolist() == expected
    assert hashes(pa.array(values, pa.string())).tolist() == expected


@given(texts, st.integers(0, 5), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_byte_masks_tell_the_rows_of_slices_too(values, start, length):
    array = pa.array(values, pa.string()).slice(start, length)
    view = TextBytes(array)

    assert view.rows_having("a", "&").tolist() == [("a" in v or "&" in v) for v in array.to_pylist()]
    assert view.odd_rows.tolist() == [
        any(not 32 <= ord(character) < 127 for character in value) for value in array.to_pylist()
    ]


def test_mixed_depends_on_the_order():
    one, other = hashes(["a", "b"]), hashes(["b", "a"])

    assert mixed(one, other)[0] != mixed(one, other)[1]


def test_first_of_each_marks_first_appearances():
    assert first_of_each(np.array([0, 0, 1, 0, 2, 1])).tolist() == [True, False, True, False, True, False]


def test_one_text_is_normalised_like_many():
    assert normalise("  STRASSE  ﬁn ") == "strasse fin" == normalise("straße fin")

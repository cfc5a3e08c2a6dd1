"""N-gram hashing: the same numbers for the same text, whatever stands beside it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from local.trainer.ngrams import NgramConfig, hash_texts
from local.trainer.vocabulary import choose_vocabulary

CONFIG = NgramConfig()


def hashes_of(text, config=CONFIG):
    return hash_texts([text], config).hashes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_text_hashes_alike_alone_and_among_others(texts):
    together = hash_texts(texts, CONFIG)

    for row, text in enumerate(texts):
        start, stop = together.starts[row], together.starts[row + 1]
        assert np.array_equal(together.hashes[start:stop], hashes_of(text))


def test_words_and_pairs_are_counted():
    only_words = NgramConfig(character_orders=())

    assert len(hashes_of("red cat red", only_words)) == 4  # red, cat, red cat, cat red
    assert hash_texts(["red cat red"], only_words).counts.max() == 2


def test_case_and_spacing_do_not_matter():
    assert np.array_equal(hashes_of("Where  is\nmy CARD"), hashes_of("where is my card"))


def test_word_order_matters():
    assert not np.array_equal(hashes_of("dog bites man"), hashes_of("man bites dog"))


def test_signs_and_scripts_without_spaces_have_ngrams():
    assert len(hashes_of("£!")) > 2
    assert len(hashes_of("退款請求")) > 5


def test_lone_surrogates_and_empty_texts_are_let_through():
    assert len(hash_texts(["\ud800", "", "  "], CONFIG).starts) == 4


def test_another_seed_gives_other_numbers():
    assert not np.intersect1d(hashes_of("refund"), hashes_of("refund", NgramConfig(seed=2))).size


def test_rows_have_length_one_and_unknown_texts_are_empty():
    hashed = hash_texts(["pay the bill", "pay the rent"], CONFIG)
    vocabulary = choose_vocabulary(hashed)

    rows = vocabulary.weighted(hash_texts(["pay the bill", "øøø"], CONFIG))

    assert np.isclose(np.square(rows.values[: rows.starts[1]]).sum(), 1)
    assert rows.starts[2] == rows.starts[1]


def test_vocabulary_keeps_the_commonest_within_its_bound():
    hashed = hash_texts(["aa bb", "aa cc", "aa dd"], NgramConfig(character_orders=(), word_orders=(1,)))

    vocabulary = choose_vocabulary(hashed, max_features=1)

    assert len(vocabulary) == 1
    assert (
        vocabulary.hashes[0] in hash_texts(["aa"], NgramConfig(character_orders=(), word_orders=(1,))).hashes
    )

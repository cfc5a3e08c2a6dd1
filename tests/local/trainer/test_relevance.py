"""How much n-grams say about labels, counted on the rows that may be known."""

import numpy as np
import pytest

from local.trainer.inputs import NgramInputs
from local.trainer.ngrams import NgramConfig, hash_texts
from local.trainer.relevance import label_relevance
from local.trainer.vocabulary import choose_vocabulary

WORDS = NgramConfig(character_orders=(), word_orders=(1,))
TEXTS = ["the good film", "the good song", "the bad film", "the bad song"] * 5
TARGETS = np.array([1, 1, 0, 0] * 5)


@pytest.fixture
def factor_of():
    hashed = hash_texts(TEXTS, WORDS)
    vocabulary = choose_vocabulary(hashed)
    inputs = NgramInputs(hashed, vocabulary)

    def factors(rows, targets):
        found = label_relevance(inputs, rows, targets, labels=2, features=len(vocabulary))
        return lambda word: found[np.searchsorted(vocabulary.hashes, hash_texts([word], WORDS).hashes[0])]

    return factors


def test_words_of_one_label_outweigh_words_of_all(factor_of):
    factor = factor_of(np.arange(20), TARGETS)

    assert factor("good") == pytest.approx(factor("bad"))
    assert factor("good") > 5 * factor("film")
    assert factor("film") == pytest.approx(factor("the"), abs=0.05)


def test_rows_left_out_say_nothing(factor_of):
    rows = np.flatnonzero(np.arange(20) % 4 != 3)
    turned = TARGETS.copy()
    turned[np.arange(20) % 4 == 3] = 1

    assert factor_of(rows, TARGETS[rows])("song") == factor_of(rows, turned[rows])("song")


def test_a_label_without_rows_is_let_be(factor_of):
    factor = factor_of(np.arange(4), np.array([1, 1, 1, 1]))

    assert np.isfinite(factor("good"))

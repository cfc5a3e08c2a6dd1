"""Softmax heads: right derivatives, learning, and going on from a saved state."""

import numpy as np

from local.trainer.arrays import softmax
from local.trainer.heads import NgramHead, VectorHead, loss_gradient
from local.trainer.ngrams import NgramConfig, SparseRows, hash_texts
from local.trainer.vocabulary import choose_vocabulary
from tests.local.trainer.jobs import tickets

ONES = np.ones(90, np.float32)


def sparse_tickets():
    rows = tickets(90)
    labels = sorted({label for _, label in rows})
    hashed = hash_texts([text for text, _ in rows], NgramConfig())
    vocabulary = choose_vocabulary(hashed)
    targets = np.array([labels.index(label) for _, label in rows])
    return vocabulary.weighted(hashed), targets, NgramHead(len(vocabulary), 3)


def test_loss_gradient_agrees_with_differences():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 4))
    targets, weights = np.array([0, 3, 1]), np.array([1.0, 2.0, 0.5])

    def loss(values):
        shifted = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
        return -(weights * shifted[np.arange(3), targets]).sum() / weights.sum()

    gradient = loss_gradient(logits, targets, weights)

    for place in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[place] = 1e-5
        assert np.isclose(gradient[place], (loss(logits + step) - loss(logits - step)) / 2e-5, atol=1e-6)


def test_ngram_head_learns_tickets():
    rows, targets, head = sparse_tickets()

    for _ in range(20):
        head.train(rows, targets, ONES, 1.0)

    assert (head.logits(rows).argmax(axis=1) == targets).all()


def test_vector_head_learns_and_goes_on_bit_for_bit():
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(90, 8)).astype(np.float32), rng.integers(0, 3, 90)
    whole, first, second = VectorHead(8, 3), VectorHead(8, 3), VectorHead(8, 3)

    for _ in range(10):
        whole.train(inputs, targets, ONES, 1.0)
    for _ in range(4):
        first.train(inputs, targets, ONES, 1.0)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for _ in range(6):
        second.train(inputs, targets, ONES, 1.0)

    assert np.array_equal(whole.weights()["weight"], second.weights()["weight"])
    assert np.array_equal(whole.weights()["bias"], second.weights()["bias"])


def test_the_heavier_of_two_contradicting_examples_wins():
    same, targets = np.ones((2, 4), np.float32), np.array([0, 1])
    head = VectorHead(4, 2)

    for _ in range(50):
        head.train(same, targets, np.array([1, 3], np.float32), 10.0)

    assert np.allclose(softmax(head.logits(same))[0], [0.25, 0.75], atol=0.05)


def test_relevance_in_the_head_is_relevance_in_the_vocabulary():
    rows, targets, plain = sparse_tickets()
    factors = np.linspace(0.2, 3, len(plain.weights()["weight"])).astype(np.float32)
    head = NgramHead(len(factors), 3, relevance=factors)
    head.train(rows, targets, ONES, 1.0)

    values = rows.values * factors[rows.columns]
    owners = np.repeat(np.arange(len(rows)), np.diff(rows.starts))
    values /= np.sqrt(np.bincount(owners, values**2))[owners]
    scaled = SparseRows(starts=rows.starts, columns=rows.columns, values=values.astype(np.float32))
    plain.restore(head.state())

    assert np.allclose(head.logits(rows), plain.logits(scaled), atol=1e-5)

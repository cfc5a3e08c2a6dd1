"""The trainable encoder: the same vectors as onnxruntime, right derivatives, and steps that can be resumed."""

import numpy as np
import pytest

from local.trainer.differentiable import packing
from local.trainer.encoder import HIDDEN, Encoder
from local.trainer.errors import WeightsError
from local.trainer.onnxweights import encoder_weights
from local.trainer.transformer import HEADS, backward, forward, layer_count, vectors
from local.trainer.tuned import TunedHead, base_weights, classify, halves, packed_ids
from local.trainer.weights import encoder_file
from local.trainer.wordpieces import token_ids
from tests.local.trainer.jobs import tickets

TEXTS = ["Where is my card?", "hi", "a charming, long-winded piece of nothing much at all"]


def small_network(width=24, wide=32, words=20, layers=2):
    """Random weights in float64, so that differences are exact enough."""
    rng = np.random.default_rng(5)
    shapes = {"words": (words, width), "positions": (8, width), "kinds": (2, width)}
    shapes |= {"norm.weight": (width,), "norm.bias": (width,)}
    for layer in range(layers):
        parts = {
            "qkv": (width, 3 * width),
            "attended": (width, width),
            "widen": (width, wide),
            "narrow": (wide, width),
        }
        for name, shape in parts.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[1:]}
        for name in ("norm1", "norm2"):
            shapes |= {f"{layer}.{name}.weight": (width,), f"{layer}.{name}.bias": (width,)}
    return {name: rng.normal(size=shape) * 0.5 for name, shape in shapes.items()}


def test_vectors_are_those_of_onnxruntime():
    ids, packed = packed_ids(token_ids(TEXTS))

    ours = vectors(base_weights(), ids, packed)

    theirs = Encoder(threads=1).encode(TEXTS).vectors[:, -HIDDEN:].astype(np.float32)
    # Theirs come of activations rounded to 8 bits, and are rounded to float16.
    likeness = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert likeness.min() > 0.99
    assert layer_count(base_weights()) == 6


@pytest.mark.parametrize("name", ["norm.weight", "positions", "0.qkv.weight", "0.qkv.bias", "0.attended.weight",
                                  "0.norm1.bias", "1.widen.weight", "1.widen.bias", "0.narrow.weight", "1.norm2.weight"])  # fmt: skip
def test_derivatives_agree_with_finite_differences(name):
    network = small_network()
    packed = packing(np.array([3, 5, 1]))
    rng = np.random.default_rng(6)
    ids, pull = rng.integers(0, 20, 9), rng.normal(size=(3, 24))
    _, kept = forward(network, ids, packed, None)
    gradient = backward(network, pull, kept)[name]

    for place in [tuple(rng.integers(0, size) for size in gradient.shape) for _ in range(6)]:
        ends = []
        for step in (1e-5, -1e-5):
            moved = {**network, name: network[name].copy()}
            moved[name][place] += step
            ends.append((vectors(moved, ids, packed) * pull).sum())
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-3, abs=1e-5)


def test_a_texts_vector_does_not_depend_on_its_neighbours():
    ids = token_ids(TEXTS)
    together = vectors(base_weights(), *packed_ids(ids))

    alone = [vectors(base_weights(), *packed_ids([row]))[0] for row in ids]

    assert np.allclose(together, alone, atol=1e-4)


def test_halves_cover_the_batch_with_even_work():
    texts = [[1] * length for length in (9, 1, 8, 2, 7)]

    groups = halves(texts)

    assert sorted(row for group in groups for row in group) == [0, 1, 2, 3, 4]
    assert abs(sum(len(texts[row]) for row in groups[0]) - sum(len(texts[row]) for row in groups[1])) < 10
    assert halves([[1]]) == [[0]]


def test_tuning_learns_and_goes_on_bit_for_bit_with_any_threads():
    rows = tickets(6)
    ids, targets = token_ids([text for text, _ in rows]), np.arange(6) % 3
    ones = np.ones(6, np.float32)
    whole, first, second = (TunedHead(3, seed=1, threads=count) for count in (1, 2, 2))

    losses = [whole.train(ids, targets, ones, 1.0) for _ in range(4)]
    for _ in range(2):
        first.train(ids, targets, ones, 1.0)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for _ in range(2):
        second.train(ids, targets, ones, 1.0)

    assert losses[-1][np.arange(6), targets].mean() > losses[0][np.arange(6), targets].mean()
    for name, array in whole.weights().items():
        assert np.array_equal(array, second.weights()[name]), name
    network = {**base_weights(), **whole.weights()}
    assert np.array_equal(classify(network, ids), whole.logits(ids))


def test_another_model_file_is_refused():
    with pytest.raises(WeightsError, match="matrices"):
        encoder_weights(encoder_file().read_bytes()[:0])


def test_width_divides_among_heads():
    assert base_weights()["words"].shape[1] % HEADS == 0

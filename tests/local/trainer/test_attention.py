import numpy as np
import pytest

from local.trainer import attention
from local.trainer.arrays import log_softmax
from local.trainer.attention import Attended, AttentionHead, attention_logits
from local.trainer.tokenstates import LARGEST, STEPS, TokenStates, mixed_states, packed_states

WIDTH, VECTOR = 16, 4
ONES = np.ones(90, np.float32)


def word_order():
    """Texts in which a mark stands on one of two kinds of words; the kinds themselves are in every text, so the mean
    of a text's tokens says nothing."""
    rng = np.random.default_rng(2)
    words = rng.integers(-60, 60, (2, WIDTH)).astype(np.int8)
    texts, targets = [], []
    for _ in range(90):
        target = int(rng.integers(2))
        tokens = np.stack([words[0], words[1], *rng.integers(-20, 20, (int(rng.integers(0, 4)), WIDTH))])
        marked = tokens.astype(np.int8)
        marked[:, 0] = 0
        marked[target, 0] = 100
        texts.append(marked[rng.permutation(len(marked))])
        targets.append(target)
    return Attended(packed_states(texts), np.ones((90, VECTOR), np.float32)), np.array(targets)


def test_it_learns_which_word_a_mark_is_on_and_goes_on_bit_for_bit():
    inputs, targets = word_order()
    whole, first, second = (AttentionHead(WIDTH, VECTOR, 2, seed=3) for _ in range(3))

    for _ in range(300):
        whole.train(inputs, targets, ONES, 1.0)
    for _ in range(100):
        first.train(inputs, targets, ONES, 1.0)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for _ in range(200):
        second.train(inputs, targets, ONES, 1.0)

    assert (whole.logits(inputs).argmax(axis=1) == targets).mean() > 0.95
    for name, array in whole.weights().items():
        assert np.array_equal(array, second.weights()[name]), name
    assert np.array_equal(attention_logits(whole.weights(), inputs), whole.logits(inputs))


def test_its_derivatives_are_those_of_its_loss(monkeypatch):
    monkeypatch.setattr(attention, "DROPPED_INPUTS", 0.0)
    monkeypatch.setattr(attention, "DROPPED_UNITS", 0.0)
    inputs, targets = word_order()
    head = AttentionHead(WIDTH, VECTOR, 2, seed=3)
    for _ in range(20):
        head.train(inputs, targets, ONES, 1.0)
    weights = {name: array.astype(np.float64) for name, array in head.weights().items()}
    shares = np.linspace(1, 3, 90, dtype=np.float32)
    shares /= shares.sum()
    _, gradients = head._gradients(inputs, targets, shares, 0)

    def loss(changed):
        scores = log_softmax(attention._forward(changed, *_numbers(inputs)).logits)
        return -(scores[np.arange(90), targets] * shares).sum()

    rng = np.random.default_rng(4)
    for name, gradient in gradients.items():
        place = np.unravel_index(rng.integers(gradient.size), gradient.shape)
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape) if not gradient[place] else place
        more, less = ({key: value.copy() for key, value in weights.items()} for _ in range(2))
        more[name][place] += 1e-5
        less[name][place] -= 1e-5
        assert (loss(more) - loss(less)) / 2e-5 == pytest.approx(gradient[place], rel=2e-3, abs=1e-6), name


def _numbers(inputs):
    return inputs.states.floats().astype(np.float64), inputs.vectors.astype(np.float64), inputs.states.starts


def test_runs_of_tokens_hold_each_text_once_and_change_no_score(monkeypatch):
    inputs, targets = word_order()
    head = AttentionHead(WIDTH, VECTOR, 2, seed=3)
    head.train(inputs, targets, ONES, 1.0)
    whole = head.logits(inputs)

    monkeypatch.setattr(attention, "TOKENS_PER_RUN", 3)
    runs = list(inputs.runs())

    assert [row for run in runs for row in range(run.start, run.stop)] == list(range(90))
    assert max(len(inputs.between(run).states.values) for run in runs) <= 5
    assert np.allclose(head.logits(inputs), whole, atol=1e-5)
    assert head.logits(Attended(packed_states([]), np.empty((0, VECTOR), np.float32))).shape == (0, 2)


def test_states_are_steps_of_a_sum_and_cut_at_the_largest():
    layers = [np.array([[0.6, -0.6, 1e6]]), np.zeros((1, 3)), np.zeros((1, 3))]

    states = mixed_states([layer.astype(np.float32) for layer in layers])

    assert states.tolist() == [[round(STEPS / 3**0.5), -round(STEPS / 3**0.5), LARGEST]]
    read = TokenStates(values=states, starts=np.array([0, 1])).floats()
    assert read[0, 0] == pytest.approx(1 / 3**0.5, abs=1 / STEPS / 2)

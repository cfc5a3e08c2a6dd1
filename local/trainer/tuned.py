"""The head that tunes the whole encoder: every layer forward and backward, AdamW, on two halves of a batch at once."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from local.trainer.arrays import Floats, Rows, Tensors
from local.trainer.differentiable import Packing, packing
from local.trainer.dropout import Dropout
from local.trainer.heads import ADAM_FIRST, ADAM_SECOND, EPSILON, loss_gradient
from local.trainer.onnxweights import encoder_weights
from local.trainer.transformer import backward, forward, vectors
from local.trainer.weights import encoder_file

ENCODER_RATE = 1e-4
CLASSIFIER_RATE = 2e-3
DECAY = np.float32(0.01)
DROPOUT = 0.1
WARMUP_STEPS = 50
MAX_GRADIENT = 1.0
HALVES = 2
TOKENS_SCORED = 2_048
FROZEN = frozenset({"words", "kinds"})
CLASSIFIER = "classifier."

TokenIds = Sequence[Sequence[int]]


@lru_cache(maxsize=1)
def base_weights() -> dict[str, Floats]:
    """The base encoder's weights (90 MB), read once a process. Raises WeightsError."""
    return encoder_weights(encoder_file().read_bytes())


def packed_ids(texts: TokenIds) -> tuple[Rows, Packing]:
    """The token ids one after the other, and where each text's are."""
    lengths = np.array([len(ids) for ids in texts], dtype=np.int64)
    return np.concatenate([np.asarray(ids, dtype=np.int64) for ids in texts]), packing(lengths)


def halves(texts: TokenIds) -> list[list[int]]:
    """Positions of the texts in HALVES groups of about as many tokens; fewer groups where there are fewer texts.

    The groups follow from the texts alone, and their derivatives are added in order: as many threads as there are,
    the sums have the same bits.
    """
    order = sorted(range(len(texts)), key=lambda position: (-len(texts[position]), position))
    groups = [sorted(order[start::HALVES]) for start in range(HALVES)]
    return [group for group in groups if group]


def first_weights(labels: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The base's weights that stay as they are, and copies of those to be tuned with a softmax of zeros."""
    base = base_weights()
    width = base["words"].shape[1]
    trained = {name: np.array(value) for name, value in base.items() if name not in FROZEN}
    trained[f"{CLASSIFIER}weight"] = np.zeros((width, labels), np.float32)
    trained[f"{CLASSIFIER}bias"] = np.zeros(labels, np.float32)
    return {name: base[name] for name in FROZEN}, trained


def rate_of(name: str) -> float:
    """The full learning rate of a weight."""
    return CLASSIFIER_RATE if name.startswith(CLASSIFIER) else ENCODER_RATE


def decays(name: str, dimensions: int) -> bool:
    """Whether weight decay is for this weight: for matrices alone."""
    return name.endswith(".weight") and dimensions == 2


class TunedHead:
    """The encoder and a softmax over its mean-pooled last layer, in numpy; the word vectors stay as they are."""

    def __init__(self, labels: int, *, seed: int, threads: int) -> None:
        self._frozen, self._weights = first_weights(labels)
        self._means = {name: np.zeros_like(value) for name, value in self._weights.items()}
        self._squares = {name: np.zeros_like(value) for name, value in self._weights.items()}
        self._steps = 0
        self._seed = seed
        self._pool = ThreadPoolExecutor(max_workers=max(1, min(threads, HALVES)))

    def _network(self) -> dict[str, Floats]:
        return {**self._frozen, **self._weights}

    def logits(self, inputs: TokenIds) -> Floats:
        """Scores of texts, in runs of about TOKENS_SCORED tokens."""
        return classify(self._network(), inputs)

    def train(self, inputs: TokenIds, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One AdamW step; the logits (with dropout) from before it."""
        shares = example_weights / example_weights.sum(dtype=np.float32)
        groups = halves(inputs)
        tasks = [
            self._pool.submit(
                self._half,
                [inputs[row] for row in group],
                targets[group],
                shares[group],
                [self._steps, place],
            )
            for place, group in enumerate(groups)
        ]
        logits: Floats = np.empty((len(inputs), len(self._weights[f"{CLASSIFIER}bias"])), np.float32)
        total: dict[str, Floats] = {}
        for group, task in zip(groups, tasks, strict=True):
            logits[group], gradients = task.result()
            for name, gradient in gradients.items():
                if name in total:
                    total[name] += gradient
                else:
                    total[name] = gradient
        self._step(total, rate)
        return logits

    def _half(
        self, inputs: TokenIds, targets: Rows, shares: Floats, salt: list[int]
    ) -> tuple[Floats, dict[str, Floats]]:
        network = self._network()
        ids, packed = packed_ids(inputs)
        pooled, kept = forward(network, ids, packed, Dropout(DROPOUT, [self._seed, *salt]))
        drop = Dropout(DROPOUT, [self._seed, *salt, 1]).mask(pooled.shape)
        read = pooled * drop
        weight = network[f"{CLASSIFIER}weight"]
        logits: Floats = np.add(read @ weight, network[f"{CLASSIFIER}bias"], dtype=np.float32)
        by_logits = loss_gradient(logits, targets, shares) * shares.sum(dtype=np.float32)
        gradients = backward(network, (by_logits @ weight.T) * drop, kept)
        gradients[f"{CLASSIFIER}weight"] = read.T @ by_logits
        gradients[f"{CLASSIFIER}bias"] = by_logits.sum(axis=0)
        return logits, gradients

    def _step(self, gradients: dict[str, Floats], rate: float) -> None:
        self._steps += 1
        length = math.sqrt(sum(float(np.vdot(gradient, gradient)) for gradient in gradients.values()))
        clip = np.float32(min(1.0, MAX_GRADIENT / (length + 1e-6)))
        first, second = float(ADAM_FIRST) ** self._steps, float(ADAM_SECOND) ** self._steps
        warm = min(1.0, self._steps / WARMUP_STEPS)
        for name, gradient in gradients.items():
            gradient *= clip
            mean, square, weight = self._means[name], self._squares[name], self._weights[name]
            mean += (1 - ADAM_FIRST) * (gradient - mean)
            gradient *= gradient
            square += (1 - ADAM_SECOND) * (gradient - square)
            move = mean / (np.sqrt(square) * np.float32((1 - second) ** -0.5) + EPSILON)
            if decays(name, weight.ndim):
                move += DECAY * weight
            weight -= np.float32(rate * rate_of(name) * warm / (1 - first)) * move

    def weights(self) -> Tensors:
        """Everything tuned, and the classifier; the word vectors are the base's."""
        return dict(self._weights)

    def state(self) -> Tensors:
        """Weights, moments and the number of steps."""
        moments = {f"mean/{name}": value for name, value in self._means.items()}
        squares = {f"square/{name}": value for name, value in self._squares.items()}
        return {**self._weights, **moments, **squares, "steps": np.array([self._steps], dtype=np.int64)}

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        self._steps = int(state["steps"][0])
        for name in self._weights:
            self._weights[name] = np.array(state[name], dtype=np.float32)
            self._means[name] = np.array(state[f"mean/{name}"], dtype=np.float32)
            self._squares[name] = np.array(state[f"square/{name}"], dtype=np.float32)


def runs(texts: TokenIds) -> Iterator[list[int]]:
    """Positions of the texts in runs of about TOKENS_SCORED tokens, shortest texts first."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    start = 0
    while start < len(order):
        stop, tokens = start, 0
        while stop < len(order) and (stop == start or tokens + len(texts[order[stop]]) <= TOKENS_SCORED):
            tokens += len(texts[order[stop]])
            stop += 1
        yield order[start:stop]
        start = stop


def classify(network: dict[str, Floats], inputs: TokenIds) -> Floats:
    """Scores of texts by a tuned network, without dropout, [texts, labels]; shortest texts run first."""
    scores: Floats = np.empty((len(inputs), len(network[f"{CLASSIFIER}bias"])), np.float32)
    for chosen in runs(inputs):
        ids, packed = packed_ids([inputs[row] for row in chosen])
        pooled = vectors(network, ids, packed)
        scores[chosen] = pooled @ network[f"{CLASSIFIER}weight"] + network[f"{CLASSIFIER}bias"]
    return scores

"""Read texts with the frozen encoder: four layers, each mean-pooled over the text's own tokens, and the tokens' states.

Texts of equal token count run together and never with padding, each run in one thread. A vector then depends on its
text alone (measured: the same bits for any batch size and any number of threads), so an interrupted job, a cached
vector and a prediction all agree.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import onnxruntime

from local.trainer.arrays import Floats, Halves, Rows
from local.trainer.encodergraph import SUMMED, encoder_graph, layer_output
from local.trainer.onnxweights import LAYERS, PackedEncoder, packed_encoder
from local.trainer.tokenstates import STATE_LAYERS, Bytes8, mixed_states
from local.trainer.weights import encoder_file
from local.trainer.wordpieces import token_ids

HIDDEN = 384
POOLED_LAYERS = (0, 2, 4, 6)
WIDTH = HIDDEN * len(POOLED_LAYERS)
TOKENS_PER_RUN = 128
"""Longer runs gain little (2 % at 512) and keep callers waiting for a thread."""
ARITHMETIC = "int8-tokens, states 2+4+6"
"""Part of the key under which encoded texts are cached; another way of computing them needs another word."""


@dataclass(frozen=True)
class Encoded:
    """What the encoder makes of texts: `vectors` float16 [texts, WIDTH], and one int8 array [tokens, HIDDEN] a text."""

    vectors: Halves
    states: list[Bytes8]


def encoder_session(packed: PackedEncoder, outputs: tuple[int, ...]) -> onnxruntime.InferenceSession:
    """A session for the token states after the given layers, which works in its caller's thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps its high-water mark for ever; without it a job's memory follows its batches.
    options.enable_cpu_mem_arena = False
    graph = encoder_graph(packed.matrices, packed.plain, layers=LAYERS, outputs=outputs)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class Encoder:
    """The encoder's session and the threads that use it; safe to call from several threads."""

    def __init__(self, *, threads: int = 2) -> None:
        """Load and check the weights. Raises WeightsError."""
        packed = packed_encoder(encoder_file().read_bytes())
        self._words = packed.words
        self._beside = packed.positions.values * packed.positions.scales + packed.plain["kinds"][0]
        self._outputs = [layer_output(count) for count in POOLED_LAYERS]
        self._session = encoder_session(packed, POOLED_LAYERS)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encode")

    def encode(self, texts: Sequence[str], *, between: Callable[[], None] | None = None) -> Encoded:
        """One vector a text and one state a token; `between` is called every few runs and may raise."""
        ids = token_ids(texts)
        vectors = np.empty((len(texts), WIDTH), dtype=np.float16)
        states: list[Bytes8] = [np.empty((0, HIDDEN), np.int8)] * len(texts)

        def run(rows: Rows) -> None:
            vectors[rows], mixed = self._run(np.array([ids[row] for row in rows], dtype=np.int64))
            for place, row in enumerate(rows):
                states[row] = mixed[place]

        runs = runs_of([len(row) for row in ids])
        for start in range(0, len(runs), 2 * self._threads):
            if between is not None:
                between()
            some = runs[start : start + 2 * self._threads]
            # A single run stays in this thread: handing it over takes longer than it may save.
            list(self._pool.map(run, some) if len(some) > 1 else map(run, some))
        return Encoded(vectors, states)

    def _run(self, ids: Rows) -> tuple[Floats, Bytes8]:
        """Of texts of one length: vectors [texts, WIDTH], and states [texts, tokens, HIDDEN]."""
        states = self._words.values[ids] * self._words.scales[ids] + self._beside[: ids.shape[1]]
        layers = self._session.run(self._outputs, {SUMMED: states})
        pooled: Floats = np.concatenate([layer.mean(axis=1) for layer in layers], axis=1)
        return pooled, mixed_states([layers[POOLED_LAYERS.index(layer)] for layer in STATE_LAYERS])


def runs_of(lengths: Sequence[int]) -> list[Rows]:
    """The texts' positions in groups of equal token count, about TOKENS_PER_RUN tokens each, the longest first."""
    counts = np.array(lengths, dtype=np.int64)
    runs = []
    for length in np.unique(counts)[::-1]:
        rows = np.flatnonzero(counts == length)
        size = max(1, TOKENS_PER_RUN // max(1, int(length)))
        runs += [rows[start : start + size] for start in range(0, len(rows), size)]
    return runs


def head_inputs(vectors: Halves, *, first_layer: int = 0) -> Floats:
    """Vectors as a softmax head reads them: the layers from `first_layer` on, each scaled to the length sqrt(HIDDEN)."""
    layers = vectors.reshape(len(vectors), len(POOLED_LAYERS), HIDDEN)[:, first_layer:].astype(np.float32)
    lengths = np.sqrt(np.square(layers).sum(axis=2, keepdims=True)) + np.float32(1e-9)
    scaled: Floats = layers / lengths * np.float32(np.sqrt(HIDDEN))
    return scaled.reshape(len(vectors), -1)


@lru_cache(maxsize=1)
def shared_encoder(threads: int = 2) -> Encoder:
    """The one encoder of this process (about 75 MB once used)."""
    return Encoder(threads=threads)

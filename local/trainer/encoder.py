"""Turn texts into vectors with the frozen encoder: four layers, each mean-pooled over the text's own tokens.

Texts of equal token count run together and never with padding. A vector then depends on its text alone (measured:
the same bits for any batch size), so an interrupted job, a cached vector and a prediction all agree.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import onnxruntime

from local.trainer.arrays import Floats, Halves
from local.trainer.onnxfile import with_outputs
from local.trainer.weights import encoder_file
from local.trainer.wordpieces import token_ids

HIDDEN = 384
LAYER_OUTPUTS = ("layer_norm", "layer_norm_4", "layer_norm_8", "last_hidden_state")
WIDTH = HIDDEN * len(LAYER_OUTPUTS)
TOKENS_PER_RUN = 512


class Encoder:
    """The encoder's session; safe to call from several threads."""

    def __init__(self, *, threads: int = 2) -> None:
        """Load and check the weights. Raises WeightsError."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena keeps its high-water mark for ever; without it a job's memory follows its batches.
        options.enable_cpu_mem_arena = False
        # Threads that spin while they wait take the time of the other processes of a busy machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = with_outputs(encoder_file().read_bytes(), LAYER_OUTPUTS[:-1])
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str], *, between: Callable[[], None] | None = None) -> Halves:
        """One vector a text, float16 of shape [n, WIDTH]; `between` is called between runs and may raise."""
        ids = token_ids(texts)
        lengths = np.array([len(row) for row in ids], dtype=np.int64)
        vectors = np.empty((len(texts), WIDTH), dtype=np.float16)
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            per_run = max(1, TOKENS_PER_RUN // int(length))
            for start in range(0, len(rows), per_run):
                if between is not None:
                    between()
                chosen = rows[start : start + per_run]
                vectors[chosen] = self._run(np.array([ids[row] for row in chosen], dtype=np.int64))
        return vectors

    def _run(self, ids: np.ndarray) -> Floats:
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        layers = self._session.run(list(LAYER_OUTPUTS), feeds)
        pooled: Floats = np.concatenate([layer.mean(axis=1) for layer in layers], axis=1)
        return pooled


def head_inputs(vectors: Halves, *, first_layer: int = 0) -> Floats:
    """Vectors as a softmax head reads them: the layers from `first_layer` on, each scaled to the length sqrt(HIDDEN)."""
    layers = vectors.reshape(len(vectors), len(LAYER_OUTPUTS), HIDDEN)[:, first_layer:].astype(np.float32)
    lengths = np.sqrt(np.square(layers).sum(axis=2, keepdims=True)) + np.float32(1e-9)
    scaled: Floats = layers / lengths * np.float32(np.sqrt(HIDDEN))
    return scaled.reshape(len(vectors), -1)


@lru_cache(maxsize=1)
def shared_encoder(threads: int = 2) -> Encoder:
    """The one encoder of this process (about 290 MB once used)."""
    return Encoder(threads=threads)

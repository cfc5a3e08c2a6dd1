"""The parts that a blend is made of: which text features each reads, and the head it trains on them."""

from local.trainer.arrays import Floats
from local.trainer.attention import AttentionHead
from local.trainer.encoder import HIDDEN, POOLED_LAYERS
from local.trainer.heads import Head, NgramHead, VectorHead
from local.trainer.tuner import Tuner, tuned_head

LAYERS = "vectors"
SENTENCE = "sentence"
ATTENTION = "attention"
NGRAMS = "ngrams"
TUNED = "tuned"

# The last layer alone is best with few examples a label, all layers with many; the blend's scales decide.
FIRST_LAYER = {LAYERS: 0, SENTENCE: len(POOLED_LAYERS) - 1, ATTENTION: 0}


def vector_width(part: str) -> int:
    """Columns of the vectors that a part reads."""
    return HIDDEN * (len(POOLED_LAYERS) - FIRST_LAYER[part])


def new_head(
    part: str,
    *,
    labels: int,
    ngram_features: int,
    relevance: Floats | None,
    seed: int,
    threads: int,
    tuner: Tuner,
) -> Head:
    """An untrained head for the part; `seed` matters where weights begin random or drop out, `threads` and `tuner` to
    a tuned encoder."""
    if part == TUNED:
        return tuned_head(tuner, labels, seed=seed, threads=threads)
    if part == NGRAMS:
        return NgramHead(ngram_features, labels, relevance=relevance)
    if part == ATTENTION:
        return AttentionHead(HIDDEN, vector_width(part), labels, seed=seed)
    return VectorHead(vector_width(part), labels)

"""The parts that a blend is made of: which text features each reads, and the head it trains on them."""

from local.trainer.encoder import HIDDEN, POOLED_LAYERS
from local.trainer.heads import Head, NgramHead, VectorHead
from local.trainer.tuned import TunedHead

LAYERS = "vectors"
SENTENCE = "sentence"
NGRAMS = "ngrams"
TUNED = "tuned"

# The last layer alone is best with few examples a label, all layers with many; the blend's scales decide.
FIRST_LAYER = {LAYERS: 0, SENTENCE: len(POOLED_LAYERS) - 1}


def vector_width(part: str) -> int:
    """Columns that a vector part reads."""
    return HIDDEN * (len(POOLED_LAYERS) - FIRST_LAYER[part])


def new_head(part: str, *, labels: int, ngram_features: int, seed: int, threads: int) -> Head:
    """An untrained head for the part; `seed` and `threads` matter to the one that tunes the encoder."""
    if part == TUNED:
        return TunedHead(labels, seed=seed, threads=threads)
    if part == NGRAMS:
        return NgramHead(ngram_features, labels)
    return VectorHead(vector_width(part), labels)

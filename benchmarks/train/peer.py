"""The peer: scikit-learn's TF-IDF and logistic regression, as people write it, plus its own time."""

import time
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.train.scores import Score, score
from benchmarks.train.sets import Pair

INVERSE_PENALTY = 10.0
"""Better than the default of 1 on every set here: the stronger peer is the fair one."""


def train_and_score(train: Sequence[Pair], test: Sequence[Pair], *, seed: int) -> tuple[Score, float]:
    """Its score, and the CPU seconds that fitting took."""
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=INVERSE_PENALTY, max_iter=1000, random_state=seed),
    )
    begun = time.process_time()
    pipeline.fit([text for text, _ in train], [label for _, label in train])
    took = time.process_time() - begun
    probabilities = np.asarray(pipeline.predict_proba([text for text, _ in test]), dtype=np.float32)
    return score(probabilities, list(pipeline.classes_), test), took

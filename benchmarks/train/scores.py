"""Score a trained model on a test split, and time its answers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.train.sets import Pair
from local.trainer.arrays import Floats
from local.trainer.calibration import expected_calibration_error
from local.trainer.metrics import auroc, macro_f1
from local.trainer.predict import Classifier, load_classifier

SINGLE_ASKS = 300


@dataclass(frozen=True, kw_only=True)
class Score:
    """Accuracy and macro F1 without the exact-match memory, and the calibration error over 15 bins."""

    accuracy: float
    macro_f1: float
    ece: float


def score(probabilities: Floats, labels: Sequence[str], test: Sequence[Pair]) -> Score:
    """What the probabilities come to on the test pairs."""
    place = {label: index for index, label in enumerate(labels)}
    targets = np.array([place[label] for _, label in test])
    answers = probabilities.argmax(axis=1)
    return Score(
        accuracy=float((answers == targets).mean()),
        macro_f1=macro_f1(answers, targets, len(labels)),
        ece=expected_calibration_error(probabilities, targets),
    )


def score_model(folder: Path, test: Sequence[Pair], *, threads: int) -> Score:
    """The score of a model folder."""
    classifier = load_classifier(folder, threads=threads)
    return score(classifier.probabilities([text for text, _ in test], recall=False), classifier.labels, test)


def outsider_auroc(
    folder: Path, known: Sequence[Pair], unknown: Sequence[Pair]
) -> tuple[float, float, float]:
    """How well the top probability tells texts with a label from texts with none: AUROC, and at the offered
    threshold the share of known texts that is kept and of unknown ones that is turned away."""
    classifier = load_classifier(folder)
    texts = [text for text, _ in (*known, *unknown)]
    top = classifier.probabilities(texts, recall=False).max(axis=1)
    is_known = np.arange(len(texts)) < len(known)
    kept = top >= classifier.manifest.other_threshold
    return auroc(top, is_known), float(kept[is_known].mean()), float((~kept[~is_known]).mean())


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Milliseconds for one text alone, and texts a second in one call; no HTTP."""

    p50_ms: float
    p99_ms: float
    texts_per_s: float


def answer_speed(folder: Path, texts: Sequence[str], *, threads: int) -> Speed:
    """Time a loaded model."""
    classifier: Classifier = load_classifier(folder, threads=threads)
    classifier.probabilities(texts[:8])
    times = []
    for text in texts[:SINGLE_ASKS]:
        begun = time.perf_counter()
        classifier.probabilities([text])
        times.append((time.perf_counter() - begun) * 1000)
    begun = time.perf_counter()
    classifier.probabilities(texts)
    batch_s = time.perf_counter() - begun
    p50, p99 = np.percentile(times, [50, 99])
    return Speed(p50_ms=float(p50), p99_ms=float(p99), texts_per_s=len(texts) / batch_s)

"""The one place that knows `local.trainer`: bases, checks of files, loading of models, estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from local.openai_server.store.jobs import Hyperparameters
from local.trainer.auto import resolve
from local.trainer.bases import BASES, BaseModel, find_base, missing_weights
from local.trainer.errors import ExampleError, ModelFolderError, TrainerError
from local.trainer.examples import count_tokens, label_rows, read_examples, require_labels
from local.trainer.job import AskedHyperparameters
from local.trainer.modelfolder import read_manifest
from local.trainer.predict import load_classifier

__all__ = [
    "BASES",
    "BaseModel",
    "Classifier",
    "Finding",
    "TrainerError",
    "check_files",
    "count_tokens",
    "find_base",
    "load",
    "missing_weights",
]

Probabilities = npt.NDArray[np.float32]


class Classifier(Protocol):
    """A loaded model, as far as serving needs it; several threads may share it."""

    @property
    def labels(self) -> Sequence[str]:
        """The label set, in the order of the probabilities."""

    @property
    def size_bytes(self) -> int:
        """Memory its own weights take."""

    def text_of(self, messages: Sequence[Mapping[str, object]]) -> str:
        """The text to classify in a conversation, as training took it."""

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Calibrated, [texts, labels], rows sum to 1."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Why files can't be trained on, as it goes into the job's error."""

    code: str
    message: str
    param: str | None


def load(folder: Path) -> Classifier:
    """The classifier in a model folder; raises TrainerError for one that is damaged."""
    return load_classifier(folder)


def check_files(training: Path, validation: Path | None, parent: Path | None) -> Finding | None:
    """What the trainer would refuse in these files, found before the job takes its place in the queue."""
    try:
        known = read_manifest(parent).labels if parent is not None else ()
        examples = read_examples(training)
        labels = require_labels(examples, known)
        if validation is not None:
            held_out = read_examples(
                validation, param="validation_file", minimum=1, template=examples.template
            )
            label_rows(held_out.answers, labels, lines=held_out.lines, param="validation_file")
    except (ExampleError, ModelFolderError) as error:
        return Finding(code=error.code, message=error.message, param=error.param)
    return None


def example_totals(training: Path) -> dict[str, Any]:
    """Examples, tokens and labels of a training file; raises ExampleError."""
    examples = read_examples(training)
    return {"examples": len(examples), "tokens": sum(examples.tokens), "labels": len(set(examples.answers))}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Hyperparameters as numbers."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float


START_S = 2.0
SECONDS_PER_TEXT = {"vectors": 0.006, "ngrams": 0.0004}
"""Per text and epoch for n-grams, per text once for the encoder's vectors; 2 cores at 2.x GHz, 2026-11-21."""


def resolved_hyperparameters(base: str, asked: Hyperparameters, examples: int) -> Resolved:
    """What the trainer would make of "auto" for so many examples."""
    numbers, _ = resolve(AskedHyperparameters(**asdict(asked)), base=_base(base), examples=examples)
    return Resolved(
        n_epochs=numbers.n_epochs,
        batch_size=numbers.batch_size,
        learning_rate_multiplier=numbers.learning_rate_multiplier,
    )


def estimated_seconds(base: str, *, examples: int, epochs: int) -> float:
    """About how long training takes here."""
    parts = _base(base).parts
    once = SECONDS_PER_TEXT["vectors"] if "vectors" in parts else 0.0
    return START_S + examples * (once + SECONDS_PER_TEXT["ngrams"] * epochs)


def _base(base: str) -> BaseModel:
    known = find_base(base)
    assert known is not None, base
    return known

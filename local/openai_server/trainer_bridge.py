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
from local.trainer.errors import TrainerError
from local.trainer.estimate import Estimate, estimate_seconds
from local.trainer.examples import (
    JOB_FAILED,
    TOKENS_PER_EXAMPLE,
    TOKENS_PER_MESSAGE,
    count_tokens,
    read_examples,
    require_labels,
)
from local.trainer.folderencoder.bases import FOLDER, folder_base
from local.trainer.folderencoder.classifier import FolderClassifier
from local.trainer.generation import conversations, smollm2
from local.trainer.generation import estimate as generation_estimate
from local.trainer.generation.auto import resolve as resolve_generation
from local.trainer.generation.extras import INSTALL_GPU, TORCH_PACKAGES, absence
from local.trainer.generation.folders import PREFIX as LOCAL_PREFIX
from local.trainer.generation.folders import LocalFolder
from local.trainer.generation.folders import find as local_folder
from local.trainer.generation.folders import scan as local_folders
from local.trainer.generation.material import check_conversations
from local.trainer.job import AskedHyperparameters, read_job
from local.trainer.material import read_material
from local.trainer.memory import require_memory
from local.trainer.modelfolder import read_model
from local.trainer.parts import FIRST_LAYER
from local.trainer.predict import Classifier as TrainedClassifier

__all__ = [
    "BASES",
    "SMOLLM2_BYTES",
    "SMOLLM2_ID",
    "BaseModel",
    "Classifier",
    "Finding",
    "LocalFolder",
    "TrainerError",
    "chat_frame_tokens",
    "check_job",
    "count_tokens",
    "find_base",
    "load",
    "local_folder",
    "local_folders",
    "missing_weights",
]

SMOLLM2_ID = smollm2.BASE_ID
SMOLLM2_BYTES = smollm2.GGUF_BYTES
NOT_LABELS = "unsupported_training_file"

Probabilities = npt.NDArray[np.float32]


class Classifier(Protocol):
    """A loaded model, as far as serving needs it; several threads may share it."""

    @property
    def labels(self) -> Sequence[str]:
        """The label set, in the order of the probabilities."""

    @property
    def size_bytes(self) -> int:
        """Memory its own weights take."""

    @property
    def other_threshold(self) -> float | None:
        """The top probability under which a text probably has none of the labels."""

    def text_of(self, messages: Sequence[Mapping[str, object]]) -> str:
        """The text to classify in a conversation, as training took it."""

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Calibrated, [texts, labels], rows sum to 1."""

    def recalled(self, texts: Sequence[str]) -> list[bool | None]:
        """Whether each text was answered from the exact-match memory; None where the model has none."""


class Trained(TrainedClassifier):
    """The trainer's classifier with what its manifest says."""

    @property
    def other_threshold(self) -> float | None:
        """See `Classifier.other_threshold`."""
        return self.manifest.other_threshold

    def recalled(self, texts: Sequence[str]) -> list[bool | None]:
        """See `Classifier.recalled`."""
        if not self.manifest.exact_match:
            return [None] * len(texts)
        return [label is not None for label in self.exact_matches(texts)]


class TrainedFolder(Trained, FolderClassifier):
    """The same for an encoder folder of the team's own."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Why files can't be trained on, as it goes into the job's error."""

    code: str
    message: str
    param: str | None


def load(folder: Path) -> Classifier:
    """The classifier in a model folder; raises TrainerError for one that is damaged."""
    content = read_model(folder)
    return TrainedFolder(content) if FOLDER in content.manifest.parts else Trained(content)


def check_job(folder: Path) -> Finding | None:
    """What the trainer would refuse about a job, found before the job takes its place in the queue."""
    try:
        job = read_job(folder)
        if job.writes:
            check_conversations(job)
            return None
        require_memory(read_material(job), limit_mb=job.memory_mb)
    except TrainerError as error:
        message = error.message
        if error.code == NOT_LABELS:
            absent = smollm2_problem()
            message += f". {SMOLLM2_ID} writes texts" + (f"; it is {absent}" if absent else "")
        return Finding(code=error.code, message=message, param=error.param)
    return None


def free_text(training: Path) -> str | None:
    """Why a file's answers are no labels but texts, in the trainer's words; None where they may be labels."""
    try:
        require_labels(read_examples(training))
    except TrainerError as error:
        return error.message.removeprefix(JOB_FAILED).strip() if error.code == NOT_LABELS else None
    return None


def smollm2_problem() -> str | None:
    """Why the packaged base that writes can't be trained here; None where it can."""
    return smollm2.problem()


def folder_problem() -> str | None:
    """What `local:` bases lack here; None where they can be trained."""
    return absence(TORCH_PACKAGES, INSTALL_GPU)


def chat_frame_tokens(messages: int) -> int:
    """Tokens that frame so many chat messages, counted as the trainer counts them."""
    return TOKENS_PER_EXAMPLE + TOKENS_PER_MESSAGE * messages


def conversation_totals(training: Path) -> dict[str, Any]:
    """The same for a base that writes, which has no labels."""
    found = conversations.read_conversations(training)
    return {"examples": len(found.examples), "tokens": conversations.billed_tokens(found), "labels": 1}


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


def resolved_hyperparameters(
    base: str, asked: Hyperparameters, *, examples: int, labels: int, writes: bool = False
) -> Resolved:
    """What the trainer would make of "auto" for so many examples."""
    wanted = AskedHyperparameters(**asdict(asked))
    if writes:
        numbers, _ = resolve_generation(wanted, base=base, examples=examples)
    else:
        numbers, _ = resolve(wanted, base=_base(base), examples=examples, labels=labels)
    return Resolved(
        n_epochs=numbers.n_epochs,
        batch_size=numbers.batch_size,
        learning_rate_multiplier=numbers.learning_rate_multiplier,
    )


def estimated_time(
    base: str,
    resolved: Resolved,
    *,
    examples: int,
    tokens: int,
    labels: int,
    cache: Path,
    writes: bool = False,
) -> Estimate:
    """How long training takes here; `tokens` are those of one epoch, `cache` holds what earlier jobs took."""
    if writes:
        return generation_estimate.estimate_seconds(
            base, tokens=tokens, n_epochs=resolved.n_epochs, cache_folder=cache
        )
    return estimate_seconds(
        _base(base),
        examples=examples,
        tokens=tokens,
        labels=labels,
        n_epochs=resolved.n_epochs,
        cache_folder=cache,
    )


def has_encoder(base: str) -> bool:
    """Whether the base reads texts through the sentence encoder."""
    return any(part in FIRST_LAYER for part in _base(base).parts)


def _base(base: str) -> BaseModel:
    known = folder_base(base) if base.startswith(LOCAL_PREFIX) else find_base(base)
    assert known is not None, base
    return known

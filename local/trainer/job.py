"""Read job.json, the whole of what a training process is told."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from local.trainer.errors import TrainerError

Auto = Literal["auto"]


@dataclass(frozen=True, kw_only=True)
class AskedHyperparameters:
    """Hyperparameters as the job asked for them; `auto` leaves the choice to the trainer."""

    n_epochs: int | Auto = "auto"
    batch_size: int | Auto = "auto"
    learning_rate_multiplier: float | Auto = "auto"


@dataclass(frozen=True, kw_only=True)
class ClassificationOptions:
    """Which class metrics to report; the legacy fine-tunes options of the same names."""

    n_classes: int | None = None
    positive_class: str | None = None
    betas: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training job. All paths are absolute; memory in MB (1,000,000 bytes), checkpoints in seconds."""

    folder: Path
    job_id: str
    base_model: str
    parent_folder: Path | None
    training_file: Path
    validation_file: Path | None
    hyperparameters: AskedHyperparameters
    seed: int
    suffix: str | None
    classification: ClassificationOptions | None
    output_model: str
    threads: int
    memory_mb: int
    cache_folder: Path | None
    checkpoint_s: float
    exact_match: bool
    base_folder: Path | None = None
    tuning: Literal["lora", "full"] = "lora"
    base_kind: str = "classifier"
    tuner: Literal["auto", "numpy"] = "auto"

    @property
    def writes(self) -> bool:
        """Whether the base generates text rather than labels."""
        return self.base_kind == "generator"


def _asked(values: dict[str, Any]) -> AskedHyperparameters:
    known = {
        name: values[name]
        for name in AskedHyperparameters.__dataclass_fields__
        if values.get(name) is not None
    }
    return AskedHyperparameters(**known)


def _options(values: dict[str, Any] | None) -> ClassificationOptions | None:
    if values is None:
        return None
    positive = values.get("positive_class")
    return ClassificationOptions(
        n_classes=values.get("n_classes"),
        positive_class=None if positive is None else str(positive).strip(),
        betas=tuple(float(beta) for beta in values.get("betas") or ()),
    )


def read_job(folder: Path) -> Job:
    """The job in this folder. Raises TrainerError where job.json is missing or lacks a field."""
    try:
        values = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        return _job(folder.resolve(), values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainerError(f"job.json cannot be read: {error!r}", code="invalid_job") from error


def _job(folder: Path, values: dict[str, Any]) -> Job:
    def path(name: str) -> Path | None:
        return folder / values[name] if values.get(name) else None

    return Job(
        folder=folder,
        job_id=values["job_id"],
        base_model=values["base_model"],
        parent_folder=path("parent_model_dir"),
        training_file=folder / values["training_file"],
        validation_file=path("validation_file"),
        hyperparameters=_asked(values.get("hyperparameters") or {}),
        seed=int(values.get("seed") or 0),
        suffix=values.get("suffix"),
        classification=_options(values.get("classification")),
        output_model=values["output_model"],
        threads=max(1, int(values.get("threads") or 1)),
        memory_mb=int(values.get("memory_mb") or 2_000),
        cache_folder=path("cache_dir"),
        checkpoint_s=float(values.get("checkpoint_seconds") or 30),
        exact_match=bool(values.get("exact_match", False)),
        base_folder=path("base_dir"),
        base_kind=str(values.get("base_kind") or "classifier"),
        tuning="full" if values.get("tuning") == "full" else "lora",
        tuner="numpy" if values.get("tuner") == "numpy" else "auto",
    )

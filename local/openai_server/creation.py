"""What a request to create a job may say, and the checks before a job is admitted."""

import hashlib
import importlib.util
import secrets
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from local.openai_server import trainer_bridge
from local.openai_server.calls import check_metadata
from local.openai_server.catalog import Base
from local.openai_server.errors import ApiError, invalid, shown, unsupported
from local.openai_server.ids import model_name, new_id, suffix_slug
from local.openai_server.memory import check_fits
from local.openai_server.services import Services
from local.openai_server.store import models
from local.openai_server.store.files import Purpose, StoredFile
from local.openai_server.store.jobs import Hyperparameters, Job, JobSpec, JobStatus, WandbRun

LOOKED_AT_BYTES = 2 * 1024 * 1024
"""Larger files are judged on their way to the queue: reading them would keep the caller waiting."""

Epochs = Annotated[int, Meta(ge=1, le=50)] | Literal["auto"] | None
BatchSize = Annotated[int, Meta(ge=1, le=256)] | Literal["auto"] | None
Multiplier = Annotated[float, Meta(gt=0, le=1000)] | Literal["auto"] | None


class _Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    pass


class HyperparametersBody(_Body):
    """Each a number or "auto"; null counts as "auto"."""

    n_epochs: Epochs = None
    batch_size: BatchSize = None
    learning_rate_multiplier: Multiplier = None

    def resolved(self) -> Hyperparameters:
        """With "auto" where nothing was said."""
        return Hyperparameters(
            **{name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        )


class SupervisedBody(_Body):
    """OpenAI's supervised method."""

    hyperparameters: HyperparametersBody | None = None


class MethodBody(_Body):
    """How to train; only `supervised` can be done here."""

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedBody | None = None
    dpo: dict[str, object] | None = None
    reinforcement: dict[str, object] | None = None


class WandbBody(_Body):
    """Where a Weights & Biases run is to be logged."""

    project: Annotated[str, Meta(min_length=1, max_length=128)]
    name: Annotated[str, Meta(max_length=128)] | None = None
    entity: Annotated[str, Meta(max_length=128)] | None = None
    tags: list[Annotated[str, Meta(min_length=1, max_length=64)]] | None = None


class IntegrationBody(_Body):
    """One integration; `wandb` is the only type there is."""

    type: Literal["wandb"]
    wandb: WandbBody


class ClassificationBody(_Body):
    """Which classification metrics to compute; the words of OpenAI's legacy fine-tunes."""

    n_classes: Annotated[int, Meta(ge=2)] | None = None
    positive_class: str | None = None
    betas: list[Annotated[float, Meta(gt=0)]] | None = None


class CreateJob(_Body):
    """The body of POST /fine_tuning/jobs; `classification`, `exact_match` and `tuning` are ours."""

    model: str
    training_file: str
    validation_file: str | None = None
    hyperparameters: HyperparametersBody | None = None
    method: MethodBody | None = None
    suffix: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2147483647)] | None = None
    metadata: dict[str, str] | None = None
    integrations: Annotated[list[IntegrationBody], Meta(max_length=5)] | None = None
    classification: ClassificationBody | None = None
    exact_match: bool = False
    tuning: Literal["lora", "full"] = "lora"

    def hyperparameters_asked(self) -> Hyperparameters:
        """Those of `method`, else the deprecated top-level ones; raises ApiError 400 for another method."""
        if self.method is not None and self.method.type != "supervised":
            raise unsupported("method.type", f"'{self.method.type}' is not trained here; use 'supervised'.")
        within = self.method.supervised.hyperparameters if self.method and self.method.supervised else None
        return (within or self.hyperparameters or HyperparametersBody()).resolved()


def admitted(services: Services, owner: str, body: CreateJob) -> tuple[Job, Path | None]:
    """The job to be, and the folder of the model it continues from; raises ApiError for what can't be done."""
    metadata = check_metadata(body.metadata)
    base, parent = base_of(services, owner, body.model)
    asked = (("training_file", body.training_file), ("validation_file", body.validation_file))
    files = [
        _checked_file(services, owner, file_id, param) for param, file_id in asked if file_id is not None
    ]
    _check_kind(services, base, files[0], body)
    if not base.writes and base.folder is None:
        check_fits(base.id, files, services.settings.job_memory_mb)
    if body.suffix is not None and not suffix_slug(body.suffix):
        raise invalid("Invalid 'suffix': it has no letter or digit.", param="suffix", code="invalid_value")
    spec = JobSpec(
        model=body.model,
        base_model=base.id,
        base_kind=base.kind,
        base_folder=str(base.folder) if base.folder else None,
        tuning=body.tuning,
        parent_model=body.model if parent is not None else None,
        output_model=model_name(base.id, body.suffix),
        training_file=body.training_file,
        validation_file=body.validation_file,
        seed=secrets.randbelow(2**31) if body.seed is None else body.seed,
        suffix=body.suffix,
        hyperparameters=body.hyperparameters_asked(),
        classification=msgspec.to_builtins(body.classification) if body.classification else None,
        exact_match=body.exact_match,
        wandb=_runs(body.integrations or []),
    )
    now = int(services.clock())
    job = Job(
        id=new_id("ftjob-"),
        owner=owner,
        status=JobStatus.VALIDATING_FILES,
        created_at=now,
        spec=spec,
        metadata=metadata,
    )
    return job, parent


def base_of(services: Services, owner: str, model: str) -> tuple[Base, Path | None]:
    """The base behind a name, and the model's folder where the name is a fine-tuned one.

    Raises ApiError 400 for an unknown name, and for a base that isn't installed with what to install.
    """
    with services.database.reading() as connection:
        fine_tuned = models.find(connection, owner, model)
    base = services.catalog.find(fine_tuned.base if fine_tuned is not None else model)
    if base is not None:
        _check_installed(base)
        return base, None if fine_tuned is None else services.home / fine_tuned.directory
    names = ", ".join(one.id for one in services.catalog.all() if one.problem is None)
    message = (
        f"Model {shown(model)} is not available for fine-tuning or does not exist. "
        f"This server trains: {names}; and it continues fine-tuned models of its own (ft:…)."
    )
    raise invalid(message, param="model", code="model_not_available")


def _check_installed(base: Base) -> None:
    """A classifier without its weights is trained as n-grams, with a notice; nothing stands in for another base."""
    if base.problem is not None and (base.writes or base.folder is not None):
        raise invalid(f"{base.id} is {base.problem}.", param="model", code="model_not_available")


def _check_kind(services: Services, base: Base, training: StoredFile, body: CreateJob) -> None:
    """Refuse texts for a base that learns labels, and options that the base does not have (ApiError 400)."""
    if body.tuning == "full" and (base.folder is None or not base.writes):
        raise unsupported(
            "tuning", "Only local: bases that write can be tuned in full; leave it out for LoRA."
        )
    if base.writes:
        if body.exact_match or body.classification is not None:
            raise unsupported("classification", f"{base.id} writes texts; there are no classes to measure.")
        return
    path = services.files.path(training.id)
    if path.stat().st_size <= LOOKED_AT_BYTES and (reason := trainer_bridge.free_text(path)) is not None:
        message = f"{reason.rstrip('.')}. {services.catalog.who_writes()}"
        raise invalid(message, param="model", code="unsupported_training_file")


def fingerprint_of(body: bytes) -> str:
    """What two bodies of the same request have in common."""
    return hashlib.sha256(body).hexdigest()


def _checked_file(services: Services, owner: str, file_id: str, param: str) -> StoredFile:
    try:
        file = services.files.find(owner, file_id)
    except ApiError as error:
        message = f"invalid {param}: {shown(file_id)}: no such file."
        raise invalid(message, param=param, code="invalid_file") from error
    if file.purpose is not Purpose.FINE_TUNE:
        message = f"invalid {param}: {file_id} has the purpose '{file.purpose}'; it must be 'fine-tune'."
        raise invalid(message, param=param, code="invalid_file_purpose")
    return file


def _runs(integrations: list[IntegrationBody]) -> tuple[WandbRun, ...]:
    if integrations and importlib.util.find_spec("wandb") is None:
        raise unsupported("integrations", "The package `wandb` is not installed on this server.")
    bodies = (integration.wandb for integration in integrations)
    return tuple(
        WandbRun(
            run_id=new_id("", 8).lower(),
            project=body.project,
            name=body.name,
            entity=body.entity,
            tags=tuple(body.tags or ()),
        )
        for body in bodies
    )

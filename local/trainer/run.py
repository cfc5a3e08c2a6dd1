"""Train one job from its folder to its model folder: read, choose, train, tell, write."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from local.trainer.arrays import Tensors
from local.trainer.auto import resolve
from local.trainer.bases import NGRAMS, VECTORS, BaseModel, usable_base
from local.trainer.blend import blended
from local.trainer.cache import VectorCache
from local.trainer.calibration import expected_calibration_error
from local.trainer.checkpoints import CheckpointFolders
from local.trainer.encoder import WIDTH, shared_encoder
from local.trainer.errors import Stopped, TrainerError
from local.trainer.examples import ExampleSet, label_rows, read_examples, require_labels
from local.trainer.folds import assign_folds
from local.trainer.heads import Head, NgramHead, VectorHead
from local.trainer.inputs import Inputs, NgramInputs, VectorInputs, open_cache
from local.trainer.job import Job
from local.trainer.loop import Loop, Plan, Trainee
from local.trainer.manifest import Manifest, library_versions, now_text
from local.trainer.metrics import classification_metrics, macro_f1
from local.trainer.modelfolder import read_model, write_model
from local.trainer.ngrams import NgramConfig, hash_texts
from local.trainer.progress import Progress
from local.trainer.resultfile import write_result_file
from local.trainer.state import StateStore
from local.trainer.vocabulary import Vocabulary, choose_vocabulary

logger = logging.getLogger(__name__)

MODEL_FOLDER = "model"


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a job trains on, read and counted; `notes` are sentences for the started line."""

    base: BaseModel
    training: ExampleSet
    validation: ExampleSet | None
    labels: tuple[str, ...]
    plan: Plan
    notes: tuple[str, ...]
    notice: str | None


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_material(job: Job) -> Material:
    """Read and check everything that the job names. Raises TrainerError."""
    base, notice = usable_base(job.base_model)
    training = read_examples(job.training_file)
    labels = require_labels(training)
    targets = label_rows(training.answers, labels, lines=training.lines, param="training_file")
    hyperparameters, notes = resolve(job.hyperparameters, base=base, examples=len(training))
    validation = None
    folds = None
    if job.validation_file is not None:
        validation = read_examples(
            job.validation_file, param="validation_file", minimum=1, template=training.template
        )
        more = label_rows(validation.answers, labels, lines=validation.lines, param="validation_file")
        targets = np.concatenate([targets, more])
        rows = np.arange(len(training), len(targets))
    else:
        folds = assign_folds(targets, seed=job.seed)
        rows = np.flatnonzero(folds >= 0)
        notes.append(_fold_note(len(rows), int(folds.max()) + 1, len(training)))
    plan = Plan(
        examples=len(training),
        targets=targets,
        tokens=np.array(training.tokens, dtype=np.int64),
        example_weights=np.ones(len(training), np.float32),
        validation_rows=rows,
        folds=folds,
        hyperparameters=hyperparameters,
        seed=job.seed,
    )
    return Material(
        base=base,
        training=training,
        validation=validation,
        labels=labels,
        plan=plan,
        notes=tuple(notes),
        notice=notice,
    )


def _fold_note(rows: int, folds: int, examples: int) -> str:
    if folds == 1:
        return (
            f"No validation file: a shadow of the model trains on the same batches without {rows:,} of the "
            f"{examples:,} examples and is scored on those; its losses choose the epoch, the blend and the temperature. "
            "The model itself sees every example."
        )
    return (
        f"No validation file and few examples: {folds} shadows of the model each leave out a fifth of the examples "
        "and are scored on it (cross-validation); the model itself sees every example."
    )


class JobRun:
    """One job in this process."""

    def __init__(self, job: Job, *, should_stop: Callable[[], bool]) -> None:
        self._job = job
        self._should_stop = should_stop
        self._store = StateStore(job.folder)
        self._checkpoints = CheckpointFolders(job.folder)
        self._cache: VectorCache | None = open_cache(job.cache_folder)
        self._ngrams = NgramConfig()

    def run(self) -> None:
        """Train to the end, or raise Stopped with the state saved; a failure is told in the progress file."""
        saved = self._store.load()
        progress = Progress(self._job.folder, seq=saved.facts["seq"] if saved else 0)
        try:
            material = read_material(self._job)
            inputs, vocabulary = self._inputs(material)
            loop = self._loop(material, inputs, vocabulary, progress)
            if saved is None:
                self._tell_start(material, progress)
            else:
                loop.restore(saved)
            loop.run()
            self._finish(material, loop, progress)
        except TrainerError as error:
            line = {} if error.line is None else {"line": error.line}
            progress.tell("failed", code=error.code, message=error.message, param=error.param, **line)
        finally:
            progress.close()

    def _stop_between(self) -> None:
        if self._should_stop():
            raise Stopped

    def _inputs(self, material: Material) -> tuple[dict[str, Inputs], Vocabulary | None]:
        texts = [*material.training.texts, *(material.validation.texts if material.validation else ())]
        inputs: dict[str, Inputs] = {}
        vocabulary = None
        for part in material.base.parts:
            if part == VECTORS:
                inputs[part] = VectorInputs(
                    texts,
                    encoder=lambda: shared_encoder(self._job.threads),
                    weights_sha256=material.base.sha256 or "",
                    cache=self._cache,
                    between=self._stop_between,
                )
            elif part == NGRAMS:
                vocabulary = choose_vocabulary(hash_texts(material.training.texts, self._ngrams))
                inputs[part] = NgramInputs(hash_texts(texts, self._ngrams), vocabulary)
        return inputs, vocabulary

    def _loop(
        self,
        material: Material,
        inputs: Mapping[str, Inputs],
        vocabulary: Vocabulary | None,
        progress: Progress,
    ) -> Loop:
        count = len(material.labels)

        def heads() -> dict[str, Head]:
            return {
                part: VectorHead(WIDTH, count) if part == VECTORS else NgramHead(len(vocabulary or ()), count)
                for part in inputs
            }

        shadows = () if material.plan.folds is None else range(int(material.plan.folds.max()) + 1)
        loop: Loop

        def keep(
            step: int, epoch: int, metrics: Mapping[str, float], scales: tuple[float, ...], weights: Tensors
        ) -> str:
            manifest = replace(
                self._manifest(material, dict(metrics), scales, loop.standing.elapsed_tokens),
                output_model=f"{self._job.output_model}:ckpt-step-{step}",
            )
            place = self._checkpoints.write(step, manifest, weights | _vocabulary_tensors(vocabulary))
            self._checkpoints.prune(best_step=self._best_step(material.plan, loop))
            return place

        loop = Loop(
            material.plan,
            inputs=inputs,
            trainees=[Trainee(heads=heads()), *(Trainee(heads=heads(), leaves_out=fold) for fold in shadows)],
            progress=progress,
            store=self._store,
            keep=keep,
            should_stop=self._should_stop,
            checkpoint_s=self._job.checkpoint_s,
        )
        return loop

    @staticmethod
    def _best_step(plan: Plan, loop: Loop) -> int:
        return (loop.standing.best_epoch + 1) * plan.steps_per_epoch

    def _manifest(
        self, material: Material, metrics: Mapping[str, object], scales: tuple[float, ...], tokens: int
    ) -> Manifest:
        job = self._job
        data: dict[str, object] = {
            "training_sha256": file_sha256(job.training_file),
            "examples": len(material.training),
            "validation_examples": len(material.plan.validation_rows),
        }
        if job.validation_file is not None:
            data["validation_sha256"] = file_sha256(job.validation_file)
        return Manifest(
            output_model=job.output_model,
            base=material.base.id,
            base_sha256=material.base.sha256,
            parts=material.base.parts,
            scales=scales,
            labels=material.labels,
            system=material.training.template.system,
            ngrams=self._ngrams,
            hyperparameters=material.plan.hyperparameters.as_fields(),
            seed=job.seed,
            data=data,
            metrics=dict(metrics),
            trained_tokens=tokens,
            parent=None,
            created_at=now_text(),
            libraries=library_versions(),
        )

    def _tell_start(self, material: Material, progress: Progress) -> None:
        plan, training = material.plan, material.training
        if material.notice:
            progress.message(material.notice, level="warn")
        progress.tell(
            "started",
            hyperparameters=plan.hyperparameters.as_fields(),
            total_steps=plan.total_steps,
            n_epochs=plan.hyperparameters.n_epochs,
            examples=len(training),
            validation_examples=len(plan.validation_rows),
            tokens_per_epoch=sum(training.tokens),
            labels=len(material.labels),
            notes=list(material.notes),
        )
        self._store_first(progress)

    def _store_first(self, progress: Progress) -> None:
        progress.sync()

    def _finish(self, material: Material, loop: Loop, progress: Progress) -> None:
        plan, standing = material.plan, loop.standing
        best_step = self._best_step(plan, loop)
        probabilities = np.exp(
            blended([loop.best_logits[part] for part in material.base.parts], standing.best_scales)
        )
        targets = plan.targets[plan.validation_rows]
        metrics = {
            **standing.history[standing.best_epoch],
            "validation_accuracy": float((probabilities.argmax(axis=1) == targets).mean()),
            "validation_macro_f1": macro_f1(probabilities.argmax(axis=1), targets, len(material.labels)),
            "validation_ece": expected_calibration_error(probabilities, targets),
        }
        options = self._job.classification
        found = classification_metrics(
            probabilities,
            targets,
            labels=material.labels,
            positive=options.positive_class if options else None,
            betas=options.betas if options else (),
        )
        tensors = read_model(self._checkpoints.place(best_step)).tensors
        manifest = self._manifest(material, metrics, standing.best_scales, standing.elapsed_tokens)
        write_model(self._job.folder / MODEL_FOLDER, manifest, tensors)
        if self._cache:
            self._cache.trim()
        self._tell_ending(plan, loop, progress)
        progress.sync()
        name = write_result_file(self._job.folder, found)
        progress.tell(
            "finished",
            trained_tokens=standing.elapsed_tokens,
            steps=loop.step,
            best_step=best_step,
            model_dir=MODEL_FOLDER,
            metrics=metrics,
            classification=found,
            result_csv=name,
        )

    def _tell_ending(self, plan: Plan, loop: Loop, progress: Progress) -> None:
        standing = loop.standing
        if standing.epoch < plan.hyperparameters.n_epochs:
            progress.message(
                f"Stopped early after epoch {standing.epoch} of {plan.hyperparameters.n_epochs}: the validation loss "
                f"has not fallen since epoch {standing.best_epoch + 1}."
            )
        best = standing.history[standing.best_epoch]
        progress.message(
            f"The model is that of epoch {standing.best_epoch + 1}, with the lowest full validation loss "
            f"({best['full_valid_loss']:.4f})."
        )


def _vocabulary_tensors(vocabulary: Vocabulary | None) -> Tensors:
    if vocabulary is None:
        return {}
    return {f"{NGRAMS}.hashes": vocabulary.hashes, f"{NGRAMS}.idf": vocabulary.idf}

"""What training comes to: manifests, metrics on unseen examples, the model folder, the result file."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from local.trainer.arrays import Floats, Rows, Tensors
from local.trainer.blend import blended
from local.trainer.calibration import expected_calibration_error
from local.trainer.job import Job
from local.trainer.loop import Loop
from local.trainer.manifest import Manifest, library_versions, now_text
from local.trainer.material import Material
from local.trainer.metrics import auroc, classification_metrics, macro_f1
from local.trainer.modelfolder import write_model
from local.trainer.ngrams import NgramConfig
from local.trainer.recall import memory_tensors
from local.trainer.replay import Replay, sample_rows, to_json_lines
from local.trainer.threshold import other_threshold

MODEL_FOLDER = "model"


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def best_step(loop: Loop) -> int:
    """The step that the best epoch ended with."""
    return (loop.standing.best_epoch + 1) * loop.plan.steps_per_epoch


def best_probabilities(loop: Loop, parts: tuple[str, ...]) -> Floats:
    """Calibrated probabilities of the best epoch on the validation rows."""
    logits: list[Floats] = [loop.best_logits[part] for part in parts]
    probabilities: Floats = np.exp(blended(logits, loop.standing.best_scales))
    return probabilities


class Outcome:
    """Writes the model folders of one job."""

    def __init__(
        self, job: Job, material: Material, *, ngrams: NgramConfig, libraries: Mapping[str, str] | None = None
    ) -> None:
        """`libraries` are versions that the manifest shall name beside those of every job."""
        self._libraries = dict(libraries or {})
        self._job = job
        self._material = material
        self._ngrams = ngrams
        self._data = self._data_facts()

    def _data_facts(self) -> dict[str, object]:
        job, material = self._job, self._material
        facts: dict[str, object] = {
            "training_sha256": file_sha256(job.training_file),
            "examples": material.examples,
            "replayed_examples": len(material.replay),
            "validation_examples": len(material.plan.validation_rows),
            "validation": "file" if job.validation_file else "held out",
        }
        if job.validation_file is not None:
            facts["validation_sha256"] = file_sha256(job.validation_file)
        return facts

    def manifest(
        self,
        metrics: Mapping[str, object],
        *,
        name: str,
        scales: tuple[float, ...],
        tokens: int,
        threshold: float,
    ) -> Manifest:
        """The manifest of a checkpoint or of the model."""
        material = self._material
        return Manifest(
            output_model=name,
            base=material.base.id,
            base_sha256=material.base.sha256,
            parts=material.base.parts,
            scales=scales,
            labels=material.labels,
            system=material.training.template.system,
            ngrams=self._ngrams,
            hyperparameters=material.plan.hyperparameters.as_fields(),
            seed=self._job.seed,
            data=self._data,
            metrics=dict(metrics),
            trained_tokens=tokens,
            parent=material.parent.manifest.output_model if material.parent else None,
            created_at=now_text(),
            libraries=library_versions() | self._libraries,
            other_threshold=threshold,
            exact_match=self._job.exact_match,
        )

    def metrics(self, loop: Loop) -> dict[str, float]:
        """The best epoch's losses, and what it answers on the validation rows.

        The confidence's AUROC says how well the top probability tells right answers from wrong ones.
        """
        probabilities = best_probabilities(loop, self._material.base.parts)
        targets = self._validation_targets()
        answers = probabilities.argmax(axis=1)
        return {
            **loop.standing.history[loop.standing.best_epoch],
            "validation_accuracy": float((answers == targets).mean()),
            "validation_macro_f1": macro_f1(answers, targets, len(self._material.labels)),
            "validation_ece": expected_calibration_error(probabilities, targets),
            "validation_confidence_auroc": auroc(probabilities.max(axis=1), answers == targets),
        }

    def classification(self, loop: Loop) -> dict[str, float]:
        """The legacy `classification/…` metrics of the best epoch, on the validation rows."""
        options = self._job.classification
        return classification_metrics(
            best_probabilities(loop, self._material.base.parts),
            self._validation_targets(),
            labels=self._material.labels,
            positive=options.positive_class if options else None,
            betas=options.betas if options else (),
        )

    def _validation_targets(self) -> Rows:
        return self._material.plan.targets[self._material.plan.validation_rows]

    def write(self, loop: Loop, metrics: Mapping[str, float], tensors: Tensors) -> None:
        """Write the model folder from the best checkpoint's tensors."""
        material, standing = self._material, loop.standing
        manifest = self.manifest(
            metrics,
            name=self._job.output_model,
            scales=standing.best_scales,
            tokens=standing.elapsed_tokens,
            threshold=other_threshold(best_probabilities(loop, material.base.parts)),
        )
        trained = material.texts[: material.examples]
        if self._job.exact_match:
            tensors = tensors | memory_tensors(trained, material.plan.targets[: material.examples])
        write_model(self._job.folder / MODEL_FOLDER, manifest, tensors, replay=self._replay())

    def _replay(self) -> bytes:
        material = self._material
        examples = material.examples
        unseen = material.base.tunes_encoder and material.plan.folds is not None
        held_out = (material.plan.folds == 0) if unseen else np.zeros(examples, dtype=bool)
        everything = Replay(
            texts=material.texts[:examples],
            answers=material.answers,
            tokens=tuple(int(count) for count in material.plan.tokens),
            held_out=tuple(bool(flag) for flag in np.asarray(held_out)),
        )
        chosen = sample_rows(material.plan.targets[:examples], seed=self._job.seed).tolist()
        return to_json_lines(everything.take(chosen))

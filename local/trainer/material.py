"""Read what a job trains on: its files, its base or parent, and the plan that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.trainer.arrays import Rows
from local.trainer.auto import resolve
from local.trainer.bases import BaseModel, usable_base
from local.trainer.classweights import example_weights, is_lopsided, label_counts
from local.trainer.examples import ExampleSet, TextTemplate, label_rows, read_examples, require_labels
from local.trainer.folds import NOT_HELD_OUT, assign_folds
from local.trainer.job import Job
from local.trainer.loop import Plan
from local.trainer.modelfolder import ModelContent
from local.trainer.parent import read_parent, read_replay
from local.trainer.replay import MAX_EXAMPLES, Replay

SAMPLE, TUNED_SAMPLE = 64, 8
"""Validation rows scored beside each reported step; few where scoring runs a whole encoder."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a job trains on. `texts` are the training file's, then the parent's replayed ones, then the validation
    file's; `notes` are sentences for the started line, `notice` a warning about the base."""

    base: BaseModel
    parent: ModelContent | None
    training: ExampleSet
    replay: Replay
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    labels: tuple[str, ...]
    plan: Plan
    warm: bool
    notes: tuple[str, ...]
    notice: str | None

    @property
    def examples(self) -> int:
        """Rows that are trained on: the training file's and the replayed ones."""
        return self.plan.examples

    @property
    def tokens_per_epoch(self) -> int:
        """o200k_base tokens that one epoch passes through training."""
        return int(self.plan.tokens[self.plan.trained].sum())


def read_material(job: Job) -> Material:
    """Read and check everything that the job names. Raises TrainerError."""
    base, notice = usable_base(job.base_model)
    parent = read_parent(job.parent_folder, base=base.id) if job.parent_folder else None
    template = TextTemplate(system=parent.manifest.system) if parent else None
    training = read_examples(job.training_file, template=template)
    labels = require_labels(training, parent.manifest.labels if parent else ())
    replay = _replay_beside(training, read_replay(job.parent_folder) if job.parent_folder else Replay())
    warm = parent is not None and _starts_warm(base, parent)
    validation = _validation(job, training)
    texts = (*training.texts, *replay.texts, *(validation.texts if validation else ()))
    answers = (*training.answers, *replay.answers)
    targets = label_rows(answers, labels, lines=range(1, len(answers) + 1), param="training_file")
    examples = len(targets)
    folds = None if validation else _folds(job, base, targets[: len(training)], replay)
    if validation:
        more = label_rows(validation.answers, labels, lines=validation.lines, param="validation_file")
        targets = np.concatenate([targets, more])
        rows = np.arange(examples, len(targets))
    else:
        rows = np.flatnonzero(folds >= 0) if folds is not None else np.empty(0, np.int64)
    hyperparameters, notes = resolve(job.hyperparameters, base=base, examples=examples, labels=len(labels))
    weights = example_weights(targets[:examples], len(labels))
    plan = Plan(
        examples=examples,
        trained=_trained_rows(base, folds, examples),
        targets=targets,
        tokens=np.array([*training.tokens, *replay.tokens], dtype=np.int64),
        example_weights=weights,
        validation_rows=rows,
        folds=folds,
        validation_sample=TUNED_SAMPLE if base.tunes_encoder else SAMPLE,
        hyperparameters=hyperparameters,
        seed=job.seed,
    )
    more_notes = [
        *_fold_notes(base, folds, examples),
        *_parent_notes(parent, replay, warm=warm),
        *_weight_notes(targets[:examples], len(labels)),
        *([f"{training.skipped:,} examples with weight 0 are left out."] if training.skipped else []),
    ]
    return Material(
        base=base,
        parent=parent,
        training=training,
        replay=replay,
        texts=texts,
        answers=answers,
        labels=labels,
        plan=plan,
        warm=warm,
        notes=(*notes, *more_notes),
        notice=notice,
    )


def _starts_warm(base: BaseModel, parent: ModelContent) -> bool:
    """Whether the parent's weights are the start. Where all its examples are at hand, heads trained anew on old and
    new ones together forget nothing, and their losses on held-out examples are honest; that takes seconds."""
    return base.tunes_encoder or int(parent.manifest.data["examples"]) > MAX_EXAMPLES


def _validation(job: Job, training: ExampleSet) -> ExampleSet | None:
    if job.validation_file is None:
        return None
    return read_examples(job.validation_file, param="validation_file", minimum=1, template=training.template)


def _replay_beside(training: ExampleSet, replay: Replay) -> Replay:
    """The replayed examples whose text the new file does not have; there the new label counts."""
    new = set(training.texts)
    return replay.take([row for row, text in enumerate(replay.texts) if text not in new])


def _folds(job: Job, base: BaseModel, targets: Rows, replay: Replay) -> Rows:
    if base.tunes_encoder:
        own = assign_folds(targets, seed=job.seed, one_hold_out=True)
        kept = np.where(np.array(replay.held_out, dtype=bool), 0, NOT_HELD_OUT).astype(np.int64)
        return np.concatenate([own, kept])
    replayed = np.array([], dtype=np.int64) if not len(replay) else _replayed_targets(replay)
    return assign_folds(np.concatenate([targets, replayed]), seed=job.seed)


def _replayed_targets(replay: Replay) -> Rows:
    """Stand-in numbers of the replayed labels; only which rows share a label matters for the folds."""
    place = {answer: -1 - index for index, answer in enumerate(dict.fromkeys(replay.answers))}
    return np.array([place[answer] for answer in replay.answers], dtype=np.int64)


def _trained_rows(base: BaseModel, folds: Rows | None, examples: int) -> Rows:
    if base.tunes_encoder and folds is not None:
        return np.flatnonzero(folds == NOT_HELD_OUT)
    return np.arange(examples)


def _fold_notes(base: BaseModel, folds: Rows | None, examples: int) -> Sequence[str]:
    if folds is None:
        return ["The validation file's loss chooses the epoch, the blend and the temperature."]
    held_out, count = int((folds >= 0).sum()), int(folds.max()) + 1
    if base.tunes_encoder:
        return [
            f"No validation file: {held_out:,} of the {examples:,} examples are kept out of training; their losses "
            "choose the epoch, the blend and the temperature."
        ]
    if count == 1:
        return [
            f"No validation file: a shadow of the model trains on the same batches without {held_out:,} of the "
            f"{examples:,} examples and is scored on those; its losses choose the epoch, the blend and the "
            "temperature. The model itself sees every example."
        ]
    return [
        f"No validation file and few examples: {count} shadows of the model each leave out a fifth of the examples "
        "and are scored on it (cross-validation). The model itself sees every example."
    ]


def _parent_notes(parent: ModelContent | None, replay: Replay, *, warm: bool) -> Sequence[str]:
    if parent is None:
        return []
    start = "starts from its weights" if warm else "trains its heads anew"
    return [
        f"Continued from {parent.manifest.output_model}: {len(replay):,} of its examples are trained on again beside "
        f"the new ones, so that they are not forgotten; the model {start}."
    ]


def _weight_notes(targets: Rows, labels: int) -> Sequence[str]:
    counts = label_counts(targets, labels)
    if not is_lopsided(counts):
        return []
    seen = counts[counts > 0]
    return [
        f"Labels are lopsided ({seen.max():,} examples of the commonest, {seen.min():,} of the rarest): rare ones "
        "weigh more in the loss."
    ]

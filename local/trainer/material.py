"""Read what a job trains on: its files, its base or parent, and the plan that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from local.trainer.arrays import Rows
from local.trainer.auto import resolve
from local.trainer.bases import BaseModel
from local.trainer.classweights import example_weights
from local.trainer.encodedtexts import MAX_FILE_BYTES, file_bytes
from local.trainer.examples import ExampleSet, TextTemplate, label_rows, read_examples, require_labels
from local.trainer.folderencoder.bases import base_of_job
from local.trainer.folds import NOT_HELD_OUT, assign_folds
from local.trainer.job import Job
from local.trainer.loop import Plan
from local.trainer.modelfolder import ModelContent
from local.trainer.notes import fold_notes, parent_notes, weight_notes
from local.trainer.parent import read_parent, read_replay
from local.trainer.parts import ATTENTION
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


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The examples that a job reads, of all its files."""

    training: ExampleSet
    replay: Replay
    validation: ExampleSet | None
    labels: tuple[str, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """Of the rows that are trained on."""
        return (*self.training.answers, *self.replay.answers)

    @property
    def texts(self) -> tuple[str, ...]:
        """All that are read, those of the validation file last."""
        validation = self.validation.texts if self.validation else ()
        return (*self.training.texts, *self.replay.texts, *validation)


def read_material(job: Job) -> Material:
    """Read and check everything that the job names. Raises TrainerError."""
    base, notice = base_of_job(job)
    parent = read_parent(job.parent_folder, base=base.id) if job.parent_folder else None
    files = _read_files(job, parent)
    base, left_out = _fitting_base(base, files.texts)
    plan, chosen = _plan(job, base, files)
    warm = parent is not None and _starts_warm(base, parent)
    skipped = files.training.skipped
    notes = [
        *left_out,
        *chosen,
        *fold_notes(base, plan.folds, plan.examples),
        *parent_notes(parent.manifest if parent else None, len(files.replay), warm=warm),
        *weight_notes(plan.targets[: plan.examples], len(files.labels)),
        *([f"{skipped:,} examples with weight 0 are left out."] if skipped else []),
    ]
    return Material(
        base=base,
        parent=parent,
        training=files.training,
        replay=files.replay,
        texts=files.texts,
        answers=files.answers,
        labels=files.labels,
        plan=plan,
        warm=warm,
        notes=tuple(notes),
        notice=notice,
    )


def _fitting_base(base: BaseModel, texts: Sequence[str]) -> tuple[BaseModel, list[str]]:
    """The base without the part that reads token by token where the states would fill too much of the disk."""
    needed = file_bytes(texts) if ATTENTION in base.parts else 0
    if needed <= MAX_FILE_BYTES:
        return base, []
    note = (
        f"The texts' tokens would take {needed / 1e9:.1f} GB on disk, above {MAX_FILE_BYTES / 1e9:.0f} GB: {base.id} "
        "learns from whole texts and n-grams, not token by token."
    )
    return replace(base, parts=tuple(part for part in base.parts if part != ATTENTION)), [note]


def _read_files(job: Job, parent: ModelContent | None) -> _Files:
    template = TextTemplate(system=parent.manifest.system) if parent else None
    training = read_examples(job.training_file, template=template)
    labels = require_labels(training, parent.manifest.labels if parent else ())
    replay = read_replay(job.parent_folder) if job.parent_folder else Replay()
    validation = None
    if job.validation_file is not None:
        validation = read_examples(
            job.validation_file, param="validation_file", minimum=1, template=training.template
        )
    return _Files(
        training=training, replay=_replay_beside(training, replay), validation=validation, labels=labels
    )


def _plan(job: Job, base: BaseModel, files: _Files) -> tuple[Plan, list[str]]:
    """The plan, and the notes on what was chosen for it."""
    answers, labels = files.answers, files.labels
    targets = label_rows(answers, labels, lines=range(1, len(answers) + 1), param="training_file")
    examples = len(targets)
    folds = None
    if files.validation is None:
        folds = _folds(job, base, targets[: len(files.training)], files.replay)
        rows = np.flatnonzero(folds >= 0)
    else:
        lines = files.validation.lines
        more = label_rows(files.validation.answers, labels, lines=lines, param="validation_file")
        targets = np.concatenate([targets, more])
        rows = np.arange(examples, len(targets))
    hyperparameters, notes = resolve(job.hyperparameters, base=base, examples=examples, labels=len(labels))
    plan = Plan(
        examples=examples,
        trained=_trained_rows(base, folds, examples),
        targets=targets,
        tokens=np.array([*files.training.tokens, *files.replay.tokens], dtype=np.int64),
        example_weights=example_weights(targets[:examples], len(labels)),
        validation_rows=rows,
        folds=folds,
        validation_sample=TUNED_SAMPLE if base.tunes_encoder else SAMPLE,
        hyperparameters=hyperparameters,
        seed=job.seed,
    )
    return plan, notes


def _starts_warm(base: BaseModel, parent: ModelContent) -> bool:
    """Whether the parent's weights are the start. Where all its examples are at hand, heads trained anew on old and
    new ones together forget nothing, and their losses on held-out examples are honest; that takes seconds."""
    return base.tunes_encoder or int(parent.manifest.data["examples"]) > MAX_EXAMPLES


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

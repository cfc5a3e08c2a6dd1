"""Whether a plan can be carried out: every fault of it at once, each naming its field. Pure; starting is done in jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.domain import BaseModel, Dataset, FineTunedModel, JobPlan, Task
from bot.errors import InputError, InputErrors
from bot.pricing import base_of
from bot.texts import t
from bot.views.facts import task_name

_SUFFIX = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_SEED = 2**31 - 1
MAX_SHARE = 0.5
LEAST_TRAINING_SHARE = 0.2
MAX_BETAS = 5
MUCH_SMALLER = 0.5
"""New data with at most this share of the old rows counts as much smaller."""


@dataclass(frozen=True, kw_only=True)
class Trainable:
    """What can be trained: bases, bases that can't be now, and the team's models, whose training can go on."""

    bases: tuple[BaseModel, ...]
    unavailable: tuple[BaseModel, ...] = ()
    models: tuple[FineTunedModel, ...] = ()
    wandb: bool = False


def checked(plan: JobPlan, dataset: Dataset, trainable: Trainable) -> JobPlan:
    """The plan with its model spelled out. Raises InputErrors that hold every fault."""
    if not plan.model and trainable.bases:
        plan = replace(plan, model=trainable.bases[0].id)
    titled = next((model.name for model in trainable.models if model.title == plan.model != ""), "")
    plan = replace(plan, model=titled or plan.model)
    faults = tuple(_faults(plan, dataset, trainable))
    if faults:
        raise InputErrors(faults)
    return plan


def much_smaller(plan: JobPlan, rows: int, rows_before: int) -> bool:
    """Whether that is much less data than a model was made from, to be learned at its old rate or a higher one.

    OpenAI's guide of 2023 to its fine-tunes API: "you may find it useful to reduce learning_rate_multiplier by a
    factor of 2 to 4" when "your new data is much smaller than your previous training data".
    """
    rate = plan.hyperparameters.learning_rate_multiplier
    return 0 < rows <= rows_before * MUCH_SMALLER and (rate or 1) >= 1


def _faults(plan: JobPlan, dataset: Dataset, trainable: Trainable) -> Iterator[InputError]:
    if dataset.report is None or not dataset.report.is_ready:
        yield InputError(
            t("{dataset} can't be trained on yet: its report has errors.", dataset=dataset.name),
            field="dataset",
            next_step=t("Read the report in its thread and fix what it names."),
        )
    yield from _numbers(plan)
    yield from _shares(plan, dataset)
    yield from _classification(plan, dataset)
    yield from _model(plan, dataset, trainable)
    if plan.wandb_project and not trainable.wandb:
        yield InputError(
            t("Weights & Biases is not set up here."),
            field="wandb_project",
            next_step=t(
                "Whoever runs me sets WANDB_API_KEY or TUNESMITH_WANDB_PROJECT; docs/settings.md says more."
            ),
        )


def _numbers(plan: JobPlan) -> Iterator[InputError]:
    """The API's limits (OpenAI API reference, fine-tuning: epochs 1-50, batch 1-256, multiplier above 0)."""
    wanted = plan.hyperparameters
    if wanted.n_epochs is not None and not 1 <= wanted.n_epochs <= 50:
        yield InputError(t("Epochs must be 1 to 50, or auto."), field="n_epochs")
    if wanted.batch_size is not None and not 1 <= wanted.batch_size <= 256:
        yield InputError(t("Batch size must be 1 to 256, or auto."), field="batch_size")
    rate = wanted.learning_rate_multiplier
    if rate is not None and not 0 < rate <= 100:
        yield InputError(
            t("The learning rate multiplier must be above 0 and at most 100, or auto."),
            field="learning_rate_multiplier",
        )
    if plan.suffix and not _SUFFIX.fullmatch(plan.suffix):
        yield InputError(t("A suffix has 1 to 64 letters, digits, - or _."), field="suffix")
    if plan.seed is not None and not 0 <= plan.seed <= MAX_SEED:
        yield InputError(
            t("The seed must be a whole number from 0 to {limit}.", limit=MAX_SEED), field="seed"
        )


def _shares(plan: JobPlan, dataset: Dataset) -> Iterator[InputError]:
    choices = dataset.report.choices if dataset.report else None
    validation, test = plan.validation_share, plan.test_share
    if validation is not None and not 0 <= validation <= MAX_SHARE:
        yield InputError(t("The validation share must be 0% to 50%."), field="validation_share")
    elif test is not None and not 0 <= test <= MAX_SHARE:
        yield InputError(t("The test share must be 0% to 50%."), field="test_share")
    elif choices and (validation is not None or test is not None):
        validation = choices.validation_share if validation is None else validation
        test = choices.test_share if test is None else test
        if 1 - validation - test < LEAST_TRAINING_SHARE:
            yield InputError(
                t("Validation and test together leave less than 20% of the rows for training."),
                field="test_share" if plan.test_share is not None else "validation_share",
            )


def _classification(plan: JobPlan, dataset: Dataset) -> Iterator[InputError]:
    wanted, report = plan.classification, dataset.report
    if report is None or not (wanted.n_classes or wanted.positive_class or wanted.betas):
        return
    labels = tuple(report.labels)
    field = "n_classes" if wanted.n_classes else "positive_class" if wanted.positive_class else "betas"
    if report.task is not Task.CLASSIFICATION:
        yield InputError(
            t(
                "Classification metrics need labels; this dataset's task is {task}.",
                task=task_name(report.task),
            ),
            field=field,
        )
        return
    if wanted.n_classes is not None and wanted.n_classes != len(labels):
        yield InputError(
            t("The dataset has {number} classes, not {asked}.", number=len(labels), asked=wanted.n_classes),
            field="n_classes",
            next_step=t("Leave the number of classes empty to take those there are."),
        )
    if wanted.positive_class and wanted.positive_class not in labels:
        yield InputError(
            t("There is no label {label} in this dataset.", label=wanted.positive_class),
            field="positive_class",
            next_step=_nearest(wanted.positive_class, labels),
        )
    if len(labels) != 2 and (wanted.positive_class or wanted.betas):
        yield InputError(
            t(
                "A positive class and F-beta need exactly two classes; this dataset has {number}.",
                number=len(labels),
            ),
            field="positive_class" if wanted.positive_class else "betas",
        )
    if len(wanted.betas) > MAX_BETAS or any(not 0 < beta <= 100 for beta in wanted.betas):
        yield InputError(t("Betas are up to 5 numbers above 0, such as 0.5, 1, 2."), field="betas")


def _model(plan: JobPlan, dataset: Dataset, trainable: Trainable) -> Iterator[InputError]:
    missing = next((base for base in trainable.unavailable if base.id == plan.model), None)
    if missing is not None:
        yield InputError(
            t(
                "{model} can't be trained now: {problem}.",
                model=missing.id,
                problem=missing.problem.rstrip("."),
            ),
            field="model",
            next_step=_can_train(trainable),
        )
        return
    base = next((base for base in trainable.bases if base.id == base_of(plan.model)), None)
    if trainable.bases and base is None and not plan.model.startswith("ft:"):
        names = [*(base.id for base in trainable.bases), *(model.name for model in trainable.models)]
        yield InputError(
            t("This server has no base model {model}.", model=plan.model),
            field="model",
            next_step=" ".join(part for part in (_nearest(plan.model, names), _can_train(trainable)) if part),
        )
        return
    yield from _task(dataset, base, trainable)


def _task(dataset: Dataset, base: BaseModel | None, trainable: Trainable) -> Iterator[InputError]:
    """A base that learns labels can't learn to write: name one that can, or what is to be installed for one."""
    task = dataset.report.task if dataset.report else Task.CLASSIFICATION
    if base is None or base.kind != "classifier" or task is Task.CLASSIFICATION:
        return
    writers = [other for other in trainable.bases if other.kind and other.kind != "classifier"]
    absent = [other for other in trainable.unavailable if other.kind != "classifier"]
    if writers:
        next_step = t("Choose {model}, which writes.", model=writers[0].id)
    elif absent:
        next_step = t(
            "{model} writes, but: {problem}.", model=absent[0].id, problem=absent[0].problem.rstrip(".")
        )
    else:
        next_step = t("Set OPENAI_BASE_URL to a server with a model that writes.")
    other = t("Or set the task to classification with Change columns.")
    yield InputError(
        t(
            "{model} learns labels, not texts; this dataset's task is {task}.",
            model=base.id,
            task=task_name(task),
        ),
        field="model",
        next_step=f"{next_step} {other}",
    )


def _can_train(trainable: Trainable) -> str:
    return t("It can fine-tune: {names}.", names=", ".join(base.id for base in trainable.bases[:6]))


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return t("Did you mean {name}?", name=near[0]) if near else ""

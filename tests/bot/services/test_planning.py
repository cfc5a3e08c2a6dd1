"""Every fault of a plan is told at once, at its field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import BaseModel, Classification, Finding, Hyperparameters, JobPlan, Severity, Task
from bot.errors import InputErrors
from bot.services.planning import Trainable, checked, much_smaller
from tests.values import DATASET, MODEL, PLAN, REPORT

CLASSIFIER = BaseModel(id="ngram-hash-1", kind="classifier", is_default=True)
WRITER = BaseModel(id="smollm2-135m-instruct", kind="generator")
ABSENT = replace(WRITER, problem="install tunesmith[generate].")
HERE = Trainable(bases=(CLASSIFIER,), models=(replace(MODEL, title="Triage"),))
WRITING = replace(DATASET, report=replace(REPORT, task=Task.GENERATION, labels={}))


def faults(plan: JobPlan, dataset=DATASET, trainable=HERE) -> dict[str, str]:
    with pytest.raises(InputErrors) as caught:
        checked(plan, dataset, trainable)
    return {fault.field: f"{fault.message} {fault.next_step}".strip() for fault in caught.value.faults}


def test_the_default_base_is_spelled_out():
    assert checked(replace(PLAN, model=""), DATASET, HERE).model == "ngram-hash-1"


def test_a_models_title_stands_for_its_name():
    assert checked(replace(PLAN, model="Triage"), DATASET, HERE).model == MODEL.name


def test_all_faults_are_told_together():
    plan = replace(
        PLAN,
        model="ngram-hash-2",
        hyperparameters=Hyperparameters(n_epochs=51, batch_size=0, learning_rate_multiplier=float("nan")),
        suffix="two words",
        seed=-1,
        validation_share=0.6,
        classification=Classification(n_classes=3, positive_class="delivry", betas=(0.0,)),
        wandb_project="p",
    )

    found = faults(plan)

    assert set(found) == {
        "model",
        "n_epochs",
        "batch_size",
        "learning_rate_multiplier",
        "suffix",
        "seed",
        "validation_share",
        "n_classes",
        "positive_class",
        "betas",
        "wandb_project",
    }
    assert "Did you mean ngram-hash-1?" in found["model"]
    assert "Did you mean delivery?" in found["positive_class"]
    assert found["n_classes"].startswith("The dataset has 2 classes, not 3.")


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ({"test_share": 0.51}, "test_share"),
        ({"test_share": 0.5, "validation_share": 0.5}, "test_share"),
        ({"validation_share": float("nan")}, "validation_share"),
        ({"validation_share": -0.1}, "validation_share"),
    ],
)
def test_shares_leave_rows_to_train_on(shares, field):
    assert set(faults(replace(PLAN, **shares))) == {field}


def test_shares_that_fit_are_taken():
    plan = replace(PLAN, validation_share=0.0, test_share=0.5)

    assert checked(plan, DATASET, HERE) == plan


def test_f_beta_needs_two_classes():
    three = replace(DATASET, report=replace(REPORT, labels={"a": 1, "b": 1, "c": 1}))

    found = faults(replace(PLAN, classification=Classification(betas=(1.0,))), three)

    assert found["betas"] == "A positive class and F-beta need exactly two classes; this dataset has 3."


def test_classification_metrics_need_labels():
    plan = replace(PLAN, model=WRITER.id, classification=Classification(positive_class="spam"))

    found = faults(plan, WRITING, Trainable(bases=(WRITER,)))

    assert set(found) == {"positive_class"}


def test_a_dataset_with_errors_is_not_trained_on():
    broken = replace(
        DATASET,
        report=replace(
            REPORT, findings=(Finding(code="x", severity=Severity.ERROR, rows=1, message="too few"),)
        ),
    )

    assert "its report has errors" in faults(PLAN, broken)["dataset"]


def test_a_classifier_that_should_write_names_a_base_that_can():
    found = faults(PLAN, WRITING, Trainable(bases=(CLASSIFIER, WRITER)))

    assert "learns labels, not texts" in found["model"]
    assert "Choose smollm2-135m-instruct, which writes." in found["model"]


def test_a_classifier_that_should_write_says_what_to_install():
    found = faults(PLAN, WRITING, Trainable(bases=(CLASSIFIER,), unavailable=(ABSENT,)))

    assert "smollm2-135m-instruct writes, but: install tunesmith[generate]." in found["model"]


def test_a_fine_tuned_classifier_cannot_write_either():
    assert set(faults(replace(PLAN, model=MODEL.name), WRITING)) == {"model"}


def test_a_base_that_is_not_installed_says_what_to_do():
    found = faults(replace(PLAN, model=ABSENT.id), trainable=replace(HERE, unavailable=(ABSENT,)))

    assert found["model"].startswith(
        "smollm2-135m-instruct can't be trained now: install tunesmith[generate]."
    )


def test_a_fine_tuned_model_of_another_origin_is_left_to_the_server():
    assert checked(replace(PLAN, model="ft:gpt-4.1:other::x"), DATASET, HERE).model == "ft:gpt-4.1:other::x"


def test_a_server_without_a_list_takes_any_name():
    assert checked(replace(PLAN, model="whatever"), DATASET, Trainable(bases=())).model == "whatever"


@pytest.mark.parametrize(
    ("rate", "rows", "expected"),
    [(None, 50, True), (1.0, 50, True), (0.5, 50, False), (None, 51, False), (None, 0, False)],
)
def test_much_less_data_at_the_old_learning_rate(rate, rows, expected):
    plan = replace(PLAN, model=MODEL.name, hyperparameters=Hyperparameters(learning_rate_multiplier=rate))

    assert much_smaller(plan, rows, 100) is expected

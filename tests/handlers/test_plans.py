import pytest

from bot.domain import Classification, Hyperparameters, JobPlan
from bot.errors import InputError, InputErrors
from handlers.plans import plan, start_arguments


def test_start_arguments():
    assert start_arguments("my file.csv n_epochs=4 suffix=v2") == (
        "my file.csv",
        {"n_epochs": "4", "suffix": "v2"},
    )


def test_names_and_values_with_spaces_stand_in_quotes():
    typed = '“a = b.csv” positive_class="late delivery" test_share = 10%'

    assert start_arguments(typed) == (
        "a = b.csv",
        {"positive_class": "late delivery", "test_share": "10%"},
    )


def test_a_typo_in_a_key_names_the_nearest():
    with pytest.raises(InputError) as caught:
        start_arguments("tickets.csv learning_rate=2")

    assert caught.value.next_step.startswith("Did you mean learning_rate_multiplier?")


def test_an_unknown_start_argument_names_those_there_are():
    with pytest.raises(InputError, match="no setting epochs") as caught:
        start_arguments("epochs=4")

    assert "n_epochs" in caught.value.next_step


def test_a_plan_from_texts():
    settings = {
        "model": "m",
        "n_epochs": "4",
        "batch_size": "auto",
        "learning_rate_multiplier": "0,5",
        "seed": "7",
        "validation_share": "20%",
        "suffix": " v2 ",
        "test_share": "0.15",
        "n_classes": "2",
        "positive_class": "spam",
        "betas": "0.5, 1 2",
        "method": "Supervised",
        "wandb_project": "tickets",
    }

    assert plan("ds-1", settings) == JobPlan(
        dataset_id="ds-1",
        model="m",
        hyperparameters=Hyperparameters(n_epochs=4, learning_rate_multiplier=0.5),
        suffix="v2",
        seed=7,
        validation_share=0.2,
        test_share=0.15,
        classification=Classification(n_classes=2, positive_class="spam", betas=(0.5, 1.0, 2.0)),
        wandb_project="tickets",
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("n_epochs", "four"),
        ("batch_size", "1.5"),
        ("learning_rate_multiplier", "x"),
        ("validation_share", "ten%"),
        ("test_share", "x"),
        ("n_classes", "two"),
        ("betas", "1, two"),
        ("method", "dpo"),
    ],
)
def test_a_number_that_is_none_names_its_field(field, text):
    with pytest.raises(InputError) as caught:
        plan("ds-1", {field: text})

    assert caught.value.field == field
    assert text.removesuffix("%") in str(caught.value)


def test_all_texts_that_cannot_be_read_are_told_together():
    with pytest.raises(InputErrors) as caught:
        plan("ds-1", {"n_epochs": "four", "seed": "x", "suffix": "v2"})

    assert [fault.field for fault in caught.value.faults] == ["n_epochs", "seed"]

import pytest

from bot.domain import Hyperparameters, JobPlan
from bot.errors import InputError
from handlers.plans import plan, start_arguments


def test_start_arguments():
    assert start_arguments("my file.csv n_epochs=4 suffix=v2") == (
        "my file.csv",
        {"n_epochs": "4", "suffix": "v2"},
    )


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
    }

    assert plan("ds-1", settings) == JobPlan(
        dataset_id="ds-1",
        model="m",
        hyperparameters=Hyperparameters(n_epochs=4, learning_rate_multiplier=0.5),
        suffix="v2",
        seed=7,
        validation_share=0.2,
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("n_epochs", "four"),
        ("batch_size", "1.5"),
        ("learning_rate_multiplier", "x"),
        ("validation_share", "ten%"),
    ],
)
def test_a_number_that_is_none_names_its_field(field, text):
    with pytest.raises(InputError) as caught:
        plan("ds-1", {field: text})

    assert caught.value.field == field
    assert text.removesuffix("%") in str(caught.value)

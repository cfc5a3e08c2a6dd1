"""What is typed after /finetune compare and /finetune learning-curve."""

from __future__ import annotations

import pytest

from bot.domain import Assumptions
from bot.errors import InputError
from handlers.compare import compare_arguments
from handlers.curve import curve_arguments


@pytest.mark.parametrize(
    ("text", "models", "dataset", "assumptions"),
    [
        ("ft:a ft:b", ["ft:a", "ft:b"], "", Assumptions()),
        ("ft:a ft:b on tickets of may.csv", ["ft:a", "ft:b"], "tickets of may.csv", Assumptions()),
        (
            "ft:a calls=1,500 examples=5 against=gpt-5.5 gpt-6-luna on ds-1",
            ["ft:a", "gpt-6-luna"],
            "ds-1",
            Assumptions(calls_a_day=1500, examples=5, hosted="gpt-5.5"),
        ),
    ],
)
def test_models_dataset_and_assumptions(text, models, dataset, assumptions):
    assert compare_arguments(text) == (models, dataset, assumptions)


@pytest.mark.parametrize(("text", "field"), [("a b call=1", "call"), ("a b calls=many", "calls_a_day")])
def test_what_cannot_be_read_is_named(text, field):
    with pytest.raises(InputError) as caught:
        compare_arguments(text)
    assert caught.value.field == field


def test_a_curve_takes_a_dataset_and_a_base():
    assert curve_arguments("my tickets.csv model=ngram-hash-1") == ("my tickets.csv", "ngram-hash-1")
    assert curve_arguments("") == ("", "")
    with pytest.raises(InputError):
        curve_arguments("tickets.csv n_epochs=3")

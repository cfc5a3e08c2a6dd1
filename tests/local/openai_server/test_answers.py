"""How labels are chosen from probabilities."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from local.openai_server.answers import UNLIKELY, Sampling, answer
from local.openai_server.classifiers import Prediction

MODEL = SimpleNamespace(
    labels=("a", "bee", "sea"), label_tokens=(1, 2, 1), classifier=SimpleNamespace(other_threshold=0.4)
)


def answered(sampling: Sampling, row=(0.2, 0.7, 0.1)):
    return answer(MODEL, Prediction(probabilities=np.array(row, np.float32), prompt_tokens=5), sampling)


def test_temperature_zero_takes_the_likeliest() -> None:
    found = answered(Sampling(n=2))

    assert [one.text for one in found.answers] == ["bee", "bee"]
    assert found.completion_tokens == 4
    assert list(found.probabilities) == ["bee", "a", "sea"]


def test_temperature_one_draws_by_the_probabilities() -> None:
    drawn = Counter(one.label for one in answered(Sampling(n=5000, temperature=1, seed=1)).answers)

    assert drawn["bee"] / 5000 == pytest.approx(0.7, abs=0.03)
    assert drawn["sea"] / 5000 == pytest.approx(0.1, abs=0.03)


def test_top_p_keeps_the_likeliest_mass() -> None:
    assert {one.label for one in answered(Sampling(n=200, temperature=1, top_p=0.75, seed=1)).answers} == {
        "bee",
        "a",
    }
    assert {one.label for one in answered(Sampling(n=50, temperature=2, top_p=0, seed=1)).answers} == {"bee"}


def test_one_seed_draws_the_same_again() -> None:
    first, second = (answered(Sampling(n=20, temperature=1, seed=9)) for _ in range(2))

    assert first == second


def test_a_stop_sequence_cuts_the_text_but_not_the_label() -> None:
    only = answered(Sampling(stop=("e", "x"))).answers[0]

    assert (only.text, only.label) == ("b", "bee")


def test_what_is_all_but_impossible_has_openais_logprob() -> None:
    assert answered(Sampling(), row=(0, 1, 0)).top_logprobs(3)[1] == ("a", UNLIKELY)

"""Datasets of shapes that nobody tuned for: odd labels, many, few, rare; texts long, empty, mixed."""

import random

import numpy as np
import pytest

from local.trainer.predict import load_classifier
from tests.local.trainer.jobs import WORDS, make_job, of_type, ticket, tickets, train

BASES = ["ngram-hash-1", "minilm-l6-blend-1"]
ODD = {"billing": "1", "outage": "très \u2066 long label, with: signs/\U0001f600", "access": "kein Zugang"}


def relabelled(rows):
    return [(text, ODD[label]) for text, label in rows]


def trained(folder, rows, **fields):
    lines = train(make_job(folder, rows, **fields))
    assert lines[-1]["type"] == "finished", lines[-1]
    return lines, load_classifier(folder / "model")


def answers(classifier, texts):
    return [classifier.labels[row] for row in classifier.probabilities(texts).argmax(axis=1)]


@pytest.mark.parametrize("base", BASES)
def test_labels_may_be_numbers_words_and_any_signs(tmp_path, base):
    _, classifier = trained(tmp_path, relabelled(tickets(60)), base_model=base)

    asked = relabelled(tickets(30, seed=5))

    assert set(classifier.labels) == set(ODD.values())
    assert answers(classifier, [text for text, _ in asked]) == [label for _, label in asked]


@pytest.mark.parametrize("base", BASES)
def test_five_examples_of_two_labels_are_enough_to_begin(tmp_path, base):
    rows = tickets(10, labels=("billing", "outage"))

    _, classifier = trained(tmp_path, rows, base_model=base)
    probabilities = classifier.probabilities(["please refund the invoice", "the site is down offline error"])

    assert probabilities.argmax(axis=1).tolist() == [
        classifier.labels.index(name) for name in ("billing", "outage")
    ]
    assert probabilities.max() < 0.999  # Ten examples are no ground for certainty.


@pytest.mark.parametrize("base", BASES)
def test_a_label_with_one_example_does_no_harm(tmp_path, base):
    rows = [*tickets(90), ("the parrot is singing in the kitchen", "pets")]

    lines, classifier = trained(tmp_path, rows, base_model=base)

    asked = tickets(30, seed=5)
    right = np.mean(
        [
            got == label
            for got, (_, label) in zip(answers(classifier, [t for t, _ in asked]), asked, strict=True)
        ]
    )
    assert right > 0.9
    assert "pets" in classifier.labels
    assert any("lopsided" in note for note in lines[0]["notes"])


def test_a_hundred_and_fifty_labels_are_learnt(tmp_path):
    rng = random.Random(3)
    names = [f"intent {number}" for number in range(150)]
    rows = [
        (f"{ticket('billing', rng)} {name.replace('intent ', 'topic')}", name)
        for name in names
        for _ in range(4)
    ]

    _, classifier = trained(tmp_path, rows)

    asked = [(f"please topic{number}", f"intent {number}") for number in range(150)]
    right = np.mean(
        [
            got == label
            for got, (_, label) in zip(answers(classifier, [t for t, _ in asked]), asked, strict=True)
        ]
    )
    assert right > 0.9


def test_long_texts_are_learnt_and_it_is_said_what_is_read(tmp_path):
    rng = random.Random(4)
    rows = [(" ".join(ticket(label, rng) for _ in range(110)), label) for label in tuple(WORDS) * 6]

    lines, classifier = trained(tmp_path, rows, base_model="minilm-l6-blend-1")

    assert any("18 of 18 texts are longer than the 256 word pieces" in note for note in lines[0]["notes"])
    assert answers(classifier, [rows[0][0], "my invoice and a refund"]) == ["billing", "billing"]


@pytest.mark.parametrize("base", BASES)
def test_empty_and_mixed_texts_get_probabilities(tmp_path, base):
    rows = [
        *tickets(40),
        ("", "access"),
        ("Passwort vergessen, \u5bc6\u7801\u5fd8\u4e86", "access"),
        ("\ud800", "outage"),
    ]

    _, classifier = trained(tmp_path, rows, base_model=base)
    found = classifier.probabilities(["", "   ", "\u5bc6\u7801", "\ud800", "a" * 100_000])

    assert np.isfinite(found).all()
    assert np.allclose(found.sum(axis=1), 1, atol=1e-4)


def test_out_of_scope_is_a_label_like_any_other(tmp_path):
    rng = random.Random(8)
    strange = [
        (
            f"what is the {rng.choice(['capital', 'weather', 'score'])} of {rng.choice(['rome', 'chess', 'mars'])} {n}",
            "oos",
        )
        for n in range(30)
    ]

    lines, classifier = trained(tmp_path, [*tickets(90), *strange])

    assert answers(classifier, ["what is the score of rome"]) == ["oos"]
    metrics = of_type(lines, "finished")[0]["metrics"]
    assert 0 < classifier.manifest.other_threshold < 1
    assert metrics["validation_confidence_auroc"] >= 0.5

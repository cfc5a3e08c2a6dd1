"""Labels and probabilities out of what servers send, with hand-worked numbers."""

import math
from dataclasses import replace

import pytest

from bot.remote_answers import read_answer, read_probabilities
from tests.values import MODEL


def chat_place(token: str, **top: float) -> dict:
    entries = [{"token": name.replace("_", " "), "logprob": math.log(p)} for name, p in top.items()]
    own = next(entry["logprob"] for entry in entries if entry["token"] == token)
    return {"token": token, "logprob": own, "top_logprobs": entries}


def chat(*places: dict) -> dict:
    return {"logprobs": {"content": list(places)}}


def test_the_whole_distribution_is_taken_as_it_is():
    shares, exact = read_probabilities({"class_probabilities": {"b": 0.25, "a": 0.75}}, "a", ("a", "b", "c"))

    assert (shares, exact) == ((("a", 0.75), ("b", 0.25)), True)


def test_a_label_of_one_token_has_that_tokens_probability():
    choice = chat(chat_place("billing", billing=0.7, delivery=0.2, other=0.1))

    shares, exact = read_probabilities(choice, "billing", ("billing", "delivery"))

    assert not exact
    assert dict(shares) == pytest.approx({"billing": 0.7, "delivery": 0.2})


def test_labels_that_begin_alike_are_told_apart_at_the_token_where_they_part():
    choice = chat(
        chat_place("card", card=0.9, refund=0.1),
        chat_place(" lost", _lost=0.6, _stolen=0.3, _fee=0.1),
    )

    shares, _ = read_probabilities(choice, "card lost", ("card lost", "card stolen", "card fee", "refund"))

    assert dict(shares) == pytest.approx(
        {"card lost": 0.9 * 0.6, "card stolen": 0.9 * 0.3, "card fee": 0.9 * 0.1, "refund": 0.1}
    )


def test_labels_that_leave_with_the_same_token_share_its_probability():
    choice = chat(chat_place("refund", refund=0.8, card=0.2))

    shares, _ = read_probabilities(choice, "refund", ("refund", "card lost", "card stolen"))

    assert dict(shares) == pytest.approx({"refund": 0.8, "card lost": 0.1, "card stolen": 0.1})


def test_the_older_format_is_read_as_well():
    choice = {
        "text": " delivery",
        "logprobs": {
            "tokens": [" del", "ivery"],
            "token_logprobs": [math.log(0.5), math.log(0.99)],
            "top_logprobs": [{" del": math.log(0.5), " bill": math.log(0.25)}, {"ivery": math.log(0.99)}],
        },
    }

    shares, _ = read_probabilities(choice, "delivery", ("delivery", "billing"))

    assert dict(shares) == pytest.approx({"delivery": 0.5, "billing": 0.25})


def test_a_server_without_log_probabilities_gives_the_label_alone():
    assert read_probabilities({"message": {"content": "a"}}, "a", ("a", "b")) == ((), False)


def test_a_numbered_answer_means_its_label():
    model = replace(MODEL, answers={"delivery": "0", "billing": "1"})

    label, shares, _ = read_answer({"class_probabilities": {"1": 0.6, "0": 0.4}}, "1", model)

    assert label == "billing"
    assert shares == (("billing", 0.6), ("delivery", 0.4))

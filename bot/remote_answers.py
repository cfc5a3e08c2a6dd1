"""What a server answers, read into labels and their probabilities: JSON in, values out, no network.

The embedded server gives the whole distribution. Others show the likeliest tokens at each place: from those a label's
probability is followed token by token, which is an approximation where the server shows too few of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import FineTunedModel

Shares = tuple[tuple[str, float], ...]

Place = tuple[str, dict[str, float]]
"""One place of an answer: the token that was said, and {token: log probability} of the likeliest ones."""


def read_answer(choice: Mapping[str, Any], said: str, model: FineTunedModel) -> tuple[str, Shares, bool]:
    """(label, (label, p) in descending order, whether they are exact): what was said as the label that it stands for."""
    meaning = model.label_of
    taught = tuple(model.answers.get(label, label) for label in model.labels)
    shares, exact = read_probabilities(choice, said, taught)
    return meaning.get(said, said), tuple((meaning.get(label, label), p) for label, p in shares), exact


def read_probabilities(choice: Mapping[str, Any], said: str, labels: Sequence[str]) -> tuple[Shares, bool]:
    """(label, p) in descending order, and whether they are exact. Labels that no token points to are left out."""
    whole = choice.get("class_probabilities")
    if isinstance(whole, Mapping):
        return _descending({str(label): float(p) for label, p in whole.items()}), True
    places = _places(choice)
    return (_descending(_followed(places, said, labels)) if labels else ()), False


def _followed(places: Sequence[Place], said: str, labels: Sequence[str]) -> dict[str, float]:
    """{label: p} along the answer's tokens: each other token is where labels that begin so leave the answer's path.

    Labels that leave it with the same token share its probability evenly: no server says more about them.
    """
    shares: dict[str, float] = {}
    prefix, chance = "", 1.0
    for token, top in places:
        for other, logprob in top.items():
            if other != token:
                _spread(shares, chance * math.exp(logprob), labels, prefix + other, sure=said)
        chance *= math.exp(top.get(token, 0.0))
        prefix += token
        if [label for label in labels if label.startswith(prefix.strip())] == [said]:
            break
    if said in labels and places:
        shares[said] = min(1.0, shares.get(said, 0.0) + chance)
    return shares


def _spread(
    shares: dict[str, float], chance: float, labels: Sequence[str], prefix: str, *, sure: str
) -> None:
    begun = prefix.strip()
    matching = [label for label in labels if begun and label.startswith(begun) and label != sure]
    for label in matching:
        shares[label] = shares.get(label, 0.0) + chance / len(matching)


def _places(choice: Mapping[str, Any]) -> list[Place]:
    """The places of an answer in either format of the API; none where the server gives no log probabilities."""
    logprobs = choice.get("logprobs") or {}
    if logprobs.get("content"):
        return [_chat_place(entry) for entry in logprobs["content"]]
    tokens, tops = logprobs.get("tokens") or [], logprobs.get("top_logprobs") or []
    values = logprobs.get("token_logprobs") or []
    return [
        (str(token), {**_floats(top or {}), **_floats({token: value})})
        for token, top, value in zip(tokens, tops, values, strict=False)
    ]


def _chat_place(entry: Mapping[str, Any]) -> Place:
    top = {str(item["token"]): item["logprob"] for item in entry.get("top_logprobs") or ()}
    token = str(entry.get("token") or "")
    return token, _floats({**top, token: entry.get("logprob")})


def _floats(values: Mapping[Any, Any]) -> dict[str, float]:
    return {str(token): float(value) for token, value in values.items() if isinstance(value, int | float)}


def _descending(shares: Mapping[str, float]) -> Shares:
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

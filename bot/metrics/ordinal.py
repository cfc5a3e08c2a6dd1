"""Labels that are steps of a scale, such as 1 to 5 stars: how far off the wrong answers are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import OrdinalScores, Prediction

_STEP = re.compile(r"\D{0,12}?([+-]?\d{1,3})(?!\d)\D{0,12}")
_STARS = re.compile(r"[★⭐]+\ufe0f?")
LEAST_STEPS = 3
MOST_STEPS = 11
"""0 to 10 is the longest scale that people answer on (Net Promoter Score)."""


def scale_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels from lowest to highest when they are whole numbers in a row ("1" to "5", "4 stars"), else ().

    >>> scale_of(["3 stars", "1 star", "2 stars"])
    ('1 star', '2 stars', '3 stars')
    >>> scale_of(["billing", "delivery", "other"])
    ()
    """
    if not LEAST_STEPS <= len(labels) <= MOST_STEPS:
        return ()
    steps = {label: _step(label) for label in labels}
    numbers = [number for number in steps.values() if number is not None]
    consecutive = sorted(numbers) == list(range(min(numbers, default=0), max(numbers, default=-1) + 1))
    if len(numbers) != len(labels) or not consecutive or not _same_words(labels):
        return ()
    return tuple(sorted(labels, key=lambda label: steps[label] or 0))


def _step(label: str) -> int | None:
    if _STARS.fullmatch(label.strip()):
        return len(label.strip().replace("\ufe0f", ""))
    found = _STEP.fullmatch(label.strip())
    return int(found[1]) if found else None


def _same_words(labels: Sequence[str]) -> bool:
    """Whether the labels differ in their number only, a plural s apart: "room 1" and "hall 2" are no scale."""
    words = {re.sub(r"\d+|[★⭐\ufe0f]+|[+-]", "", label).strip().lower().rstrip("s") for label in labels}
    return len(words) == 1


def ordinal_scores(predictions: Sequence[Prediction], order: Sequence[str]) -> OrdinalScores:
    """How near the answers are on the scale; answers that are no step of it count as wrong everywhere."""
    place = {label: number for number, label in enumerate(order)}
    furthest = len(order) - 1
    known = [row for row in predictions if row.label in place]
    distances = [
        abs(place[row.label] - place[row.predicted]) if row.predicted in place else furthest for row in known
    ]
    middle = (len(order) - 1) / 2
    sided = [row for row in known if place[row.label] != middle]
    right_side = sum(
        row.predicted in place and (place[row.predicted] - middle) * (place[row.label] - middle) > 0
        for row in sided
    )
    rows = max(1, len(known))
    return OrdinalScores(
        order=tuple(order),
        off_by_one=sum(distance <= 1 for distance in distances) / rows,
        mean_error=sum(distances) / rows,
        good_bad=right_side / max(1, len(sided)),
        sided_rows=len(sided),
    )

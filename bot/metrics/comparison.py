"""Several models on the same rows: accuracy with its interval, latencies, and whether they differ more than by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np

from bot.domain import PairTest, Prediction
from bot.metrics.significance import discordant, mcnemar_exact

LEAST_ROWS = 30
"""With fewer rows left, rows that a model had been trained on are rather counted, and said."""


def counted_lines(lines: Sequence[int], leaked: Sequence[Set[int]]) -> list[int]:
    """The test lines that no compared model had been trained on; all of them where too few would be left."""
    known = set().union(*leaked) if leaked else set()
    clean = [line for line in lines if line not in known]
    return clean if len(clean) >= min(LEAST_ROWS, len(lines)) else list(lines)


def percentile(latencies: Sequence[float], percent: float) -> float | None:
    """That percentile in milliseconds, by linear interpolation; None without values."""
    return float(np.percentile(np.array(latencies), percent)) if latencies else None


def pair_tests(predictions: Mapping[str, Sequence[Prediction]]) -> tuple[PairTest, ...]:
    """McNemar's exact test of the most accurate model against each other one, on the rows that both answered."""
    if len(predictions) < 2:
        return ()
    best = max(predictions, key=lambda name: sum(row.is_right for row in predictions[name]))
    tests = []
    for name, rows in predictions.items():
        if name != best:
            only_best, only_other = discordant(
                [row.is_right for row in predictions[best]], [row.is_right for row in rows]
            )
            tests.append(
                PairTest(
                    one=best,
                    other=name,
                    only_one=only_best,
                    only_other=only_other,
                    p=mcnemar_exact(only_best, only_other),
                )
            )
    return tuple(tests)

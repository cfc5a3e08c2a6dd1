"""How sure a figure is: confidence intervals of shares, and tests of two models on the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z_95 = 1.959963984540054
"""The two-sided 95% point of the normal distribution."""


def wilson_interval(hits: int, rows: int, z: float = Z_95) -> tuple[float, float]:
    """The confidence interval of a share (E. B. Wilson, "Probable Inference", JASA 22, 1927); (0, 1) without rows.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if rows == 0:
        return 0.0, 1.0
    share = hits / rows
    below = 1 + z * z / rows
    centre = (share + z * z / (2 * rows)) / below
    spread = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / below
    # At 0% and 100% rounding would leave the share itself a hair outside.
    return max(0.0, min(share, centre - spread)), min(1.0, max(share, centre + spread))


def discordant(one: Sequence[bool], other: Sequence[bool]) -> tuple[int, int]:
    """(rows only the first has right, rows only the second has right); both are about the same rows in order."""
    pairs = list(zip(one, other, strict=True))
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


def mcnemar_exact(only_one: int, only_other: int) -> float:
    """The exact two-sided p of McNemar's test: would a fair coin split the discordant rows this unevenly?

    (Q. McNemar, Psychometrika 12, 1947; the exact form is the binomial test with p = 1/2.) 1.0 without such rows.

    >>> round(mcnemar_exact(1, 9), 6)
    0.021484
    """
    rows = only_one + only_other
    if rows == 0:
        return 1.0
    least = min(only_one, only_other)
    tail = sum(math.comb(rows, hits) for hits in range(least + 1))
    return float(min(1.0, 2 * tail / 2**rows)) if rows <= 1000 else _normal_p(only_one, only_other)


def _normal_p(only_one: int, only_other: int) -> float:
    """The same by the normal approximation with continuity correction: exact sums of a thousand terms add nothing."""
    rows = only_one + only_other
    distance = max(0.0, abs(only_one - only_other) - 1) / math.sqrt(rows)
    return math.erfc(distance / math.sqrt(2))


def paired_difference(one: Sequence[bool], other: Sequence[bool], z: float = Z_95) -> tuple[float, float]:
    """(accuracy of the second minus that of the first, half the width of its 95% interval) on the same rows.

    The variance is that of a paired difference of shares: ((b + c) - (b - c)²/n) / n², with b and c the discordant
    rows (A. Agresti, "Categorical Data Analysis", section on matched pairs).
    """
    rows = len(one)
    if rows == 0:
        return 0.0, 1.0
    only_one, only_other = discordant(one, other)
    difference = (only_other - only_one) / rows
    variance = (only_one + only_other - (only_other - only_one) ** 2 / rows) / rows**2
    # Without a discordant row the formula says "exactly equal"; the rule of three says how sure that is.
    return difference, max(
        z * math.sqrt(max(0.0, variance)), 3 / rows if only_one == only_other == 0 else 0.0
    )

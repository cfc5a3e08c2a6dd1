"""The figures of a dataset: lengths with their histogram, rows per label, the share that the commonest label has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.datasets.ledger import Ledger
from bot.domain import Lengths

BARS = 24
_STEPS = (1, 2, 5, 10, 20, 25, 50)


def lengths_of(ledger: Ledger) -> Lengths:
    """Lengths of the kept examples in tokens."""
    rows = np.flatnonzero(ledger.alive)
    if not len(rows):
        return Lengths(median=0, p99=0, longest=0, longest_line=0, limit=ledger.choices.max_tokens)
    tokens = ledger.tokens[rows].astype(np.int64)
    longest = int(np.argmax(tokens))
    return Lengths(
        median=int(np.percentile(tokens, 50, method="lower")),
        p99=int(np.percentile(tokens, 99, method="higher")),
        longest=int(tokens[longest]),
        longest_line=int(ledger.frame.line[rows[longest]]),
        histogram=_histogram(tokens),
        limit=ledger.choices.max_tokens,
        over_limit=int((tokens > ledger.choices.max_tokens).sum()),
    )


def _histogram(tokens: npt.NDArray[np.int64]) -> tuple[tuple[int, int, int], ...]:
    """Bars of a round width up to the 99.5th percentile; the last one takes the rest."""
    low, high = int(tokens.min()), int(np.percentile(tokens, 99.5, method="higher"))
    width = _round_up(max(1, -(-(high - low + 1) // BARS)))
    start = low // width * width
    edges = np.arange(start, high + width + 1, width)
    counts, _ = np.histogram(np.minimum(tokens, edges[-1] - 1), edges)
    ends = [*edges[1:-1].tolist(), max(int(edges[-1]), int(tokens.max()) + 1)]
    return tuple(
        (int(low), int(high), int(rows)) for low, high, rows in zip(edges[:-1], ends, counts, strict=True)
    )


def _round_up(width: int) -> int:
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale >= width:
                return step * scale
        scale *= 10


def label_counts(ledger: Ledger, rows: npt.NDArray[np.bool_]) -> dict[str, int]:
    """Rows per label among those rows, the commonest first; equal ones by name. Empty without classes."""
    if not ledger.frame.has_classes:
        return {}
    counts = np.bincount(ledger.label[rows], minlength=len(ledger.labels))
    pairs = [(ledger.labels[int(code)], int(counts[code])) for code in np.flatnonzero(counts)]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

"""Examples longer than the chosen model trains on."""

from __future__ import annotations

import numpy as np

from bot.datasets.ledger import Draft, Ledger, first_example, first_rows, rows_in_words
from bot.domain import Severity, Task
from bot.texts import t


def check_lengths(ledger: Ledger) -> None:
    """too_long: dropped, or cut at the end of the text, when somebody asks."""
    limit = ledger.choices.max_tokens
    rows = (ledger.tokens > limit) & ledger.alive
    count = int(rows.sum())
    if not count:
        return
    remedies = []
    cut_applied = False
    if ledger.frame.mapping.task is not Task.CHAT:
        cut = ledger.change("truncate_too_long", title=t("Cut long texts at the limit"), recommended=False)
        cut_applied = cut.applied
        remedies.append(cut)
    drop = ledger.drop(
        "drop_too_long",
        rows if not cut_applied else np.zeros_like(rows),
        title=t("Drop rows over the limit"),
        reason=t("longer than {limit:,} tokens", limit=limit),
        recommended=True,
    )
    if cut_applied:
        places = np.flatnonzero(rows)
        ledger.excess = dict(zip(places.tolist(), (ledger.tokens[places] - limit).tolist(), strict=True))
        ledger.tokens = np.minimum(ledger.tokens, np.int32(limit))
    ledger.add(
        Draft(
            code="too_long",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "Longer than the {limit:,} tokens that the model trains on: {count}.",
                limit=limit,
                count=rows_in_words(count),
            ),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(drop, *remedies),
        )
    )

"""Rows with nothing to read or nothing to answer."""

from __future__ import annotations

import numpy as np

from bot.datasets.checks.flags import BAD_CHAT, EMPTY_LABEL, EMPTY_TEXT
from bot.datasets.ledger import Draft, Ledger, first_example, first_rows, rows_in_words
from bot.domain import Severity
from bot.texts import t


def check_emptiness(ledger: Ledger) -> None:
    """empty_text, empty_label; no_answers when no column holds any."""
    if not ledger.frame.mapping.label:
        ledger.add(
            Draft(
                code="no_answers",
                severity=Severity.ERROR,
                rows=ledger.frame.rows,
                message=t(
                    "No column tells what to answer. Choose the label column, or drop one file for each "
                    "class."
                ),
            )
        )
    else:
        _empty(ledger, "empty_label", EMPTY_LABEL, t("answer"))
    _empty(ledger, "empty_text", EMPTY_TEXT, t("text"))


def _empty(ledger: Ledger, code: str, flag: int, what: str) -> None:
    # A chat that breaks the rules is told as such, and once.
    rows = (ledger.empty & np.uint32(flag)) != 0
    rows &= (ledger.frame.flags & np.uint32(BAD_CHAT)) == 0
    count = int(rows.sum())
    if not count:
        return
    remedy = ledger.drop(
        f"drop_{code}",
        rows,
        title=t("Drop rows without {what}", what=what),
        reason=t("the {what} is empty", what=what),
        recommended=True,
    )
    ledger.add(
        Draft(
            code=code,
            severity=Severity.WARNING if remedy.applied else Severity.ERROR,
            rows=count,
            message=t(
                "No {what} (nothing, or white space only) in {count}.", what=what, count=rows_in_words(count)
            ),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(remedy,),
        )
    )

"""Findings about what was found inside texts: damage, personal data, secrets, the label itself, the order of the file."""

from __future__ import annotations

import numpy as np

from bot.datasets.checks.flags import BLEMISHES, LABEL_IN_TEXT, Blemish
from bot.datasets.ledger import Draft, Ledger, first_example, first_rows, rows_in_words
from bot.domain import Remedy, Severity
from bot.texts import said, t

NAMED_SHARE = 0.5
"""From this share of rows on, a text that names its label gives the answer away."""
SORTED_SHARE = 0.2
"""A file is sorted when its label changes less often than this share of the changes a random order has."""
LEAST_FOR_ORDER = 20


def check_blemishes(ledger: Ledger) -> None:
    """mojibake, html_entities, excel_artefacts, control_characters, secrets, pii."""
    for blemish in BLEMISHES:
        rows = (ledger.frame.flags & np.uint32(blemish.flag)) != 0
        count = int(rows.sum())
        remedy = (
            ledger.change(blemish.remedy, title=said(blemish.title), recommended=blemish.recommended)
            if count
            else None
        )
        if remedy:
            ledger.add(_draft(blemish, count, first_rows(rows), remedy))


def _draft(blemish: Blemish, count: int, shown: tuple[int, ...], remedy: Remedy) -> Draft:
    return Draft(
        code=blemish.finding,
        severity=blemish.severity,
        rows=count,
        message=t("{what} in {rows}.", what=said(blemish.told), rows=rows_in_words(count)),
        shown=shown,
        example=shown[:1],
        told=first_example,
        remedies=(remedy,),
    )


def check_label_in_text(ledger: Ledger) -> None:
    """label_in_text: the text says its own label."""
    rows = (ledger.frame.flags & np.uint32(LABEL_IN_TEXT)) != 0
    count = int(rows.sum())
    if not count:
        return
    share = count / ledger.frame.rows
    gives_away = t(" That gives the answer away.") if share >= NAMED_SHARE else ""
    ledger.add(
        Draft(
            code="label_in_text",
            severity=Severity.WARNING if gives_away else Severity.INFO,
            rows=count,
            message=t(
                "The label stands in the text in {count} ({share:.1%}).{gives_away}",
                count=rows_in_words(count),
                share=share,
                gives_away=gives_away,
            ),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
        )
    )


def check_order(ledger: Ledger) -> None:
    """order_bias: the file is sorted by label; what is written never is."""
    labels = ledger.label[ledger.alive]
    rows = len(labels)
    if rows < LEAST_FOR_ORDER:
        return
    shares = np.bincount(labels) / rows
    by_chance = (rows - 1) * (1 - float((shares**2).sum()))
    changes = int((labels[1:] != labels[:-1]).sum())
    if by_chance < 1 or changes >= SORTED_SHARE * by_chance:
        return
    remedy = Remedy(
        code="shuffle",
        title=t("Write the examples in random order (always done)"),
        recommended=True,
        applied=True,
        rows_before=rows,
        rows_after=rows,
    )
    ledger.add(
        Draft(
            code="order_bias",
            severity=Severity.INFO,
            rows=rows,
            message=t(
                "The file is sorted by label: it changes {changes:,} times, in random order "
                "{by_chance:,.0f} times.",
                changes=changes,
                by_chance=by_chance,
            ),
            remedies=(remedy,),
        )
    )

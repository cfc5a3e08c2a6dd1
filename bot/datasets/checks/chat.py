"""Chats that break the API's rules, files that mix formats, and conversations that could teach every turn."""

from __future__ import annotations

import numpy as np

from bot.datasets.chat_schema import PROBLEMS
from bot.datasets.checks.flags import BAD_CHAT, MIXED_FORMAT
from bot.datasets.ledger import Draft, Ledger, first_example, first_rows, rows_in_words
from bot.domain import Remedy, Severity
from bot.texts import said, t


def check_chats(ledger: Ledger) -> None:
    """chat_schema, mixed_formats, many_turns."""
    _schema(ledger)
    _mixed(ledger)
    _turns(ledger)


def _schema(ledger: Ledger) -> None:
    frame = ledger.frame
    rows = (frame.flags & np.uint32(BAD_CHAT)) != 0
    count = int(rows.sum())
    if not count:
        return
    counts = np.bincount(frame.problem, minlength=len(PROBLEMS))
    told = "; ".join(
        f"{said(PROBLEMS[place])} ({counts[place]:,})" for place in range(1, len(PROBLEMS)) if counts[place]
    )
    remedy = ledger.drop(
        "drop_bad_chats",
        rows,
        title=t("Drop chats that can't be trained"),
        reason=t("the chat breaks the rules of the API"),
        recommended=True,
    )
    ledger.add(
        Draft(
            code="chat_schema",
            severity=Severity.WARNING if remedy.applied else Severity.ERROR,
            rows=count,
            message=t("Chats that can't be trained: {count}: {told}.", count=rows_in_words(count), told=told),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(remedy,),
            counts=tuple(
                (said(PROBLEMS[place]), int(counts[place])) for place in np.flatnonzero(counts[1:]) + 1
            ),
        )
    )


def _mixed(ledger: Ledger) -> None:
    rows = (ledger.frame.flags & np.uint32(MIXED_FORMAT)) != 0
    count = int(rows.sum())
    if not count:
        return
    kept = ledger.kept
    remedy = Remedy(
        code="unify_formats",
        title=t("Write them as chats, too (always done)"),
        recommended=True,
        applied=True,
        rows_before=kept,
        rows_after=kept,
    )
    ledger.add(
        Draft(
            code="mixed_formats",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "The file mixes formats: {count} with prompt and completion among the chats.",
                count=rows_in_words(count),
            ),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(remedy,),
        )
    )


def _turns(ledger: Ledger) -> None:
    frame = ledger.frame
    several = (frame.turns > 1) & ledger.alive
    if frame.source.conversation or not several.any() or frame.source.per_turn:
        return
    kept = ledger.kept
    remedy = Remedy(
        code="split_turns",
        title=t("Make an example of each answer of the assistant"),
        recommended=False,
        applied=False,
        rows_before=kept,
        rows_after=int(frame.turns[ledger.alive].sum(dtype=np.int64)),
    )
    count = int(several.sum())
    ledger.add(
        Draft(
            code="many_turns",
            severity=Severity.INFO,
            rows=count,
            message=t(
                "Several answers of the assistant in one chat: {count}; all of them are trained.",
                count=rows_in_words(count),
            ),
            shown=first_rows(several),
            remedies=(remedy,),
        )
    )

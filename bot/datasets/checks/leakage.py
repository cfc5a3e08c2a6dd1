"""The same text on both sides of a given split: what a model has seen in training says nothing when it is tested on it."""

from __future__ import annotations

import numpy as np

from bot.datasets.kernels import Mask
from bot.datasets.ledger import Draft, Ledger, first_rows, quoted, rows_in_words
from bot.datasets.split import PART_NAMES, TRAIN
from bot.domain import Severity
from bot.texts import t


def check_leakage(ledger: Ledger) -> None:
    """leakage between given parts; a split made here can't have any."""
    role = ledger.frame.role
    if not role.any():
        return
    alive = ledger.alive
    held_out = (role != TRAIN) & alive
    leaking = held_out & np.isin(ledger.norm, ledger.norm[(role == TRAIN) & alive])
    for earlier, later in ((1, 2),):
        seen = ledger.norm[(role == earlier) & alive]
        leaking |= (role == later) & alive & np.isin(ledger.norm, seen)
    if leaking.any():
        _report(ledger, leaking)


def _report(ledger: Ledger, leaking: Mask) -> None:
    role = ledger.frame.role
    count = int(leaking.sum())
    exact = int(np.isin(ledger.text[leaking], ledger.text[(role == TRAIN) & ledger.alive]).sum())
    source = (role == TRAIN) & ledger.alive & np.isin(ledger.norm, ledger.norm[leaking])
    moved = ledger.choices.fixes is not None and "move_leaks" in ledger.choices.fixes
    nothing = np.zeros_like(leaking)
    drop = ledger.drop(
        "drop_leaks",
        nothing if moved else leaking,
        title=t("Drop them from the held-out file"),
        reason=t("the training file has the same text"),
        recommended=True,
    )
    move = ledger.drop(
        "move_leaks",
        source,
        title=t("Keep them held out and drop them from training"),
        reason=t("the held-out file has the same text"),
        recommended=False,
    )
    pair = first_rows(source)[:1] + _partner(ledger, leaking, source)
    ledger.add(
        Draft(
            code="leakage",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "Held out, but training has the same text: {count} ({exact:,} exactly).",
                count=rows_in_words(count),
                exact=exact,
            ),
            shown=first_rows(leaking),
            example=pair,
            told=lambda rows: _tell(rows, PART_NAMES[int(role[pair[1]])]),
            remedies=(drop, move),
            counts=(("exact", exact),),
        )
    )


def _partner(ledger: Ledger, leaking: Mask, source: Mask) -> tuple[int, ...]:
    wanted = ledger.norm[np.flatnonzero(source)[0]]
    return (int(np.flatnonzero(leaking & (ledger.norm == wanted))[0]),)


def _tell(rows: list[tuple[int, str, str]], part: str) -> str:
    (line, text, _), (other_line, _, _) = rows
    return t(
        "{text} is on line {line} of the training file and on line {other_line} of the {part} file",
        text=quoted(text),
        line=line,
        other_line=other_line,
        part=part,
    )

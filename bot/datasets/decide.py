"""Decides what happens to every row under a person's choices: runs the checks in order over a ledger; no text is read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.datasets.checks.affixes import check_affixes, check_completion_format
from bot.datasets.checks.blemishes import check_blemishes, check_label_in_text, check_order
from bot.datasets.checks.chat import check_chats
from bot.datasets.checks.closer import check_languages, check_near_duplicates, check_suspicious_labels
from bot.datasets.checks.duplicates import check_duplicates
from bot.datasets.checks.emptiness import check_emptiness
from bot.datasets.checks.labels import (
    LEAST_EXAMPLES,
    check_label_set,
    check_label_variants,
    check_size,
    number_labels,
)
from bot.datasets.checks.leakage import check_leakage
from bot.datasets.checks.lengths import check_lengths
from bot.datasets.frame import Frame
from bot.datasets.insight import Insight
from bot.datasets.ledger import Draft, Ledger
from bot.datasets.repairs import Mended
from bot.datasets.separators import Marks
from bot.datasets.split import TEST, TRAIN, VALIDATION, Parts, assign_parts, joined_groups
from bot.domain import Choices, Severity, Task
from bot.texts import t


def decide(
    frame: Frame,
    choices: Choices,
    mended: Mended,
    insight: Insight | None = None,
    *,
    marks: Marks | None = None,
    tokens: npt.NDArray[np.int32] | None = None,
) -> Ledger:
    """The ledger after all checks, parts assigned; `insight` is what a closer look found; `marks` and
    `tokens` are given for the completion format.
    """
    ledger = Ledger.open(frame, choices, mended, tokens)
    ledger.put_right(choices.relabels)
    _take_out_by_hand(ledger)
    if frame.mapping.task is Task.CHAT:
        check_chats(ledger)
    check_affixes(ledger)
    if marks is not None:
        check_completion_format(ledger, separator=marks.separator, taken=marks.taken)
    check_blemishes(ledger)
    check_emptiness(ledger)
    if frame.has_classes:
        check_label_variants(ledger)
    check_duplicates(ledger)
    check_lengths(ledger)
    check_leakage(ledger)
    if insight is not None:
        check_near_duplicates(ledger, insight)
        check_languages(ledger, insight)
    if frame.has_classes:
        if insight is not None:
            check_suspicious_labels(ledger, insight)
        check_label_set(ledger)
        number_labels(ledger)
        check_label_in_text(ledger)
        check_order(ledger)
    check_size(ledger)
    ledger.part = _parts(ledger)
    return ledger


def _take_out_by_hand(ledger: Ledger) -> None:
    """Take out the rows that a person dropped; rows that are not there are left."""
    rows = np.array([row for row in ledger.choices.drops if 0 <= row < ledger.frame.rows], np.int64)
    if len(rows):
        out = np.zeros(ledger.frame.rows, np.bool_)
        out[rows] = True
        ledger.take_out(out, t("dropped by hand"))


def _parts(ledger: Ledger) -> Parts:
    """The part of each row that is in: the given one, or one drawn among those that nobody gave a part."""
    choices, role = ledger.choices, ledger.frame.role
    parts = role.copy()
    free = ledger.alive & (role == TRAIN)
    validation_share = 0.0 if (role == VALIDATION).any() else choices.validation_share
    test_share = 0.0 if (role == TEST).any() else choices.test_share
    groups = ledger.norm[free]
    still = ledger.shared[free[ledger.shared]]
    all_different = not ledger.empty[free].any() and not pd.Series(ledger.norm[still]).duplicated().any()
    if len(ledger.frame.conversation):
        groups = joined_groups(ledger.frame.conversation[free], groups)
        all_different = False
    label = ledger.label[free]
    made = assign_parts(
        groups,
        label,
        validation_share=validation_share,
        test_share=test_share,
        seed=choices.seed,
        all_different=all_different,
    )
    if len(made) >= LEAST_EXAMPLES and int((made == TRAIN).sum()) < LEAST_EXAMPLES:
        made = np.zeros_like(made)
        ledger.add(
            Draft(
                code="too_few_examples",
                severity=Severity.WARNING,
                rows=len(made),
                message=t(
                    "There are too few examples to hold any out for validation and test: all are for "
                    "training."
                ),
            )
        )
    parts[free] = made
    return parts

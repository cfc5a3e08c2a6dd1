"""The form of fixes: a tick for each remedy in use."""

from __future__ import annotations

from bot.domain import Dataset, Finding, Remedy
from bot.ports import Block
from bot.views.blocks import cut, option, plain_input, section
from bot.views.modals import modal

FIXES = "datasets_fixes_form"
CHECKBOXES = 10
"""Slack's limit for one group of checkboxes."""


def fixes_form(dataset: Dataset) -> Block:
    """Every remedy on offer with a tick where it is in use; taking the tick away undoes it."""
    found = dataset.report
    remedies = (
        [(finding, remedy) for finding in found.findings for remedy in finding.remedies] if found else []
    )
    blocks: list[Block] = [
        section(
            "Ticked fixes are in use. Untick one to undo it: the file as you dropped it is never changed."
        )
    ]
    for start in range(0, len(remedies), CHECKBOXES):
        group = remedies[start : start + CHECKBOXES]
        options = [
            _fix_option(number, finding, remedy) for number, (finding, remedy) in enumerate(group, start + 1)
        ]
        ticked = [entry for entry, (_, remedy) in zip(options, group, strict=True) if remedy.applied]
        element = {
            "type": "checkboxes",
            "options": options,
            **({"initial_options": ticked} if ticked else {}),
        }
        blocks.append(
            plain_input(f"fixes_{start}", "Fixes" if start == 0 else "More fixes", element, optional=True)
        )
    return modal(FIXES, "Choose fixes", submit="Apply", close="Keep", blocks=blocks, private=dataset.id)


def _fix_option(number: int, finding: Finding, remedy: Remedy) -> Block:
    advised = " (recommended)" if remedy.recommended else ""
    text = cut(f"{number}. {remedy.title}{advised}", 75)
    return option(
        text, remedy.code, f"{remedy.rows_before:,} → {remedy.rows_after:,} rows. {finding.message}"
    )

"""The fixes of a report: numbered, each with the rows before and after, and a button that uses it or takes it back."""

from __future__ import annotations

from bot.domain import Dataset, DatasetReport, Remedy
from bot.ports import Block
from bot.texts import t
from bot.views.blocks import BUTTON_CHARACTERS, actions, bold, button, cut, escape, section
from bot.views.facts import change

FIX = "datasets_fix_"
"""The action of fix 3 is "datasets_fix_3"; an action's id may stand only once in its block."""
APPLY, TAKE_BACK = "apply", "take_back"
A_BLOCK = 25
"""Slack's limit for the elements of one actions block."""


def numbered(found: DatasetReport) -> list[tuple[int, Remedy]]:
    """Every remedy on offer once, with its number, in the order of the findings."""
    remedies: dict[str, Remedy] = {}
    for finding in found.findings:
        for remedy in finding.remedies:
            remedies.setdefault(remedy.code, remedy)
    return list(enumerate(remedies.values(), 1))


def fixes_text(found: DatasetReport) -> str:
    """The list of fixes with their state; "" when there is nothing to fix."""
    fixes = numbered(found)
    if not fixes:
        return ""
    return "\n".join([bold(t("Fixes")), *(_line(number, remedy) for number, remedy in fixes)])


def _line(number: int, remedy: Remedy) -> str:
    if remedy.applied:
        state = t("in use")
    else:
        state = t("recommended, not in use") if remedy.recommended else t("not in use")
    return f"{number}. {'✅' if remedy.applied else '▫️'} {escape(remedy.title)}{change(remedy)} ({state})"


def fixes_blocks(dataset: Dataset, found: DatasetReport) -> list[Block]:
    """The list, a button for each fix, and the buttons for all of them."""
    fixes = numbered(found)
    blocks = [section(fixes_text(found))] if fixes else []
    buttons = [_button(dataset, number, remedy) for number, remedy in fixes]
    if any(remedy.applied != remedy.recommended for _, remedy in fixes):
        buttons.append(button(t("Apply recommended"), "datasets_recommended", value=dataset.id))
    if dataset.history:
        buttons.append(button(t("Undo"), "datasets_undo", value=dataset.id))
    return [
        *blocks,
        *(actions(*buttons[start : start + A_BLOCK]) for start in range(0, len(buttons), A_BLOCK)),
    ]


def _button(dataset: Dataset, number: int, remedy: Remedy) -> Block:
    """Says what pressing it does; its value says the same, so that an old report can't do the opposite."""
    if remedy.applied:
        words = t("Take back {number}: {title}", number=number, title=remedy.title)
        return button(words, f"{FIX}{number}", value=f"{dataset.id}|{TAKE_BACK}|{remedy.code}")
    rows = change(remedy)
    words = cut(f"{number}. {remedy.title}", BUTTON_CHARACTERS - len(rows)) + rows
    return button(words, f"{FIX}{number}", value=f"{dataset.id}|{APPLY}|{remedy.code}")

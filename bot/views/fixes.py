"""The fixes of a report: numbered, each with the rows before and after, and a button that uses it or takes it back."""

from __future__ import annotations

from bot.domain import Dataset, DatasetReport, Remedy
from bot.ports import Block
from bot.texts import n, t
from bot.views.blocks import BUTTON_CHARACTERS, actions, bold, button, cut, section
from bot.views.facts import ALWAYS_DONE, change, inert

FIX = "datasets_fix_"
"""The action of fix 3 is "datasets_fix_3"; an action's id may stand only once in its block."""
APPLY, TAKE_BACK = "apply", "take_back"
A_BLOCK = 25
"""Slack's limit for the elements of one actions block."""


def numbered(found: DatasetReport) -> list[tuple[int, Remedy]]:
    """Every remedy that can be used and taken back once, with its number, in the order of the findings."""
    remedies: dict[str, Remedy] = {}
    for finding in found.findings:
        for remedy in finding.remedies:
            if remedy.code not in ALWAYS_DONE:
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
    return f"{number}. {'✅' if remedy.applied else '▫️'} {inert(remedy.title)}{change(remedy)} ({state})"


def fixes_blocks(dataset: Dataset, found: DatasetReport) -> list[Block]:
    """How many fixes are in use, a button for each, and the buttons for all of them."""
    fixes = numbered(found)
    buttons = [_button(dataset, number, remedy) for number, remedy in fixes]
    if any(remedy.applied != remedy.recommended for _, remedy in fixes):
        buttons.append(button(t("Apply recommended"), "datasets_recommended", value=dataset.id))
    if dataset.history:
        buttons.append(button(t("Undo"), "datasets_undo", value=dataset.id))
    return [
        *([section(_summary(fixes))] if fixes else []),
        *(actions(*buttons[start : start + A_BLOCK]) for start in range(0, len(buttons), A_BLOCK)),
    ]


def _summary(fixes: list[tuple[int, Remedy]]) -> str:
    in_use = sum(remedy.applied for _, remedy in fixes)
    words = t(
        "{title}: {used} of {all} in use. Each can be used and taken back; the file as you dropped it is never changed.",
        title=bold(t("Fixes")),
        used=in_use,
        all=len(fixes),
    )
    advised = [str(number) for number, remedy in fixes if remedy.recommended and not remedy.applied]
    if not advised:
        return words
    return f"{words} " + n(
        "Recommended: {numbers}.", "Recommended: {numbers}.", len(advised), numbers=", ".join(advised)
    )


def _button(dataset: Dataset, number: int, remedy: Remedy) -> Block:
    """Says what pressing it does; its value says the same, so that an old report can't do the opposite."""
    rows = change(remedy)
    wanted = TAKE_BACK if remedy.applied else APPLY
    title = t("Take back {number}. {title}") if remedy.applied else t("{number}. {title}")
    words = cut(title.format(number=number, title=remedy.title), BUTTON_CHARACTERS - len(rows)) + rows
    return button(words, f"{FIX}{number}", value=f"{dataset.id}|{wanted}|{remedy.code}")

"""The card of a label that looks wrong: in the dataset's thread, and as a form for people elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from bot.domain import Dataset, LabelCard, LabelQueue, LabelVerdict
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import percent
from bot.views.blocks import (
    actions,
    bold,
    button,
    context,
    cut,
    escape,
    literal,
    message,
    option,
    quote,
    section,
)
from bot.views.modals import notice

FORM = "labels_form"
OTHER = "labels_other"
MENU = "labels_menu"
"""How the id of the block with the menu begins; dataset and card follow, for a search for labels has nothing else."""
OPTIONS = 100
"""Slack's limit for a menu's options; with more labels the menu asks for a few letters."""
SEPARATOR = "|"
TEXT_CHARACTERS = 1500
MOST_SURE = 0.99
"""No model is surer than this, whatever it says."""


def card(dataset: Dataset, queue: LabelQueue, version: Dataset | None) -> Message:
    """The card to decide on next; what was decided when none is left, or it was saved."""
    current = queue.current
    if version is not None:
        return _saved(queue, version)
    if current is None:
        return _end(dataset, queue)
    title = t(
        "{title} of {name}",
        title=bold(t("Label {place} of {all}", place=current.place, all=len(queue.cards))),
        name=literal(dataset.title),
    )
    question = _question(current)
    blocks = [
        section(title),
        quote(current.suspect.text, TEXT_CHARACTERS),
        section(question),
        {**actions(*_choices(dataset, current)), "block_id": _menu_block(dataset, current)},
        *_more(dataset, queue),
        context(_progress(queue)),
    ]
    text = "\n".join([title, f"> {literal(current.suspect.text, 300)}", question, _progress(queue)])
    return message(text, blocks)


def _question(current: LabelCard) -> str:
    suspect = current.suspect
    return t(
        "Labelled {label} ({file}, line {line}). A model trained on the other rows says {suggestion} ({probability}).",
        label=literal(suspect.label),
        file=literal(suspect.file, 40),
        line=suspect.line,
        suggestion=literal(suspect.suggestion),
        probability=percent(min(suspect.probability, MOST_SURE), 0),
    )


def _choices(dataset: Dataset, current: LabelCard) -> list[Block]:
    suspect = current.suspect
    place = f"{dataset.id}{SEPARATOR}{current.place}"
    keep = t("Keep {label}", label=cut(suspect.label, 50))
    change = t("Change to {label}", label=cut(suspect.suggestion, 50))
    return [
        button(keep, "labels_keep", value=place),
        button(change, "labels_change", value=place, style="primary"),
        _menu(dataset, current),
        button(t("Drop this row"), "labels_drop", value=place),
    ]


def _menu_block(dataset: Dataset, current: LabelCard) -> str:
    return SEPARATOR.join((MENU, dataset.id, str(current.place)))


def _menu(dataset: Dataset, current: LabelCard) -> Block:
    """A menu of all labels; the card that it belongs to rides in each option, for menus carry no value."""
    placeholder = {"type": "plain_text", "text": t("Another label …")}
    others = [label for label in label_names(dataset) if label != current.suspect.label]
    if not others or len(others) > OPTIONS:
        return {
            "type": "external_select",
            "action_id": OTHER,
            "placeholder": placeholder,
            "min_query_length": 1,
        }
    return {
        "type": "static_select",
        "action_id": OTHER,
        "placeholder": placeholder,
        "options": options(dataset.id, current.place, others),
    }


def options(dataset_id: str, place: int, labels: Iterable[str]) -> list[Block]:
    """An option for each label; its value names dataset, card and label."""
    return [option(label, SEPARATOR.join((dataset_id, str(place), label_key(label)))) for label in labels]


def label_names(dataset: Dataset) -> list[str]:
    """The dataset's labels by name."""
    return sorted(dataset.report.labels, key=str.casefold) if dataset.report else []


def label_key(label: str) -> str:
    """A short name of a label of any length, for an option's value."""
    return sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _more(dataset: Dataset, queue: LabelQueue) -> list[Block]:
    buttons = []
    if queue.changes:
        buttons.append(button(t("Save as a new version"), "labels_save", value=dataset.id))
    if any(card.verdict for card in queue.cards):
        buttons.append(button(t("Undo"), "labels_undo", value=dataset.id))
    return [actions(*buttons)] if buttons else []


def _progress(queue: LabelQueue) -> str:
    left = sum(card.verdict is None for card in queue.cards)
    return t(
        "{kept} kept, {changed} changed, {dropped} dropped, {left} to go.",
        kept=queue.count(LabelVerdict.KEEP),
        changed=queue.count(LabelVerdict.CHANGE),
        dropped=queue.count(LabelVerdict.DROP),
        left=left,
    )


def _end(dataset: Dataset, queue: LabelQueue) -> Message:
    done = n(
        "The one label of {name} that looked wrong has been looked at.",
        "All {number} labels of {name} that looked wrong have been looked at.",
        len(queue.cards),
        name=literal(dataset.title),
    )
    what = t("Save to make a new version of the dataset.") if queue.changes else t("Nothing was changed.")
    text = f"{done} {_progress(queue)} {what}"
    return message(text, [section(text), *_more(dataset, queue)])


def _saved(queue: LabelQueue, version: Dataset) -> Message:
    text = t(
        "{changes}: saved by {person} as {name}. Its report is in this thread.",
        changes=escape(changes(queue)),
        person=f"<@{version.made_by}>",
        name=literal(version.title),
    )
    return message(text, [section(text)])


def changes(queue: LabelQueue) -> str:
    """What the decisions change, for the list of versions."""
    changed, dropped = queue.count(LabelVerdict.CHANGE), queue.count(LabelVerdict.DROP)
    parts = [
        n("{number} label changed", "{number} labels changed", changed) if changed else "",
        n("{number} row dropped", "{number} rows dropped", dropped) if dropped else "",
    ]
    return ", ".join(part for part in parts if part)


def card_is_above(dataset: Dataset) -> Message:
    """For somebody who asks for a card that the thread has already."""
    return message(t("The card with the labels of {name} is in this thread.", name=literal(dataset.title)))


def form(said: Message) -> Block:
    """The card as a form; its buttons stay inside it."""
    return {**notice(t("Look at labels"), said.text), "callback_id": FORM, "blocks": list(said.blocks)}

"""Correcting an answer: the menu or form of labels, and what is said back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Feedback, FineTunedModel, Gathered, Task, Verdict
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import moment
from bot.views.blocks import (
    actions,
    bold,
    button,
    confirm,
    context,
    literal,
    message,
    option,
    plain_input,
    quote,
    section,
)
from bot.views.modals import modal, text_input

CORRECT = "feedback_form"
LABEL = "feedback_label"
NEW = "new"
"""The value of the menu's last entry, which opens the form."""
INLINE_LABELS = 20
"""More labels make a message too large for Slack (about 13,000 characters in all); they are in a form."""
MENU_LABELS = 100
"""Options a menu may have; more are searched for."""


@dataclass(frozen=True, kw_only=True)
class CorrectedAnswer:
    """Which answer the form corrects, and where that answer can be shown anew."""

    ask_id: str
    channel: str
    thread_ts: str
    response_url: str


def correction_control(ask_id: str, model: FineTunedModel) -> Block:
    """ "It should be…" as a menu of few labels, else as the button of a form."""
    if model.task is not Task.CLASSIFICATION:
        return button(t("It should say…"), "feedback_form", value=ask_id)
    if not 1 <= len(model.labels) <= INLINE_LABELS:
        return button(t("It should be…"), "feedback_form", value=ask_id)
    return {
        "type": "static_select",
        "action_id": "feedback_correct",
        "placeholder": {"type": "plain_text", "text": t("It should be…")},
        "options": [*label_options(model.labels), option(t("Another label …"), NEW)],
    }


def label_options(labels: Sequence[str]) -> list[Block]:
    """A menu's entries; the value is the label's place, for a value holds 150 characters only."""
    return [option(label, str(place)) for place, label in enumerate(labels)]


def found_options(labels: Sequence[str], typed: str) -> list[Block]:
    """The entries that fit what was typed into the search, those that begin with it first."""
    wanted = typed.strip().casefold()
    fitting = [entry for entry in enumerate(labels) if wanted in entry[1].casefold()]
    fitting.sort(key=lambda entry: (not entry[1].casefold().startswith(wanted), entry[0]))
    return [option(label, str(place)) for place, label in fitting[:MENU_LABELS]]


def correction_form(place: CorrectedAnswer, model: FineTunedModel, *, asked: str, said: str) -> Block:
    """What the answer should have been: a label of the model's, a new one, or a text for models that write."""
    private = json.dumps(vars(place))
    if model.task is not Task.CLASSIFICATION:
        element = {**text_input(t("The answer as it should be"), 3000), "multiline": True}
        fields = [
            quote(asked),
            plain_input("text", t("It should say"), {**element, "initial_value": said[:3000]}),
        ]
    else:
        fields = [
            quote(asked),
            context(t("It said {label}.", label=literal(said))),
            plain_input(LABEL, t("It should be"), _label_menu(model), optional=True),
            plain_input(
                "new_label",
                t("Or a label that it does not know yet"),
                text_input(t("A new label"), 200),
                optional=True,
                hint=t("It learns a new label once the corrections are trained on."),
            ),
        ]
    return modal(
        CORRECT,
        t("Correct the answer"),
        submit=t("Correct"),
        close=t("Not now"),
        blocks=fields,
        private=private,
    )


def _label_menu(model: FineTunedModel) -> Block:
    placeholder = {"type": "plain_text", "text": t("Choose a label")}
    if 1 <= len(model.labels) <= MENU_LABELS:
        return {
            "type": "static_select",
            "placeholder": placeholder,
            "options": label_options(model.labels),
        }
    return {"type": "external_select", "placeholder": placeholder, "min_query_length": 0}


def corrected_answer(private_metadata: str) -> CorrectedAnswer:
    """Back from the form's private metadata."""
    return CorrectedAnswer(**json.loads(private_metadata))


def thanks_for_wrong() -> Message:
    """Told to who said "wrong": the right label is what helps."""
    return message(
        t("Thanks. Which label is right? Choose it under “It should be…”, so that the model can learn it.")
    )


def nothing_chosen() -> str:
    """What the form's first field says when neither a label nor a text was given."""
    return t("Choose a label, or type one.")


def overview(model: FineTunedModel, found: Gathered) -> Message:
    """What has come together about a model, and the button that makes a better one of it."""
    title = t("Feedback on {model}", model=literal(model.title or model.name, 200))
    if not found.total:
        return message(
            t(
                "{title}: nobody has said anything yet. Every answer has the buttons 👍 Right, 👎 Wrong and"
                " “It should be…”.",
                title=title,
            )
        )
    counts = t(
        "{right} right, {wrong} wrong, from {people}",
        right=f"{found.right:,}",
        wrong=f"{found.wrong:,}",
        people=n("{number} person", "{number} people", found.people),
    )
    waiting = n(
        "{number} correction waits to be trained on",
        "{number} corrections wait to be trained on",
        len(found.waiting),
    )
    facts = f"{counts}. {waiting}."
    blocks: list[Block] = [section(f"{bold(title)}\n{facts}")]
    lists = [part for part in (_pairs(found), _newest(found)) if part]
    blocks += [section(part) for part in lists]
    if found.waiting:
        blocks.append(actions(_train_again(model, found)))
    return message("\n".join([f"{title}: {facts}", *lists]), blocks)


def _pairs(found: Gathered) -> str:
    if not found.pairs:
        return ""
    lines = [
        t(
            "• {answer} should be {correct}: {times}",
            answer=literal(answer, 60),
            correct=literal(correct, 60),
            times=n("once", "{number} times", times),
        )
        for answer, correct, times in found.pairs
    ]
    return "\n".join([bold(t("Corrected most")), *lines])


def _newest(found: Gathered) -> str:
    lines = [_said(one) for one in found.newest]
    return "\n".join([bold(t("Said last")), *lines]) if lines else ""


def _said(one: Feedback) -> str:
    what = t("👍 right") if one.verdict is Verdict.RIGHT else t("👎 wrong")
    if one.correct:
        what = t("✏️ should be {label}", label=literal(one.correct, 60))
    used = t(" (in a dataset already)") if one.used_in else ""
    text = literal(one.text, 100)
    return f"• {text} → {literal(one.answer, 60)}: {what}{used}, <@{one.user}>, {moment(one.at)}"


def _train_again(model: FineTunedModel, found: Gathered) -> Block:
    question = confirm(
        t("Add to the dataset and train again?"),
        n(
            "A new version of the dataset gets {number} correction; a model is trained on it like the last one and"
            " compared with it on the same test rows. Nothing is switched over by itself.",
            "A new version of the dataset gets {number} corrections; a model is trained on it like the last one and"
            " compared with it on the same test rows. Nothing is switched over by itself.",
            len(found.waiting),
        ),
        yes=t("Train again"),
        no=t("Not now"),
        style="",
    )
    return button(
        t("Add to dataset and train again"),
        "rounds_start",
        value=model.name,
        style="primary",
        confirm=question,
    )

"""A model's answer in the channel, what people said of it, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Answer, FineTunedModel, Question, Task
from bot.domain.channels import ChannelSettings
from bot.domain.feedback import Feedback, Verdict
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import percent
from bot.views.blocks import (
    actions,
    bar,
    bold,
    button,
    context,
    cut,
    escape,
    literal,
    message,
    quote,
    section,
)
from bot.views.feedback import correction_control

ASKED_CHARACTERS = 600
NAMES_SHOWN = 5


def answer(
    question: Question,
    found: Answer,
    model: FineTunedModel,
    *,
    policy: ChannelSettings,
    votes: Sequence[Feedback] = (),
) -> Message:
    """The label with its probability and the runners-up as bars; a text for models that write; what people said of it.

    The first block carries the question's id: by it an answer is found again whose sender was killed. Rendered anew
    from what is stored each time somebody says something of it.
    """
    asked = {**section(t("{user} asked:", user=f"<@{question.user}>")), "block_id": question.id}
    if model.task is Task.CLASSIFICATION:
        text, body = _classified(question, found, policy)
    else:
        text, body = _written(question, found)
    said = _votes(votes)
    blocks = [
        asked,
        *body,
        _small_print(found, model),
        *([context(said)] if said else []),
        _say_so(question, model),
    ]
    return message("\n".join(part for part in (text, said) if part), blocks)


def _classified(question: Question, found: Answer, policy: ChannelSettings) -> tuple[str, list[Block]]:
    share = dict(found.probabilities).get(found.text)
    label = literal(found.text)
    sure = "" if share is None else f" {percent(share)}{t(' (approximately)') if found.approximate else ''}"
    doubt = _doubt(found, share, policy)
    headline = "\n".join(part for part in (f"{bold(label)}{sure}", doubt) if part)
    shown = found.probabilities[: question.top]
    lines = [f"`{bar(p, 12)}` {percent(p):>6}  {literal(name, 60)}" for name, p in shown]
    blocks: list[Block] = [quote(question.text, ASKED_CHARACTERS), section(headline)]
    if lines:
        blocks.append(section("\n".join(lines)))
    text = t("{label}{sure} for “{text}”", label=label, sure=sure, text=escape(cut(question.text, 300)))
    runners = ", ".join(f"{literal(name, 60)} {percent(p)}" for name, p in shown if name != found.text)
    if runners:
        text += t(" (then {runners})", runners=runners)
    return "\n".join(part for part in (text, doubt) if part), blocks


def _doubt(found: Answer, share: float | None, policy: ChannelSettings) -> str:
    """Why not to trust it, and who could say what is right; "" where there is no doubt."""
    if not found.known_label:
        return t("This is none of the labels it was trained on, so don't trust it.")
    if share is None or share >= policy.threshold:
        return ""
    unsure = t(
        "🤔 Unsure: that is below {threshold}, the threshold of this channel.",
        threshold=percent(policy.threshold, 0),
    )
    if not policy.labellers:
        return f"{unsure} {t('Whoever knows better can choose the label below.')}"
    people = ", ".join(f"<@{user}>" for user in policy.labellers[:NAMES_SHOWN])
    return f"{unsure} {t('{people} can say which label it should be.', people=people)}"


def _written(question: Question, found: Answer) -> tuple[str, list[Block]]:
    text = t("{user} asked: {text}", user=f"<@{question.user}>", text=escape(cut(question.text, 200)))
    return f"{text}\n{escape(found.text)}", [quote(question.text), quote(found.text, 2900)]


def _votes(votes: Sequence[Feedback]) -> str:
    """Who said what of the answer, in one line; "" while nobody has."""
    parts = []
    right = [vote for vote in votes if vote.verdict is Verdict.RIGHT]
    if right:
        parts.append(t("👍 Right, says {people}", people=_people(right)))
    wrong = [vote for vote in votes if vote.verdict is Verdict.WRONG]
    for correct in dict.fromkeys(vote.correct for vote in wrong):
        people = _people([vote for vote in wrong if vote.correct == correct])
        if correct:
            parts.append(
                t("✏️ It should be {label}, says {people}", label=literal(correct, 60), people=people)
            )
        else:
            parts.append(t("👎 Wrong, says {people}", people=people))
    return " · ".join(parts)


def _people(votes: Sequence[Feedback]) -> str:
    named = ", ".join(f"<@{vote.user}>" for vote in votes[:NAMES_SHOWN])
    more = len(votes) - NAMES_SHOWN
    return f"{named} {n('and {number} more', 'and {number} more', more)}" if more > 0 else named


def _small_print(found: Answer, model: FineTunedModel) -> Block:
    name = literal(found.model, 200)
    named = f"{bold(literal(model.title))} {name}" if model.title else name
    return context(f"{named} · {found.latency_ms:,.0f} ms")


def _say_so(question: Question, model: FineTunedModel) -> Block:
    """The buttons by which people correct the model where it works."""
    row = actions(
        button(t("👍 Right"), "feedback_right", value=question.id),
        button(t("👎 Wrong"), "feedback_wrong", value=question.id),
        correction_control(question.id, model),
    )
    return {**row, "block_id": f"said:{question.id}"}


def no_model() -> Message:
    """The channel has no model yet."""
    return message(
        t(
            "This channel has no model yet. Drop a dataset here and type `/finetune start`,"
            " or choose one of the team's models with `/finetune use MODEL` (`/finetune models` lists them)."
        )
    )


def how_to_ask() -> Message:
    """The command came without a text."""
    text = t(
        "What should I ask? Type the text after the command, for example:\n"
        "`/classify My card still has not arrived`\n"
        "`/classify My card still has not arrived model=NAME` asks another model,"
        " `--private` shows the answer to you alone, `--top 5` shows five labels.\n"
        "`/ask TEXT` is for models that write."
    )
    return message(text, [section(text), actions(button(t("Classify a file"), "batches_new", value="file"))])


def nothing_to_read() -> Message:
    """The message that was pointed at has no text of its own."""
    return message(t("That message has no text that I could ask about."))

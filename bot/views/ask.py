"""A model's answer in the channel, and why there is none."""

from __future__ import annotations

from bot.domain import Answer, FineTunedModel, Question, Task
from bot.ports import Block, Message
from bot.views.amounts import percent
from bot.views.blocks import bar, bold, context, cut, escape, literal, message, quote, section

RUNNERS_UP = 3
ASKED_CHARACTERS = 600


def answer(question: Question, found: Answer, model: FineTunedModel) -> Message:
    """The label with its probability and the runners-up as bars; a text for models that write.

    The first block carries the question's id: by it an answer is found again whose sender was killed.
    """
    asked = {**section(f"<@{question.user}> asked:"), "block_id": question.id}
    if model.task is not Task.CLASSIFICATION:
        text = f"<@{question.user}> asked: {escape(cut(question.text, 200))}\n{escape(found.text)}"
        return message(text, [asked, quote(question.text), quote(found.text, 2900), _small_print(found)])
    share = dict(found.probabilities).get(found.text)
    sure = "" if share is None else f" {percent(share)}{' (approximately)' if found.approximate else ''}"
    headline = f"{bold(literal(found.text))}{sure}"
    if not found.known_label:
        headline += "\nThis is none of the labels it was trained on, so don't trust it."
    lines = [
        f"`{bar(p, 12)}` {percent(p):>6}  {literal(label, 60)}"
        for label, p in found.probabilities[: RUNNERS_UP + 1]
    ]
    blocks: list[Block] = [asked, quote(question.text, ASKED_CHARACTERS), section(headline)]
    if lines:
        blocks.append(section("\n".join(lines)))
    blocks.append(_small_print(found))
    runners = ", ".join(
        f"{literal(label, 60)} {percent(p)}" for label, p in found.probabilities[1 : RUNNERS_UP + 1]
    )
    text = f"{literal(found.text)}{sure} for “{escape(cut(question.text, 300))}”"
    return message(f"{text} (then {runners})" if runners else text, blocks)


def _small_print(found: Answer) -> Block:
    return context(f"{literal(found.model, 200)} · {found.latency_ms:,.0f} ms")


def no_model() -> Message:
    """The channel has no model yet."""
    return message(
        "This channel has no model yet. Drop a dataset here and type `/finetune start`,"
        " or choose one of the team's models with `/finetune use MODEL` (`/finetune models` lists them)."
    )


def how_to_ask() -> Message:
    """The command came without a text."""
    return message(
        "What should I classify? Type the text after the command, for example:\n"
        "`/classify My card still has not arrived`\n"
        "`/classify model=NAME My card still has not arrived` asks another model."
    )

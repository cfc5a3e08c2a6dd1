"""Training again on corrections: how it begins, how it came out, and the offer to switch the channel over."""

from __future__ import annotations

from bot.domain import Dataset, FineTunedModel, Round, RoundState, Score
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import percent
from bot.views.blocks import actions, bold, button, confirm, escape, literal, message, section


def taken(found: Round) -> Message:
    """Told at once to who pressed the button."""
    return message(
        n(
            "I'm on it: {number} correction goes into a new version of the dataset. Its thread shows the rest.",
            "I'm on it: {number} corrections go into a new version of the dataset. Its thread shows the rest.",
            found.corrections,
        )
    )


def begun(found: Round, parent: Dataset) -> Message:
    """Told in the dataset's thread."""
    added = n(
        "{user} adds {number} correction to {name} and trains again.",
        "{user} adds {number} corrections to {name} and trains again.",
        found.corrections,
        user=f"<@{found.user}>",
        name=literal(parent.name),
    )
    if not found.left_out:
        return message(added)
    left_out = n(
        "{number} of them is about a text of the held-out part and stays out of training: nothing may leak.",
        "{number} of them are about texts of the held-out part and stay out of training: nothing may leak.",
        found.left_out,
    )
    return message(f"{added} {left_out}")


def ended(found: Round, model: FineTunedModel | None) -> Message:
    """The comparison, and a button to switch over only where the new model is better."""
    if found.state is RoundState.FAILED or found.before is None or found.after is None:
        return _failed(found)
    lines = [_verdict(found), _score(t("New"), found.after), _score(t("Before"), found.before)]
    if found.corrections:
        lines.append(
            t(
                "Corrected texts that it now answers as you said: {learned} of {number}",
                learned=found.learned,
                number=found.corrections,
            )
        )
    text = "\n".join(lines)
    blocks: list[Block] = [section(text)]
    if found.is_better and model is not None:
        blocks.append(actions(_switch(found, model)))
    return message(text, blocks)


def _verdict(found: Round) -> str:
    user = f"<@{found.user}>"
    if not found.is_better:
        same = found.before and found.after and found.after.correct == found.before.correct
        word = t("as good as") if same else t("worse than")
        return t(
            "{user} the new model is {word} the one before on the same held-out rows, so this channel keeps what it has.",
            user=user,
            word=bold(word),
        )
    sure = _certainty(found.chance)
    return t(
        "{user} the new model is {word} than the one before on the same held-out rows{sure}.",
        user=user,
        word=bold(t("better")),
        sure=sure,
    )


def _certainty(chance: float | None) -> str:
    """How likely such a difference is by chance, in words (McNemar's exact test)."""
    if chance is None:
        return ""
    if chance < 0.05:
        return t(", and that is hardly chance (p = {p})", p=f"{chance:.3f}")
    return t(", but by so little that it may be chance (p = {p})", p=f"{chance:.2f}")


def _score(when: str, score: Score) -> str:
    rows = n("{right} of {number} row", "{right} of {number} rows", score.rows, right=f"{score.correct:,}")
    return f"{when}: {bold(percent(score.accuracy))} ({rows}) {literal(score.model, 200)}"


def _failed(found: Round) -> Message:
    text = t(
        "{user} training again on your corrections did not work: {why} The corrections are kept.",
        user=f"<@{found.user}>",
        why=escape(found.problem),
    )
    again = button(t("Feedback"), "feedback_show", value=found.model)
    return message(text, [section(text), actions(again)])


def _switch(found: Round, model: FineTunedModel) -> Block:
    question = confirm(
        t("Switch this channel over?"),
        t("`/classify` here asks the new model from now on. The one before stays and can be chosen again."),
        yes=t("Switch"),
        no=t("Not now"),
        style="",
    )
    return button(
        t("Switch the channel over"), "rounds_switch", value=found.id, style="primary", confirm=question
    )

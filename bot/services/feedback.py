"""What people say of answers: kept, shown on the answer itself, and gathered by model."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain import (
    Actor,
    Answer,
    Feedback,
    FineTunedModel,
    Gathered,
    Question,
    Task,
    Verdict,
)
from bot.errors import InputError, NotFoundError
from bot.ports import Message
from bot.texts import t
from bot.views import ask as views
from storage import Store

logger = logging.getLogger(__name__)

LABEL_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An answer with all that it was made of."""

    question: Question
    answer: Answer
    model: FineTunedModel


class Feedbacks:
    """The story of feedback."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clock = clock

    async def asked(self, actor: Actor, ask_id: str) -> Asked:
        """The answer of that question. Raises NotFoundError when it, or its model, is no longer there."""
        found = await self._store.asks.get(ask_id)
        question, answer = found or (None, None)
        if question is None or answer is None or question.team != actor.team:
            raise NotFoundError(t("I don't know that answer any more."), next_step=t("Ask again."))
        model = await self._store.models.remembered(actor.team, answer.model)
        if model is None:
            raise NotFoundError(
                t("The model that gave this answer is not there any more."), next_step=t("Ask again.")
            )
        return Asked(question=question, answer=answer, model=model)

    async def say(
        self, actor: Actor, ask_id: str, verdict: Verdict, *, correct: str = "", place: str = ""
    ) -> Message:
        """Keep a person's word on an answer; the answer with everybody's words on it.

        `correct` is what it should be; `place` that label's place among the model's, as the menu sends it. A person's
        newer word replaces the older. Raises NotFoundError, InputError for a label that can't be one.
        """
        asked = await self.asked(actor, ask_id)
        correct = _label_at(asked.model, place) if place else _checked(correct, asked.model)
        if correct:
            verdict = Verdict.RIGHT if correct == asked.answer.text else Verdict.WRONG
        said = Feedback(
            ask_id=ask_id,
            team=actor.team,
            channel=asked.question.channel,
            user=actor.user,
            model=asked.model.name,
            text=asked.question.text,
            answer=asked.answer.text,
            verdict=verdict,
            at=self._clock(),
            correct=correct if verdict is Verdict.WRONG else "",
        )
        await self._store.feedback.vote(said)
        logger.info("feedback question=%s user=%s verdict=%s", ask_id, actor.user, verdict)
        return await self._shown(asked)

    async def _shown(self, asked: Asked) -> Message:
        question = asked.question
        policy = await self._store.channels.get(question.team, question.channel)
        votes = await self._store.feedback.of_ask(question.id)
        return views.answer(question, asked.answer, asked.model, policy=policy, votes=votes)

    async def gathered(self, team: str, channel: str, name: str) -> tuple[FineTunedModel, Gathered]:
        """What has come together about a model: the one named, the channel's own, or the one talked about last.

        Raises NotFoundError.
        """
        model = await self._model(team, channel, name)
        return model, await self._store.feedback.gathered(team, model.name)

    async def _model(self, team: str, channel: str, name: str) -> FineTunedModel:
        models = self._store.models
        if name:
            found = await models.find(team, name)
        else:
            found = await models.of_channel(team, channel)
            for other in await self._store.feedback.models_with_any(team) if found is None else ():
                found = found or await models.get(team, other)
        if found is None:
            raise NotFoundError(
                t("There is no model {name} here.", name=name)
                if name
                else t("This channel has no model yet, so there is no feedback."),
                next_step=t("`/finetune models` lists those there are."),
            )
        return found


def _label_at(model: FineTunedModel, place: str) -> str:
    if not place.isdigit() or int(place) >= len(model.labels):
        raise InputError(t("That label is not there any more."), next_step=t("Choose it again."))
    return model.labels[int(place)]


def _checked(correct: str, model: FineTunedModel) -> str:
    """The correct answer as it will be taught: labels are one short line, texts are what they are."""
    if model.task is not Task.CLASSIFICATION:
        return correct.strip()
    label = " ".join(correct.split())
    if len(label) > LABEL_CHARACTERS:
        raise InputError(
            t("A label has at most {most} characters.", most=LABEL_CHARACTERS), field="new_label"
        )
    return label

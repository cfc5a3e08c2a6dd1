"""Questions to a model: taken durably before the ack, answered in the background, taken up again after a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain import Actor, FineTunedModel, Labelling, Question, Task, Thread, Wants
from bot.errors import BotError, InputError, NotFoundError, ServiceError, SlackError, UserError
from bot.ports import Message, Notifier, Provider
from bot.texts import t
from bot.views import ask as views
from bot.views import help as help_views
from storage import Store

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 8_000
"""Slack cuts a command near this length; a text that long was surely pasted by mistake."""
TOP = 4
MOST_SHOWN = 20
"""Labels shown beside an answer: as many as the API gives at most (top_logprobs, OpenAI API reference)."""
RESPONSE_URL_LIFE = timedelta(minutes=25)
"""Slack takes answers for 30 minutes."""


class Asks:
    """The story of asking."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        notifier: Notifier,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._provider = provider
        self._notifier = notifier
        self._clock = clock

    async def accept(
        self,
        actor: Actor,
        text: str,
        *,
        delivery: str,
        model: str = "",
        wants: Wants = Wants.ANY,
        private: bool = False,
        top: int = TOP,
        response_url: str = "",
        thread_ts: str = "",
    ) -> Question | None:
        """Take a question; None when this delivery was already taken. Raises InputError when it can't be asked."""
        text = checked_text(text)
        if not 1 <= top <= MOST_SHOWN:
            raise InputError(
                t("--top takes a number from 1 to {most}, not {number}.", most=MOST_SHOWN, number=top),
                field="top",
            )
        question = Question(
            id=f"ask-{uuid4().hex[:12]}",
            team=actor.team,
            channel=actor.channel,
            user=actor.user,
            text=text,
            asked_at=self._clock(),
            model=model,
            response_url=response_url,
            thread_ts=thread_ts,
            wants=wants,
            private=private,
            top=top,
        )
        return question if await self._store.asks.accept(question, delivery=delivery) else None

    async def answer(self, question: Question, *, look_first: bool = False) -> None:
        """Ask the model and post what it says; say so to the person when that fails.

        `look_first` is for a question that a crash left open: its answer may be there already.
        """
        if look_first and await self._is_answered(question):
            await self._store.asks.mark_answered(question.id, self._clock())
            return
        try:
            model = await self._model(question)
            if model is None:
                await self._say(question, views.no_model(), public=False)
            else:
                found = await self._provider.answer(model, question.text)
                await self._store.asks.keep_answer(question.id, found)
                policy = await self._store.channels.get(question.team, question.channel)
                said = views.answer(question, found, model, policy=policy)
                await self._say(question, said, public=not question.private)
        except (UserError, ServiceError) as error:
            await self._explain(question, error)
        await self._store.asks.mark_answered(question.id, self._clock())
        logger.info("answered question=%s channel=%s", question.id, question.channel)

    async def classify(self, actor: Actor, text: str, *, model: str = "") -> Labelling:
        """A label without a message, for workflows.

        Raises InputError, NotFoundError, ProviderError, ProviderUnavailableError.
        """
        question = Question(
            id="",
            team=actor.team,
            channel=actor.channel,
            user=actor.user,
            text=checked_text(text),
            asked_at=self._clock(),
            model=model,
            wants=Wants.LABEL,
        )
        found = await self._model(question)
        if found is None:
            raise NotFoundError(
                t("This channel has no model yet."),
                next_step=t("Name one in the step, or choose one with `/finetune use MODEL`."),
            )
        answer = await self._provider.answer(found, question.text)
        probability = dict(answer.probabilities).get(answer.text)
        policy = await self._store.channels.get(actor.team, actor.channel)
        unsure = not answer.known_label or (probability is not None and probability < policy.threshold)
        return Labelling(label=answer.text, probability=probability, is_unsure=unsure)

    async def unanswered(self) -> list[Question]:
        """Questions that a crash left open and that can still be answered, oldest first."""
        return await self._store.asks.unanswered(now=self._clock(), within=RESPONSE_URL_LIFE)

    async def _is_answered(self, question: Question) -> bool:
        place = Thread(channel=question.channel, ts=question.thread_ts)
        try:
            return bool(await self._notifier.find(place, outbox_id=question.id, since=question.asked_at))
        except SlackError as error:  # rather answered twice than never
            logger.warning("answer not looked up question=%s error=%s", question.id, error)
            return False

    async def _model(self, question: Question) -> FineTunedModel | None:
        """The model that was named, or the channel's own: the newest of the wanted kind where its own is another."""
        models = self._store.models
        if question.model:
            named = await models.find(question.team, question.model)
            if named is None:
                raise NotFoundError(
                    t("There is no model {name} here.", name=question.model),
                    next_step=t("`/finetune models` lists those there are."),
                )
            return named
        own = await models.of_channel(question.team, question.channel)
        if own is None or _fits(own, question.wants):
            return own
        others = await models.trained_in(question.team, question.channel)
        return next((model for model in others if _fits(model, question.wants)), own)

    async def _say(self, question: Question, message: Message, *, public: bool) -> None:
        if question.response_url:
            await self._notifier.respond(question.response_url, message, in_channel=public)
        elif public:
            place = Thread(channel=question.channel, ts=question.thread_ts)
            await self._notifier.post(place, message, outbox_id=question.id)
        else:
            await self._notifier.whisper(
                question.channel, question.user, message, thread_ts=question.thread_ts
            )

    async def _explain(self, question: Question, error: BotError) -> None:
        logger.warning("not answered question=%s error=%s", question.id, error)
        if isinstance(error, SlackError) or not isinstance(error, UserError | ServiceError):
            return
        try:
            await self._say(question, help_views.problem(error), public=False)
        except SlackError as failure:
            logger.warning("explanation not posted question=%s error=%s", question.id, failure)


def _fits(model: FineTunedModel, wants: Wants) -> bool:
    return wants is Wants.ANY or (model.task is Task.CLASSIFICATION) == (wants is Wants.LABEL)


def checked_text(text: str) -> str:
    """The text without space around it. Raises InputError for none, and for one that is too long."""
    text = text.strip()
    if not text:
        raise InputError(t("There is no text to ask about."), field="text")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            t(
                "That text has {number} characters; I ask models at most {most}.",
                number=f"{len(text):,}",
                most=f"{MAX_CHARACTERS:,}",
            ),
            next_step=t("Shorten it, or ask about a part of it."),
        )
    return text

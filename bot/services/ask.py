"""Questions to a model: taken durably before the ack, answered in the background, taken up again after a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain import Actor, FineTunedModel, Question, Thread
from bot.errors import BotError, InputError, NotFoundError, ServiceError, SlackError, UserError
from bot.ports import Message, Notifier, Provider
from bot.views import ask as views
from bot.views import help as help_views
from storage import Store

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 8_000
"""Slack cuts a command near this length; a text that long was surely pasted by mistake."""
RESPONSE_URL_LIFE = timedelta(minutes=25)
"""Slack takes answers for 30 minutes."""


class Asks:
    """The story of asking."""

    def __init__(
        self, *, store: Store, provider: Provider, notifier: Notifier, clock: Callable[[], datetime]
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
        response_url: str = "",
        thread_ts: str = "",
    ) -> Question | None:
        """Take a question; None when this delivery was already taken. Raises InputError when it can't be asked."""
        if len(text) > MAX_CHARACTERS:
            raise InputError(
                f"That text has {len(text):,} characters; I ask models at most {MAX_CHARACTERS:,}.",
                next_step="Shorten it, or ask about a part of it.",
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
        )
        return question if await self._store.asks.accept(question, delivery=delivery) else None

    async def answer(self, question: Question, *, look_first: bool = False) -> None:
        """Ask the model and post what it says; say so to the person when that fails.

        `look_first` is for a question that a crash left open: its answer may be there already.
        """
        if look_first and await self._is_answered(question):
            await self._store.asks.mark_answered(question.id, None, self._clock())
            return
        found = None
        try:
            model = await self._model(question)
            if model is None:
                await self._say(question, views.no_model(), public=False)
            else:
                found = await self._provider.answer(model, question.text)
                await self._say(question, views.answer(question, found, model), public=True)
        except (UserError, ServiceError) as error:
            await self._explain(question, error)
        await self._store.asks.mark_answered(question.id, found, self._clock())
        logger.info("answered question=%s channel=%s", question.id, question.channel)

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
        if not question.model:
            return await self._store.models.of_channel(question.team, question.channel)
        model = await self._store.models.get(question.team, question.model)
        if model is None:
            raise NotFoundError(
                f"There is no model {question.model} here.",
                next_step="`/finetune models` lists those there are.",
            )
        return model

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

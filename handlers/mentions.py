"""`@Tunesmith classify …` and every other word, for threads: slash commands don't work there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Thread, Wants
from bot.ports import Message
from bot.views import help as views
from handlers.ask import ask_typed
from handlers.commands import Typed
from handlers.finetune import COMMANDS, answer_to
from handlers.requests import Body, actor_of, delivery_of, subcommand, typed
from handlers.services import Services

_MENTION = re.compile(r"^\s*(?:<@[A-Z0-9]+(?:\|[^>]*)?>[\s,:]*)+")
_LINK = re.compile(r"<(?:https?|mailto|tel):[^|>]+\|([^>]*)>|<((?:https?|mailto|tel):[^>]+)>")
ASKS = {"classify": Wants.LABEL, "ask": Wants.TEXT}

Next = Callable[[], Awaitable[Any]]


def register(app: AsyncApp, services: Services) -> None:
    """The event; a question in it is stored before Bolt acks it."""
    accept = partial(accept_question, services=services)
    app.event("app_mention", middleware=[accept])(partial(on_mention, services=services))


def said_to_us(event: Body) -> str:
    """What was written after the mention, as it was typed: Slack's links become the text that people saw."""
    text = _MENTION.sub("", str(event.get("text") or ""))
    return typed({"text": _LINK.sub(lambda link: link[1] or link[2], text)})


def place_of(event: Body) -> str:
    """The thread of the mention; the one it begins where it stands in none."""
    return str(event.get("thread_ts") or event["ts"])


async def accept_question(body: Body, context: AsyncBoltContext, next: Next, services: Services) -> None:
    """Take a question durably; failing here makes Slack deliver the event again."""
    event = body["event"]
    word, rest = subcommand(said_to_us(event))
    if word in ASKS and not event.get("files"):
        context["problem"] = await ask_typed(
            rest,
            actor_of(body),
            services,
            wants=ASKS[word],
            delivery=delivery_of(body),
            thread_ts=place_of(event),
        )
    await next()


async def on_mention(
    body: Body, context: AsyncBoltContext, client: AsyncWebClient, services: Services
) -> None:
    """Answer a word in the thread, for the person alone; without one say how to start."""
    event, actor = body["event"], actor_of(body)
    word, rest = subcommand(said_to_us(event))
    if event.get("files"):
        return  # the drop itself is answered
    if not word or word in ("hi", "hello"):
        place = Thread(channel=actor.channel, ts=place_of(event))
        await services.notifier.post(place, views.mention_help(actor.user))
        return
    said: Message | None = context.get("problem")
    if word not in ASKS:
        request = Typed(body=body, actor=actor, rest=rest, client=client, services=services)
        said = await _answer(word, request)
    if said:
        await services.notifier.whisper(actor.channel, actor.user, said, thread_ts=place_of(event))


async def _answer(word: str, request: Typed) -> Message | None:
    if word not in COMMANDS:
        return views.unknown_mention(word)
    answer = await answer_to(word, request)
    if isinstance(answer, Message):
        return answer
    try:
        await answer()
    except (SlackApiError, KeyError):  # a form: those need the trigger that only commands and buttons bring
        return views.needs_a_form(word)
    return None

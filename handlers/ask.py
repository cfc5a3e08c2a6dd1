"""/classify and /ask, the message shortcut, and the Try it button."""

from __future__ import annotations

from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor, Wants
from bot.errors import BusyError, InputError
from bot.ports import Message
from bot.views import ask as views
from bot.views import help as help_views
from bot.views import try_model
from handlers.questions import question
from handlers.requests import Body, actor_of, delivery_of, form_values, typed
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The commands, the shortcut, the button and its form."""
    app.command("/classify")(partial(on_ask, services=services, wants=Wants.LABEL))
    app.command("/ask")(partial(on_ask, services=services, wants=Wants.TEXT))
    app.shortcut("ask_message")(partial(on_ask_message, services=services))
    app.action("ask_try")(on_try)
    app.view(try_model.TRY)(partial(on_try_form, services=services))


async def on_ask(body: Body, ack: AsyncAck, services: Services, wants: Wants) -> None:
    """Take the question durably, ack, answer in the background."""
    url = str(body.get("response_url") or "")
    problem = await ask_typed(
        typed(body), actor_of(body), services, wants=wants, delivery=delivery_of(body), response_url=url
    )
    if problem:
        await ack(text=problem.text, blocks=list(problem.blocks) or None, response_type="ephemeral")
    else:
        await ack()


async def ask_typed(
    text: str, actor: Actor, services: Services, *, wants: Wants, delivery: str, **place: str
) -> Message | None:
    """Take a question with its options, as it was typed; a message when it can't be taken."""
    try:
        asked = question(text)
    except InputError as error:
        return help_views.problem(error)
    if not asked.text:
        return views.how_to_ask()
    options = {"model": asked.model, "private": asked.private, "top": asked.top}
    return await take(asked.text, actor, services, wants=wants, delivery=delivery, **options, **place)


async def take(
    text: str, actor: Actor, services: Services, *, delivery: str, **options: Any
) -> Message | None:
    """Store the question and queue its answer; a message when it can't be taken."""
    try:
        taken = await services.asks.accept(actor, text, delivery=delivery, **options)
        if taken is not None:
            services.background.submit(taken.id, partial(services.asks.answer, taken))
    except (InputError, BusyError) as error:
        return help_views.problem(error)
    return None


async def on_ask_message(body: Body, ack: AsyncAck, services: Services) -> None:
    """Classify a message somebody points at; the answer goes into its thread."""
    await ack()
    message, actor = body["message"], actor_of(body)
    text = str(message.get("text") or "").strip()
    place = str(message.get("thread_ts") or message["ts"])
    problem: Message | None = views.nothing_to_read()
    if text:
        problem = await take(text, actor, services, delivery=delivery_of(body), thread_ts=place)
    if problem:
        await services.notifier.whisper(actor.channel, actor.user, problem, thread_ts=place)


async def on_try(body: Body, ack: AsyncAck, client: AsyncWebClient) -> None:
    """Open a form with one field for the text."""
    await ack()
    place = str(body["message"].get("thread_ts") or body["message"]["ts"])
    view = try_model.try_form(body["actions"][0]["value"], channel=actor_of(body).channel, thread_ts=place)
    await client.views_open(trigger_id=body["trigger_id"], view=view)


async def on_try_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Ask the model of the button; the answer goes into the job's thread."""
    place = try_model.try_place(body["view"]["private_metadata"])
    text = form_values(body["view"])["text"].strip()
    if not text:
        await ack(response_action="errors", errors={"text": try_model.no_text()})
        return
    actor = actor_of({**body, "channel_id": place.channel})
    problem = await take(
        text, actor, services, delivery=delivery_of(body), model=place.model, thread_ts=place.thread_ts
    )
    if problem:
        await ack(response_action="errors", errors={"text": problem.text})
    else:
        await ack()

"""/classify, the message shortcut, and the Try it button."""

from __future__ import annotations

from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BusyError, InputError
from bot.ports import Message
from bot.views import ask as views
from bot.views import help as help_views
from bot.views import try_model
from handlers.requests import Body, actor_of, delivery_of, form_values, question, typed
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The command, the shortcut, the button and its form."""
    app.command("/classify")(partial(on_ask, services=services))
    app.shortcut("ask_message")(partial(on_ask_message, services=services))
    app.action("ask_try")(on_try)
    app.view(try_model.TRY)(partial(on_try_form, services=services))


async def on_ask(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take the question durably, ack, answer in the background."""
    text, model = question(typed(body))
    if not text:
        await _reply(ack, views.how_to_ask())
        return
    problem = await _accept(
        body, services, text=text, model=model, response_url=str(body.get("response_url") or "")
    )
    if problem:
        await _reply(ack, problem)
    else:
        await ack()


async def _reply(ack: AsyncAck, message: Message) -> None:
    await ack(text=message.text, blocks=list(message.blocks) or None, response_type="ephemeral")


async def _accept(
    body: Body, services: Services, *, text: str, model: str = "", response_url: str = "", thread_ts: str = ""
) -> Message | None:
    """Store the question and queue its answer; a message when it can't be taken."""
    try:
        taken = await services.asks.accept(
            actor_of(body),
            text,
            delivery=delivery_of(body),
            model=model,
            response_url=response_url,
            thread_ts=thread_ts,
        )
        if taken is not None:
            services.background.submit(taken.id, partial(services.asks.answer, taken))
    except (InputError, BusyError) as error:
        return help_views.problem(error)
    return None


async def on_ask_message(body: Body, ack: AsyncAck, services: Services) -> None:
    """Classify a message somebody points at; the answer goes into its thread."""
    await ack()
    message = body["message"]
    text = str(message.get("text") or "").strip()
    place = str(message.get("thread_ts") or message["ts"])
    problem = await _accept(body, services, text=text, thread_ts=place) if text else views.how_to_ask()
    if problem:
        actor = actor_of(body)
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
        await ack(response_action="errors", errors={"text": "Type a text to classify."})
        return
    asked = {**body, "channel_id": place.channel}
    problem = await _accept(asked, services, text=text, model=place.model, thread_ts=place.thread_ts)
    if problem:
        await ack(response_action="errors", errors={"text": problem.text})
    else:
        await ack()

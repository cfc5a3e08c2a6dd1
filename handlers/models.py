"""The team's models, and which of them a channel uses."""

from __future__ import annotations

from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.ports import Message
from bot.views import models as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("jobs_use")(partial(on_use, services=services))


async def on_use(body: Body, ack: AsyncAck, services: Services) -> None:
    """Make a model the channel's, and say so to the person."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        model = await services.jobs.use(actor, name)
        message = views.used(model)
        await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _models(typed: Typed) -> Message:
    return views.models(*await typed.services.jobs.models(typed.actor.team, typed.actor.channel))


async def _use(typed: Typed) -> Message:
    return views.used(await typed.services.jobs.use(typed.actor, typed.rest))


COMMANDS: Commands = {"models": _models, "use": _use}

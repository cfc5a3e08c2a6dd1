"""Training again on corrections: the button that begins it, and the one that switches the channel over."""

from __future__ import annotations

from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.views import models as model_views
from bot.views import rounds as views
from handlers.errors import explained
from handlers.requests import Body, actor_of, delivery_of, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("rounds_start")(partial(on_start, services=services))
    app.action("rounds_switch")(partial(on_switch, services=services))


async def on_start(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take the round durably, and say so at once; the dataset's thread shows the rest."""
    actor, name = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        found = await services.rounds.start(actor, name, delivery=delivery_of(body))
        await services.notifier.whisper(
            actor.channel, actor.user, views.taken(found), thread_ts=thread_of(body)
        )

    await ack()
    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_switch(body: Body, ack: AsyncAck, services: Services) -> None:
    """Make the new model the channel's."""
    await ack()
    actor, round_id = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        model = await services.rounds.switch(actor, round_id)
        said = model_views.used(model)
        await services.notifier.whisper(actor.channel, actor.user, said, thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))

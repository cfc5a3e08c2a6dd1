"""Looking at jobs and stopping them: subcommands, and the buttons of job cards."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.ports import Message
from bot.views import jobs as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("jobs_cancel")(partial(on_cancel, services=services))


async def on_cancel(body: Body, ack: AsyncAck, services: Services) -> None:
    """Cancel from a card; the card shows the rest."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.jobs.cancel(actor, name)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _status(typed: Typed) -> Message:
    job = await typed.services.jobs.find(typed.actor.team, typed.actor.channel, typed.rest)
    return views.listing([job], datetime.now(UTC))


async def _list(typed: Typed) -> Message:
    jobs = await typed.services.jobs.in_channel(typed.actor.team, typed.actor.channel)
    return views.listing(jobs, datetime.now(UTC))


async def _cancel(typed: Typed) -> Message:
    return views.cancelling(await typed.services.jobs.cancel(typed.actor, typed.rest))


COMMANDS: Commands = {"status": _status, "list": _list, "cancel": _cancel}

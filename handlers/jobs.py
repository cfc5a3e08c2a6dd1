"""Looking at jobs, stopping, pausing and resuming them: subcommands, and the buttons of job cards."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain import Wish
from bot.ports import Message
from bot.views import events as event_views
from bot.views import jobs as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("jobs_cancel")(partial(on_cancel, services=services))
    app.action("jobs_pause")(partial(on_wish, services=services, wish=Wish.PAUSE))
    app.action("jobs_resume")(partial(on_wish, services=services, wish=Wish.RESUME))
    app.action("jobs_events")(partial(on_events, services=services))
    app.action("jobs_events_older")(partial(on_events, services=services))


async def on_cancel(body: Body, ack: AsyncAck, services: Services) -> None:
    """Cancel from a card; the card shows the rest."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.jobs.cancel(actor, name)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_wish(body: Body, ack: AsyncAck, services: Services, wish: Wish) -> None:
    """Pause or resume from a card; the card shows the rest, and a server that refuses is quoted to the person."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.jobs.wish(actor, name, wish)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_events(body: Body, ack: AsyncAck, services: Services) -> None:
    """Show a page of events to the person: the newest, or those before the last page."""
    await ack()
    actor, (name, _, after) = actor_of(body), body["actions"][0]["value"].partition(" ")

    async def work() -> None:
        job, page = await services.jobs.events(actor, name, limit=event_views.PAGE, after=after)
        message = event_views.events(job, page, is_first=not after)
        await services.notifier.whisper(
            actor.channel or job.channel, actor.user, message, thread_ts=thread_of(body)
        )

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _events(typed: Typed) -> Message:
    job, page = await typed.services.jobs.events(typed.actor, typed.rest, limit=event_views.PAGE)
    return event_views.events(job, page, is_first=True)


async def _pause(typed: Typed) -> Message:
    return views.wished(await typed.services.jobs.wish(typed.actor, typed.rest, Wish.PAUSE), Wish.PAUSE)


async def _resume(typed: Typed) -> Message:
    return views.wished(await typed.services.jobs.wish(typed.actor, typed.rest, Wish.RESUME), Wish.RESUME)


async def _status(typed: Typed) -> Message:
    job = await typed.services.jobs.find(typed.actor.team, typed.actor.channel, typed.rest)
    return views.listing([job], datetime.now(UTC))


async def _list(typed: Typed) -> Message:
    jobs = await typed.services.jobs.in_channel(typed.actor.team, typed.actor.channel)
    return views.listing(jobs, datetime.now(UTC))


async def _cancel(typed: Typed) -> Message:
    return views.cancelling(await typed.services.jobs.cancel(typed.actor, typed.rest))


COMMANDS: Commands = {
    "status": _status,
    "list": _list,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "events": _events,
}

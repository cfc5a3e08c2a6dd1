"""Who did what: `/finetune audit`, leafing through it, and the CSV."""

from __future__ import annotations

import json
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.ports import Message
from bot.services.audit import AuditPage
from bot.views import audit as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services

EVERYWHERE = "all"


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("audit_newer")(partial(on_leaf, services=services))
    app.action("audit_older")(partial(on_leaf, services=services))
    app.action("audit_download")(partial(on_download, services=services))


async def _audit(typed: Typed) -> Message:
    everywhere = typed.rest.lower() == EVERYWHERE
    return _shown(await typed.services.audit.page(typed.actor, everywhere=everywhere))


COMMANDS: Commands = {"audit": _audit}


def _shown(page: AuditPage) -> Message:
    return views.audit(
        page.entries,
        channel=page.channel,
        newer=page.newer,
        older=page.older,
        may_download=page.may_download,
    )


async def on_leaf(body: Body, ack: AsyncAck, services: Services) -> None:
    """Show the rows before or after these in their place."""
    await ack()
    actor, place = actor_of(body), json.loads(body["actions"][0]["value"])

    async def work() -> None:
        page = await services.audit.page(actor, **place)
        await services.notifier.respond(
            str(body["response_url"]), _shown(page), in_channel=False, replace=True
        )

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_download(body: Body, ack: AsyncAck, services: Services) -> None:
    """Send the CSV to the person alone."""
    await ack()
    actor, place = actor_of(body), json.loads(body["actions"][0]["value"])

    async def work() -> None:
        await services.audit.download(actor, everywhere=place["everywhere"])
        await services.notifier.whisper(actor.channel, actor.user, views.sent(), thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))

"""Every request is answered in the language of who acted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.texts import speak
from handlers.requests import Body, actor_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Before every handler."""
    app.use(partial(on_any, services=services))


async def on_any(body: Body, next: Callable[[], Awaitable[None]], services: Services) -> None:
    """Speak the person's language from here on; the default when nobody acted."""
    actor = actor_of(body)
    if actor.user:  # a workflow's step names nobody
        speak(await services.people.language_soon(actor.team, actor.user))
    await next()

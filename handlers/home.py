"""The App Home tab."""

from __future__ import annotations

from functools import partial

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.requests import Body, actor_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The home tab."""
    app.event("app_home_opened")(partial(on_home_opened, services=services))


async def on_home_opened(body: Body, client: AsyncWebClient, services: Services) -> None:
    """Publish the person's home tab; opening the messages tab needs nothing."""
    if body["event"].get("tab") != "home":
        return
    actor = actor_of(body)
    view = await services.home.view(actor.team, actor.user)
    await client.views_publish(user_id=actor.user, view=view)

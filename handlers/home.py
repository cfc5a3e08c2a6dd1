"""The App Home tab: shown, leafed through, acted on; and the welcome that comes once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Outcome
from bot.errors import SlackError
from bot.views import help as help_views
from bot.views import home as views
from handlers.errors import explained
from handlers.requests import Body, actor_of
from handlers.services import Services
from handlers.settings import show_form

logger = logging.getLogger(__name__)

LISTS = ("jobs", "datasets", "models")


def register(app: AsyncApp, services: Services) -> None:
    """The tab and what can be pressed on it."""
    app.event("app_home_opened")(partial(on_home_opened, services=services))
    for name in LISTS:
        app.action(f"home_{name}_newer")(partial(on_leaf, services=services))
        app.action(f"home_{name}_older")(partial(on_leaf, services=services))
    app.action("home_cancel")(partial(on_cancel, services=services))
    app.action("home_approve")(partial(on_decide, services=services, outcome=Outcome.APPROVED))
    app.action("home_reject")(partial(on_decide, services=services, outcome=Outcome.REJECTED))
    app.action("home_channel")(partial(on_channel, services=services))
    app.action("home_help")(on_help)


async def on_home_opened(body: Body, client: AsyncWebClient, services: Services) -> None:
    """Publish the person's home tab; greet who comes for the first time, on either tab."""
    actor, event = actor_of(body), body["event"]
    if event.get("tab") == "home":
        view = await services.home.view(actor.team, actor.user)
        await client.views_publish(user_id=actor.user, view=view)
    try:
        await services.home.welcome(actor.team, actor.user, str(event.get("channel") or ""))
    except SlackError as error:
        logger.info("not welcomed user=%s error=%s", actor.user, error)


async def on_leaf(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Show the next or the previous rows of a list."""
    await ack()
    actor, view = actor_of(body), body["view"]
    pages = views.turned(views.pages_of(str(view.get("private_metadata") or "")), body["actions"][0]["value"])
    fresh = await services.home.view(actor.team, actor.user, pages)
    await client.views_publish(user_id=actor.user, view=fresh)


async def on_cancel(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Cancel a job of the list."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.jobs.cancel(actor, name)

    await _act(body, work, client, services)


async def on_decide(
    body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services, outcome: Outcome
) -> None:
    """Approve or reject a job that waits; the list then is without it, whoever decided."""
    await ack()
    actor, op_id = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.approvals.decide(actor, op_id, outcome)

    await _act(body, work, client, services)


async def _act(
    body: Body, work: Callable[[], Awaitable[None]], client: AsyncWebClient, services: Services
) -> None:
    """Do it, and show the tab as it is then."""
    actor = actor_of(body)
    await explained(actor, work, notifier=services.notifier)
    view = await services.home.view(
        actor.team, actor.user, views.pages_of(str(body["view"].get("private_metadata") or ""))
    )
    await client.views_publish(user_id=actor.user, view=view)


async def on_channel(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the settings of the channel that was chosen."""
    await ack()
    channel = str(body["actions"][0].get("selected_conversation") or "")
    if channel:
        await show_form(body, client, services, actor_of({**body, "channel_id": channel}))


async def on_help(body: Body, ack: AsyncAck, client: AsyncWebClient) -> None:
    """Show the help as a form."""
    await ack()
    await client.views_open(trigger_id=body["trigger_id"], view=views.help_form(help_views.command_help()))

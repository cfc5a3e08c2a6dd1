"""A channel's settings: `/finetune settings`, the button, and the form."""

from __future__ import annotations

import asyncio
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor
from bot.errors import InputError, InputErrors, ServiceError, UserError
from bot.ports import Message
from bot.texts import t
from bot.views import help as help_views
from bot.views import settings as views
from handlers.commands import BEFORE_ACK_S, AfterAck, Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of
from handlers.services import Services
from handlers.settings_form import wanted_settings


def register(app: AsyncApp, services: Services) -> None:
    """The button and the form."""
    app.action("settings_open")(partial(on_open, services=services))
    app.view(views.SETTINGS)(partial(on_form, services=services))


async def _settings(typed: Typed) -> Message | AfterAck:
    """The form, or a button for it where none can be opened: in a thread."""
    if not typed.body.get("trigger_id"):
        return views.how_to_open(typed.actor.channel)
    return partial(show_form, typed.body, typed.client, typed.services, typed.actor)


COMMANDS: Commands = {"settings": _settings}


async def on_open(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the form of the button's channel."""
    await ack()
    actor = actor_of({**body, "channel_id": body["actions"][0]["value"]})
    await show_form(body, client, services, actor)


async def show_form(body: Body, client: AsyncWebClient, services: Services, actor: Actor) -> None:
    """Open the form of the actor's channel. A trigger lives 3 seconds: a placeholder opens first, and is filled then."""
    opened = await client.views_open(trigger_id=body["trigger_id"], view=views.waiting_form())
    try:
        view = views.settings_form(await services.channels.options(actor))
    except (UserError, ServiceError) as error:
        view = views.problem_form(help_views.problem(error))
    await client.views_update(view_id=opened["view"]["id"], view=view)


async def on_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Keep what the form says, or say at each field what is wrong with it."""
    channel = views.channel_of(body["view"]["private_metadata"])
    actor = actor_of({**body, "channel_id": channel})
    try:
        before = await services.channels.settings(actor.team, channel)
        wanted, model = wanted_settings(body["view"], before)
        change = services.channels.change(actor, wanted, model)
        changed = await asyncio.wait_for(change, BEFORE_ACK_S)
    except TimeoutError:
        await ack(
            response_action="errors", errors={"flags": t("Slack did not answer in time. Save once more.")}
        )
        return
    except (UserError, ServiceError) as error:
        await ack(response_action="errors", errors=_field_errors(error, body["view"]))
        return
    await ack()

    async def work() -> None:
        await services.notifier.whisper(actor.channel, actor.user, views.saved(changed, channel))

    await explained(actor, work, notifier=services.notifier)


def _field_errors(error: UserError | ServiceError, view: Body) -> dict[str, str]:
    """{field: what is wrong with it}; what belongs to no field of the form stands at one that is always there."""
    shown = {block["block_id"] for block in view["blocks"]}
    faults = error.faults if isinstance(error, InputErrors) else (error,)
    found: dict[str, str] = {}
    for fault in faults:
        field = fault.field if isinstance(fault, InputError) and fault.field in shown else "flags"
        said = " ".join(part for part in (str(fault), getattr(fault, "next_step", "")) if part)
        found[field] = f"{found[field]} {said}" if field in found else said
    return found

"""/finetune, the start form, and the buttons of job cards."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InputError, ProviderUnavailableError, ServiceError, UserError
from bot.ports import Block, Message
from bot.services.jobs import StartOptions
from bot.views import datasets as dataset_views
from bot.views import forms
from bot.views import help as help_views
from bot.views import jobs as views
from handlers.errors import explained
from handlers.requests import (
    Body,
    actor_of,
    delivery_of,
    form_values,
    plan,
    start_arguments,
    subcommand,
    typed,
)
from handlers.services import Services

logger = logging.getLogger(__name__)

BEFORE_ACK_S = 2.0
"""Slack waits 3 seconds for an ack; what has not been accepted by then is not accepted at all."""


def register(app: AsyncApp, services: Services) -> None:
    """The command, the form and the buttons."""
    app.command("/finetune")(partial(on_finetune, services=services))
    app.shortcut("jobs_start_global")(partial(on_start_button, services=services))
    app.action("jobs_start")(partial(on_start_button, services=services))
    app.view(forms.START)(partial(on_start_form, services=services))
    app.action("jobs_cancel")(partial(on_cancel, services=services))
    app.action("jobs_use")(partial(on_use, services=services))


async def on_finetune(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Route a subcommand; its answer travels with the ack, seen by the person who typed."""
    word, rest = subcommand(typed(body))
    if word == "start" and not rest:
        await _open_start_form(body, ack, client, services)
        return
    answer = ANSWERS.get(word)
    if answer is None:
        await _reply(ack, help_views.unknown_command(word) if word else help_views.command_help())
        return
    try:
        message = await asyncio.wait_for(answer(body, rest, services), BEFORE_ACK_S)
    except TimeoutError:
        message = help_views.problem(_too_slow())
    except (UserError, ServiceError) as error:
        message = help_views.problem(error)
    await _reply(ack, message)


async def _reply(ack: AsyncAck, message: Message) -> None:
    await ack(text=message.text, blocks=list(message.blocks) or None, response_type="ephemeral")


async def _open_start_form(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    actor = actor_of(body)
    try:
        await services.datasets.find(actor.team, actor.channel, "")
    except UserError as error:
        await _reply(ack, help_views.problem(error))
        return
    await ack()
    await _show_start_form(body, client, services, dataset_id="")


async def on_start_button(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the start form for the dataset of the button, or (global shortcut) for the person's newest."""
    await ack()
    dataset_id = body["actions"][0]["value"] if body.get("actions") else ""
    if not dataset_id:
        actor = actor_of(body)
        own = await services.datasets.of_user(actor.team, actor.user)
        dataset_id = own[0].id if own else ""
    await _show_start_form(body, client, services, dataset_id=dataset_id)


async def _show_start_form(
    body: Body, client: AsyncWebClient, services: Services, *, dataset_id: str
) -> None:
    """A form needs the server's models, and a trigger lives 3 seconds: open a placeholder first, fill it then."""
    actor = actor_of(body)
    opened = await client.views_open(trigger_id=body["trigger_id"], view=forms.waiting_form())
    view_id = opened["view"]["id"]
    try:
        options = await services.jobs.start_options(actor.team, actor.channel, dataset_id)
        view = _start_form(options, actor.channel)
    except (UserError, ServiceError) as error:
        view = forms.problem_form(help_views.problem(error))
    await client.views_update(view_id=view_id, view=view)


def _start_form(options: StartOptions, channel: str) -> Block:
    return forms.start_form(
        options.datasets, options.bases, options.estimates, chosen=options.chosen, channel=channel
    )


async def on_start_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Start what the form says, or say at the field what is wrong with it."""
    values = form_values(body["view"])
    actor = actor_of({**body, "channel_id": body["view"]["private_metadata"]})
    try:
        wanted = plan(values["dataset"], values)
        job = await asyncio.wait_for(
            services.jobs.start(actor, wanted, delivery=delivery_of(body)), BEFORE_ACK_S
        )
    except TimeoutError:
        await ack(response_action="errors", errors={"model": str(_too_slow())})
        return
    except (UserError, ServiceError) as error:
        await ack(response_action="errors", errors=_field_errors(error))
        return
    await ack()
    if job is not None:
        logger.info("started by form job=%s user=%s", job.op_id, actor.user)


def _field_errors(error: UserError | ServiceError) -> dict[str, str]:
    field = error.field if isinstance(error, InputError) and error.field else "dataset"
    said = " ".join(part for part in (str(error), getattr(error, "next_step", "")) if part)
    return {field: said}


def _too_slow() -> ProviderUnavailableError:
    return ProviderUnavailableError(
        "The fine-tuning server did not answer in time, so nothing was started. Try again in a minute."
    )


async def on_cancel(body: Body, ack: AsyncAck, services: Services) -> None:
    """Cancel from a card; the card shows the rest."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await services.jobs.cancel(actor, name)

    await explained(actor, work, notifier=services.notifier, thread_ts=_thread_of(body))


async def on_use(body: Body, ack: AsyncAck, services: Services) -> None:
    """Make a model the channel's, and say so to the person."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        model = await services.jobs.use(actor, name)
        message = views.used(model)
        await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=_thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=_thread_of(body))


def _thread_of(body: Body) -> str:
    message = body.get("message") or {}
    return str(message.get("thread_ts") or "")


async def _start(body: Body, rest: str, services: Services) -> Message:
    actor = actor_of(body)
    name, settings = start_arguments(rest)
    dataset = await services.datasets.find(actor.team, actor.channel, name)
    job = await services.jobs.start(actor, plan(dataset.id, settings), delivery=delivery_of(body))
    return views.started(job) if job else views.already_taken()


async def _status(body: Body, rest: str, services: Services) -> Message:
    actor = actor_of(body)
    job = await services.jobs.find(actor.team, actor.channel, rest)
    return views.listing([job], datetime.now(UTC))


async def _list(body: Body, rest: str, services: Services) -> Message:
    actor = actor_of(body)
    return views.listing(await services.jobs.in_channel(actor.team, actor.channel), datetime.now(UTC))


async def _cancel(body: Body, rest: str, services: Services) -> Message:
    return views.cancelling(await services.jobs.cancel(actor_of(body), rest))


async def _datasets(body: Body, rest: str, services: Services) -> Message:
    actor = actor_of(body)
    return dataset_views.listing(await services.datasets.in_channel(actor.team, actor.channel))


async def _models(body: Body, rest: str, services: Services) -> Message:
    actor = actor_of(body)
    return views.models(*await services.jobs.models(actor.team, actor.channel))


async def _use(body: Body, rest: str, services: Services) -> Message:
    return views.used(await services.jobs.use(actor_of(body), rest))


async def _help(body: Body, rest: str, services: Services) -> Message:
    return help_views.command_help()


ANSWERS = {
    "start": _start,
    "status": _status,
    "list": _list,
    "cancel": _cancel,
    "datasets": _datasets,
    "models": _models,
    "use": _use,
    "help": _help,
}

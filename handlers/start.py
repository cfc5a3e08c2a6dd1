"""Starting a job: `/finetune start`, the Start button, the global shortcut, and the form."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor, FineTuningJob, JobPlan
from bot.errors import AlreadyStartedError, InputError, InputErrors, ServiceError, UserError
from bot.ports import Message
from bot.views import help as help_views
from bot.views import jobs as job_views
from bot.views import start as views
from handlers.commands import BEFORE_ACK_S, AfterAck, Commands, Typed
from handlers.errors import explained, too_slow
from handlers.plans import plan, start_arguments
from handlers.requests import Body, actor_of, delivery_of, form_values, thread_of
from handlers.services import Services

logger = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """The shortcut, the buttons and the form."""
    app.shortcut("jobs_start_global")(partial(on_start_button, services=services))
    app.action("jobs_start")(partial(on_start_button, services=services))
    app.action("jobs_start_another")(partial(on_start_another, services=services))
    app.action("dataset")(partial(on_dataset_chosen, services=services))
    app.view(views.START)(partial(on_start_form, services=services))


async def _start(typed: Typed) -> Message | AfterAck:
    """Start what was typed; the form when nothing was."""
    actor, services = typed.actor, typed.services
    if not typed.rest:
        await services.datasets.find(actor.team, actor.channel, "")
        return partial(_show_start_form, typed.body, typed.client, services, dataset_id="")
    name, settings = start_arguments(typed.rest)
    dataset = await services.datasets.find(actor.team, actor.channel, name)
    wanted = plan(dataset.id, settings)
    # Asked for first: once the job is taken, nothing may make the answer too late for the ack.
    advice = await _advice(actor, wanted, services)
    try:
        job = await services.jobs.start(actor, wanted, delivery=delivery_of(typed.body))
    except AlreadyStartedError as error:
        return job_views.already_started(await services.jobs.find(actor.team, actor.channel, error.job))
    if job is None:
        return job_views.already_taken()
    return job_views.started(job, advice)


async def _advice(actor: Actor, wanted: JobPlan, services: Services) -> str:
    rows = await services.jobs.rows_when_smaller(actor.team, wanted)
    return job_views.smaller_data_advice(*rows) if rows else ""


COMMANDS: Commands = {"start": _start}


async def on_start_button(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the start form for the dataset of the button, or (global shortcut) for the person's newest."""
    await ack()
    dataset_id = str(body["actions"][0].get("value") or "") if body.get("actions") else ""
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
    opened = await client.views_open(trigger_id=body["trigger_id"], view=views.waiting_form())
    view_id = opened["view"]["id"]
    try:
        options = await services.jobs.start_options(actor.team, actor.channel, dataset_id)
        view = views.start_form(options, channel=actor.channel)
    except (UserError, ServiceError) as error:
        view = views.problem_form(help_views.problem(error))
    await client.views_update(view_id=view_id, view=view)


async def on_dataset_chosen(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Fill the open form anew for another dataset: what was typed stays, the estimates follow."""
    await ack()
    view = body.get("view") or {}
    if view.get("callback_id") != views.START:
        return
    dataset_id, channel = body["actions"][0]["selected_option"]["value"], view["private_metadata"]
    try:
        options = await services.jobs.start_options(actor_of(body).team, channel, dataset_id)
    except (UserError, ServiceError) as error:
        logger.info("form not filled anew error=%s", error)
        return
    form = views.start_form(options, channel=channel)
    await client.views_update(view_id=view["id"], view=form)


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
        await ack(response_action="errors", errors={"model": str(too_slow())})
        return
    except AlreadyStartedError as error:
        first = await services.jobs.find(actor.team, actor.channel, error.job)
        await ack(response_action="update", view=job_views.already_started_form(first))
        return
    except (UserError, ServiceError) as error:
        await ack(response_action="errors", errors=_field_errors(error))
        return
    await ack()
    if job is not None:
        await _advise(actor, job, services)


async def _advise(actor: Actor, job: FineTuningJob, services: Services) -> None:
    """Whisper in the dataset's thread what a form could not know before it was sent."""
    logger.info("started by form job=%s user=%s", job.op_id, actor.user)
    place = Actor(team=actor.team, user=actor.user, channel=job.channel)

    async def work() -> None:
        if advice := await _advice(actor, job.plan, services):
            message = Message(text=advice)
            await services.notifier.whisper(job.channel, actor.user, message, thread_ts=job.thread_ts)

    await explained(place, work, notifier=services.notifier, thread_ts=job.thread_ts)


async def on_start_another(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Start on purpose what was started a moment ago: from the answer to the command, or from the form."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        job = await services.jobs.start_another(actor, name, delivery=delivery_of(body))
        if job is None:
            return
        if body.get("view"):
            await client.views_update(view_id=body["view"]["id"], view=job_views.another_started_form(job))
        else:
            message = job_views.started(job)
            await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


def _field_errors(error: UserError | ServiceError) -> dict[str, str]:
    """{field: what is wrong with it}; what belongs to no field of the form stands at the first."""
    faults = error.faults if isinstance(error, InputErrors) else (error,)
    found: dict[str, str] = {}
    for fault in faults:
        field = fault.field if isinstance(fault, InputError) and fault.field in views.FIELDS else "dataset"
        said = " ".join(part for part in (str(fault), getattr(fault, "next_step", "")) if part)
        found[field] = f"{found[field]} {said}" if field in found else said
    return found

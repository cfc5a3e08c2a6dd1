"""Decisions about a dataset: the numbered fixes under its report, all recommended ones, undo, other columns."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InputError
from bot.views import columns
from bot.views.fixes import APPLY, FIX
from handlers.errors import explained
from handlers.requests import Body, actor_of, column_choices, form_values, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons under the report, and the columns form."""
    app.action(re.compile(f"^{FIX}[0-9]+$"))(partial(on_fix, services=services))
    app.action("datasets_recommended")(partial(on_recommended, services=services))
    app.action("datasets_undo")(partial(on_undo, services=services))
    app.action("datasets_columns")(partial(on_columns, services=services))
    app.view(columns.COLUMNS)(partial(on_columns_chosen, services=services))


async def on_fix(body: Body, ack: AsyncAck, services: Services) -> None:
    """Use the button's fix, or take it back, as the button says."""
    await ack()
    dataset_id, wanted, code = str(body["actions"][0]["value"]).split("|", 2)
    user = actor_of(body).user
    _decide(
        body, services, partial(services.fixes.set_fix, dataset_id, code, applied=wanted == APPLY, user=user)
    )


async def on_recommended(body: Body, ack: AsyncAck, services: Services) -> None:
    """Use exactly the recommended fixes."""
    await ack()
    user = actor_of(body).user
    _decide(body, services, partial(services.fixes.recommend, body["actions"][0]["value"], user=user))


async def on_undo(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take back the last decision."""
    await ack()
    user = actor_of(body).user
    _decide(body, services, partial(services.fixes.undo, body["actions"][0]["value"], user=user))


def _decide(body: Body, services: Services, work: Callable[[], Awaitable[None]]) -> None:
    told = partial(explained, actor_of(body), work, notifier=services.notifier, thread_ts=thread_of(body))
    services.background.submit("decide", told)


async def on_columns(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the columns form."""
    await ack()

    async def show() -> None:
        dataset = await services.datasets.get(body["actions"][0]["value"])
        await client.views_open(trigger_id=body["trigger_id"], view=columns.columns_form(dataset))

    await explained(actor_of(body), show, notifier=services.notifier, thread_ts=thread_of(body))


async def on_columns_chosen(body: Body, ack: AsyncAck, services: Services) -> None:
    """Check the form, close it, and read again in the background."""
    dataset = await services.datasets.get(body["view"]["private_metadata"])
    report = dataset.report
    if report is None:
        await ack()
        return
    try:
        choices = column_choices(form_values(body["view"]), report.reading.columns, report.choices)
    except InputError as error:
        await ack(response_action="errors", errors={error.field: str(error)})
        return
    await ack()
    actor = actor_of({**body, "channel_id": dataset.channel})
    work = partial(services.fixes.choose_columns, dataset.id, choices, user=actor.user)
    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=dataset.thread_ts)
    services.background.submit(f"columns-{dataset.id}", told)

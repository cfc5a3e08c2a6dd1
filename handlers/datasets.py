"""Files dropped in a channel, and the buttons under their report."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InputError
from bot.ports import Message
from bot.views import columns, fixes
from bot.views import datasets as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, column_choices, delivery_of, form_values, ticked
from handlers.services import Services

logger = logging.getLogger(__name__)

Next = Callable[[], Awaitable[Any]]


def register(app: AsyncApp, services: Services) -> None:
    """File events and the report's buttons."""
    accept = partial(accept_drop, services=services)
    app.event("file_shared", middleware=[accept])(partial(on_drop, services=services))
    app.event("message", middleware=[accept])(partial(on_drop, services=services))
    app.action("datasets_columns")(partial(on_columns, services=services))
    app.view(columns.COLUMNS)(partial(on_columns_chosen, services=services))
    app.action("datasets_fixes")(partial(on_fixes, services=services))
    app.view(fixes.FIXES)(partial(on_fixes_chosen, services=services))
    app.action("datasets_download")(partial(on_download, services=services))


async def accept_drop(body: Body, context: AsyncBoltContext, next: Next, services: Services) -> None:
    """Store what was dropped before Bolt acks the event; failing here makes Slack deliver it again."""
    event = body["event"]
    file_ids = [event["file_id"]] if "file_id" in event else [file["id"] for file in event.get("files") or ()]
    place = str(event.get("thread_ts") or event.get("ts") or "") if "files" in event else ""
    found = [
        await services.datasets.accept(
            actor_of(body), file_id, delivery=f"{delivery_of(body)}:{file_id}", message_ts=place
        )
        for file_id in file_ids
    ]
    context["datasets"] = [dataset for dataset in found if dataset is not None]
    await next()


async def on_drop(context: AsyncBoltContext, services: Services) -> None:
    """Read each new file in the background. Messages without files end here too, so that Slack gets its ack."""
    for dataset in context["datasets"]:
        logger.info("dropped dataset=%s channel=%s user=%s", dataset.id, dataset.channel, dataset.user)
        services.background.submit(f"ingest-{dataset.id}", partial(services.datasets.ingest, dataset))


async def on_columns(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the columns form."""
    await ack()
    dataset = await services.datasets.get(body["actions"][0]["value"])
    await client.views_open(trigger_id=body["trigger_id"], view=columns.columns_form(dataset))


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
    work = partial(services.datasets.choose_columns, dataset.id, choices, user=actor.user)
    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=dataset.thread_ts)
    services.background.submit(f"columns-{dataset.id}", told)


async def on_fixes(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the fixes form."""
    await ack()
    dataset = await services.datasets.get(body["actions"][0]["value"])
    await client.views_open(trigger_id=body["trigger_id"], view=fixes.fixes_form(dataset))


async def on_fixes_chosen(body: Body, ack: AsyncAck, services: Services) -> None:
    """Close the form and decide anew in the background."""
    await ack()
    dataset = await services.datasets.get(body["view"]["private_metadata"])
    actor = actor_of({**body, "channel_id": dataset.channel})
    work = partial(services.datasets.choose_fixes, dataset.id, ticked(body["view"]), user=actor.user)
    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=dataset.thread_ts)
    services.background.submit(f"fixes-{dataset.id}", told)


async def on_download(body: Body, ack: AsyncAck, services: Services) -> None:
    """Put the JSONL files into the thread."""
    await ack()
    dataset_id = body["actions"][0]["value"]
    work = partial(services.datasets.share_jsonl, dataset_id)
    told = partial(explained, actor_of(body), work, notifier=services.notifier)
    services.background.submit(f"download-{dataset_id}", told)


async def _datasets(typed: Typed) -> Message:
    return views.listing(await typed.services.datasets.in_channel(typed.actor.team, typed.actor.channel))


COMMANDS: Commands = {"datasets": _datasets}

"""Files dropped in a channel, and what can be taken away from their report."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain import Dataset
from bot.ports import Message
from bot.views import datasets as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, delivery_of, thread_of
from handlers.services import Services

logger = logging.getLogger(__name__)

Next = Callable[[], Awaitable[Any]]


def register(app: AsyncApp, services: Services) -> None:
    """File events and the report's downloads."""
    accept = partial(accept_drop, services=services)
    app.event("file_shared", middleware=[accept])(partial(on_drop, services=services))
    app.event("message", middleware=[accept])(partial(on_drop, services=services))
    app.action("datasets_download")(partial(on_download, services=services))
    app.action("datasets_rejects")(partial(on_rejects, services=services))
    app.action("datasets_picture")(partial(on_picture, services=services))


async def accept_drop(body: Body, context: AsyncBoltContext, next: Next, services: Services) -> None:
    """Store what was dropped before Bolt acks the event; failing here makes Slack deliver it again."""
    event = body["event"]
    has_files = bool(event.get("files"))
    file_ids = [event["file_id"]] if "file_id" in event else [file["id"] for file in event.get("files") or ()]
    found = [
        await services.datasets.accept(
            actor_of(body),
            file_id,
            delivery=f"{delivery_of(body)}:{file_id}",
            drop_ts=str(event.get("ts") or "") if has_files else "",
            thread_ts=str(event.get("thread_ts") or "") if has_files else "",
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


async def on_download(body: Body, ack: AsyncAck, services: Services) -> None:
    """Put the JSONL files into the thread."""
    await ack()
    await _share(body, services, services.datasets.files.share_jsonl)


async def on_rejects(body: Body, ack: AsyncAck, services: Services) -> None:
    """Put the rows that stay out into the thread."""
    await ack()
    await _share(body, services, services.datasets.files.share_rejects)


async def on_picture(body: Body, ack: AsyncAck, services: Services) -> None:
    """Put a picture of the dataset as it is now into the thread."""
    await ack()
    await _share(body, services, services.datasets.files.share_picture)


async def _share(body: Body, services: Services, share: Callable[[Dataset], Awaitable[None]]) -> None:
    dataset_id = body["actions"][0]["value"]

    async def work() -> None:
        await share(await services.datasets.get(dataset_id))

    told = partial(explained, actor_of(body), work, notifier=services.notifier, thread_ts=thread_of(body))
    services.background.submit(f"share-{dataset_id}", told)


async def _datasets(typed: Typed) -> Message:
    return views.listing(await typed.services.datasets.in_channel(typed.actor.team, typed.actor.channel))


COMMANDS: Commands = {"datasets": _datasets}

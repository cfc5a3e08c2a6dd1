"""A file to classify: the button under a report, the form, and stopping it."""

from __future__ import annotations

import logging
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor, Thread
from bot.errors import InputError, SlackError, UserError
from bot.views import batches as views
from handlers.errors import explained
from handlers.requests import Body, actor_of, delivery_of, form_values, sent_files, thread_of
from handlers.services import Services

logger = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """The buttons, the shortcut and the form."""
    app.action("batches_new")(partial(on_new, services=services))
    app.shortcut("batches_new_global")(partial(on_new, services=services))
    app.view(views.NEW)(partial(on_form_sent, services=services))
    app.action("batches_cancel")(partial(on_cancel, services=services))


async def on_new(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the form, for the dropped file of the button or for one that the form takes."""
    await ack()
    actor = actor_of(body)
    value = str(body["actions"][0]["value"]) if body.get("actions") else ""
    dataset_id = value if value.startswith("ds-") else ""

    async def work() -> None:
        name = (await services.datasets.get(dataset_id)).name if dataset_id else ""
        models, own = await services.batches.models_for(actor)
        place = views.FilePlace(dataset_id=dataset_id, channel=actor.channel)
        view = views.batch_form(place, models, own, name=name)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_form_sent(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take the file durably, close the form; the thread shows the rest."""
    values, place = form_values(body["view"]), views.file_place(body["view"]["private_metadata"])
    channel = place.channel or values.get("channel", "")
    actor = actor_of({**body, "channel_id": channel})
    try:
        dataset_id = place.dataset_id or await _accept_file(body, actor, services)
        await services.batches.start(
            actor,
            dataset_id,
            delivery=delivery_of(body),
            model=values.get("model", ""),
            text=values.get("text", "").strip(),
        )
    except SlackError as error:
        await ack(response_action="errors", errors={"model": views.not_there(error.code)})
        return
    except UserError as error:
        field = error.field if isinstance(error, InputError) and error.field else "model"
        said = " ".join(part for part in (str(error), error.next_step) if part)
        await ack(response_action="errors", errors={field: said})
        return
    await ack()


async def _accept_file(body: Body, actor: Actor, services: Services) -> str:
    """Note the form's own file as a dataset and begin to read it; its id."""
    files = sent_files(body["view"], "file")
    if not files:
        raise InputError(views.no_file(), field="file")
    # The file stands in no message of its own: this one gives it a thread.
    thread_ts = await services.notifier.post(Thread(channel=actor.channel, ts=""), views.taken(actor.user))
    dataset = await services.datasets.accept(
        actor, files[0], delivery=f"{delivery_of(body)}:{files[0]}", thread_ts=thread_ts
    )
    if dataset is None:
        raise InputError(views.known_file(), field="file")
    services.background.submit(f"ingest-{dataset.id}", partial(services.datasets.ingest, dataset))
    return dataset.id


async def on_cancel(body: Body, ack: AsyncAck, services: Services) -> None:
    """Stop a file; its card shows the rest."""
    await ack()
    actor, batch_id = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        await services.batches.cancel(actor, batch_id)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))

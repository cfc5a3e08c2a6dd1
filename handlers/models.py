"""The team's models and datasets: listed, used, renamed, deleted, traced back."""

from __future__ import annotations

import logging
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor, Thread
from bot.errors import InputError, UserError
from bot.ports import Block, Message
from bot.views import feedback as feedback_views
from bot.views import models as views
from handlers.commands import AfterAck, Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, form_values, thread_of
from handlers.services import Services

logger = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """The buttons, the menu beside a model, and its forms."""
    app.action("jobs_use")(partial(on_use, services=services))
    for menu in ("models_more", "datasets_more"):
        app.action(menu)(partial(on_more, services=services))
    app.view(views.RENAME)(partial(on_rename_form, services=services))
    app.view(views.DELETE)(partial(on_delete_form, services=services))


async def on_use(body: Body, ack: AsyncAck, services: Services) -> None:
    """Make a model the channel's, and say so to the person."""
    await ack()
    actor, name = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        await _tell(body, views.used(await services.models.use(actor, name)), services)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _tell(body: Body, message: Message, services: Services) -> None:
    """Tell the person alone: where they pressed, or directly when that was in no channel (the home tab)."""
    actor = actor_of(body)
    if actor.channel:
        await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=thread_of(body))
    else:
        place = Thread(channel=await services.notifier.direct(actor.user), ts="")
        await services.notifier.post(place, message)


async def on_more(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """What the menu beside a model, or beside a dataset, says."""
    await ack()
    actor, action = actor_of(body), body["actions"][0]
    name = str(action["block_id"]).removeprefix("model:").removeprefix("dataset:")
    verb = str(action["selected_option"]["value"])

    async def work() -> None:
        answer = await _do(verb, name, actor, services)
        if isinstance(answer, Message):
            await _tell(body, answer, services)
        else:
            await client.views_open(trigger_id=body["trigger_id"], view=answer)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _do(verb: str, name: str, actor: Actor, services: Services) -> Message | Block:
    """A message to tell, or a form to open."""
    if verb == "use":
        return views.used(await services.models.use(actor, name))
    if verb == "lineage":
        return views.lineage(await services.models.lineage(actor.team, actor.channel, name))
    if verb == "feedback":
        return feedback_views.overview(*await services.feedback.gathered(actor.team, actor.channel, name))
    if verb == "rename":
        model = await services.models.find(actor.team, name)
        return views.rename_form(views.Subject(name=model.name, channel=actor.channel), model)
    return await _delete_form(name, actor, services)


async def _delete_form(name: str, actor: Actor, services: Services) -> Block:
    found = await services.models.letting(actor, name)
    if found.dataset is not None:
        subject = views.Subject(name=found.dataset.id, channel=actor.channel, is_dataset=True)
        return views.delete_dataset_form(subject, found.dataset, found.trained)
    model = found.model or await services.models.find(actor.team, name)
    return views.delete_model_form(
        views.Subject(name=model.name, channel=actor.channel), model, found.channels
    )


async def on_rename_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Rename, or say at the field why not."""
    subject, title = views.subject_of(body["view"]["private_metadata"]), form_values(body["view"])["title"]
    actor = actor_of({**body, "channel_id": subject.channel})
    try:
        model = await services.models.rename(actor, subject.name, title)
    except UserError as error:
        field = error.field if isinstance(error, InputError) and error.field else "title"
        await ack(response_action="errors", errors={field: str(error)})
        return
    await ack()
    await _tell({**body, "channel_id": subject.channel}, views.renamed(model), services)


async def on_delete_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Delete behind the ack: the server may take its time."""
    await ack()
    subject = views.subject_of(body["view"]["private_metadata"])
    actor = actor_of({**body, "channel_id": subject.channel})

    async def work() -> None:
        if subject.is_dataset:
            said = views.dataset_deleted(await services.models.delete_dataset(actor, subject.name))
        else:
            said = views.deleted(await services.models.delete(actor, subject.name))
        await _tell({**body, "channel_id": subject.channel}, said, services)

    told = partial(explained, actor, work, notifier=services.notifier)
    services.background.submit(f"delete-{subject.name}", told)


async def _models(typed: Typed) -> Message:
    shelf = await typed.services.models.shelf(typed.actor.team, typed.actor.channel)
    return views.models(shelf.models, shelf.current, shelf.origins)


async def _use(typed: Typed) -> Message:
    return views.used(await typed.services.models.use(typed.actor, typed.rest))


async def _rename(typed: Typed) -> Message | AfterAck:
    name, _, title = typed.rest.partition(" ")
    if title:
        return views.renamed(await typed.services.models.rename(typed.actor, name, title))
    model = await typed.services.models.find(typed.actor.team, name)
    form = views.rename_form(views.Subject(name=model.name, channel=typed.actor.channel), model)
    return partial(_open, typed, form)


async def _delete(typed: Typed) -> Message | AfterAck:
    return partial(_open, typed, await _delete_form(typed.rest, typed.actor, typed.services))


async def _open(typed: Typed, form: Block) -> None:
    await typed.client.views_open(trigger_id=typed.body["trigger_id"], view=form)


async def _lineage(typed: Typed) -> Message:
    actor = typed.actor
    return views.lineage(await typed.services.models.lineage(actor.team, actor.channel, typed.rest))


COMMANDS: Commands = {
    "models": _models,
    "use": _use,
    "rename": _rename,
    "delete": _delete,
    "lineage": _lineage,
}

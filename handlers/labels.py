"""Label fixing: the button under a report, the card's buttons and menu, `/finetune labels`; in a thread or as a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import LabelVerdict
from bot.errors import ServiceError, UserError
from bot.services.labels import LabelDesk
from bot.texts import t
from bot.views import help as help_views
from bot.views import labels as views
from bot.views.modals import notice
from handlers.commands import AfterAck, Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services

Work = Callable[[], Awaitable[LabelDesk]]

VERDICTS = {
    "labels_keep": LabelVerdict.KEEP,
    "labels_change": LabelVerdict.CHANGE,
    "labels_drop": LabelVerdict.DROP,
}


def register(app: AsyncApp, services: Services) -> None:
    """The card's buttons and its menu."""
    app.action("labels_open")(partial(on_open, services=services))
    for action in VERDICTS:
        app.action(action)(partial(on_verdict, services=services))
    app.action(views.OTHER)(partial(on_other, services=services))
    app.options(views.OTHER)(partial(on_letters, services=services))
    app.action("labels_undo")(partial(on_undo, services=services))
    app.action("labels_save")(partial(on_save, services=services))


async def on_open(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Show the card in the dataset's thread; to somebody in App Home as a form."""
    await ack()
    dataset_id, actor = body["actions"][0]["value"], actor_of(body)
    if body.get("view"):
        waiting = notice(t("Look at labels"), t("Looking for labels that seem wrong …"))
        opened = await client.views_open(trigger_id=body["trigger_id"], view=waiting)
        work = partial(services.labels.open, dataset_id, user=actor.user)
        _submit({**body, "view": opened["view"]}, client, services, work)
        return
    show = partial(services.labels.show, dataset_id, user=actor.user)
    told = partial(explained, actor, show, notifier=services.notifier, thread_ts=thread_of(body))
    services.background.submit(f"labels-{dataset_id}", told)


async def on_verdict(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Keep the label, change it to the suggestion, or drop the row."""
    await ack()
    pressed = body["actions"][0]
    dataset_id, place = str(pressed["value"]).split(views.SEPARATOR)
    verdict = VERDICTS[pressed["action_id"]]
    user = actor_of(body).user
    _submit(
        body, client, services, partial(services.labels.decide, dataset_id, int(place), verdict, user=user)
    )


async def on_other(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Change the label to the one chosen in the menu."""
    await ack()
    chosen = str(body["actions"][0]["selected_option"]["value"])
    dataset_id, place, key = chosen.split(views.SEPARATOR)
    user = actor_of(body).user
    _submit(body, client, services, partial(services.labels.relabel, dataset_id, int(place), key, user=user))


async def on_letters(body: Body, ack: AsyncAck, services: Services) -> None:
    """The labels with the letters that were typed into the menu of a card with more than a hundred."""
    _, dataset_id, place = str(body["block_id"]).split(views.SEPARATOR)
    found = await services.labels.matching(dataset_id, str(body.get("value") or ""))
    await ack(options=views.options(dataset_id, int(place), found))


async def on_undo(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Take back the last decision."""
    await ack()
    _submit(body, client, services, partial(services.labels.undo, body["actions"][0]["value"]))


async def on_save(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Make a new version of the dataset out of the decisions."""
    await ack()
    user = actor_of(body).user
    _submit(body, client, services, partial(services.labels.save, body["actions"][0]["value"], user=user))


def _submit(body: Body, client: AsyncWebClient, services: Services, work: Work) -> None:
    """Do it behind the ack; a form is shown anew, and problems are told in it, or whispered in the thread."""
    view_id = str((body.get("view") or {}).get("id") or "")
    if view_id:
        told = partial(_in_form, client, view_id, work)
    else:
        actor = actor_of(body)
        told = partial(
            explained, actor, partial(_ignore, work), notifier=services.notifier, thread_ts=thread_of(body)
        )
    services.background.submit("labels", told)


async def _ignore(work: Work) -> None:
    await work()


async def _in_form(client: AsyncWebClient, view_id: str, work: Work) -> None:
    try:
        desk = await work()
        view = views.form(views.card(desk.dataset, desk.queue, desk.version))
    except (UserError, ServiceError) as error:
        view = notice(t("Look at labels"), help_views.problem(error).text)
    await client.views_update(view_id=view_id, view=view)


async def _labels(typed: Typed) -> AfterAck:
    """Show the card of the dataset that was named, or of the newest."""
    actor, services = typed.actor, typed.services
    dataset = await services.datasets.find(actor.team, actor.channel, typed.rest)
    show = partial(services.labels.show, dataset.id, user=actor.user)

    async def after_ack() -> None:
        told = partial(explained, actor, show, notifier=services.notifier)
        services.background.submit(f"labels-{dataset.id}", told)

    return after_ack


COMMANDS: Commands = {"labels": _labels}

"""`/finetune learning-curve`, and the buttons that offer, start and stop one."""

from __future__ import annotations

import re
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.errors import InputError
from bot.ports import Message
from bot.services.curve_offer import CurveOffer
from bot.texts import t
from bot.views import curve as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, delivery_of, thread_of
from handlers.services import Services

_ARGUMENT = re.compile(r"(\w+)=(\S+)")


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("curve_open")(partial(on_curve_offer, services=services))
    app.action("curve_start")(partial(on_curve_start, services=services))
    app.action("curve_stop")(partial(on_curve_stop, services=services))


async def _learning_curve(typed: Typed) -> Message:
    """What it would take; the button under it starts it."""
    dataset, model = curve_arguments(typed.rest)
    return _offer(await typed.services.curves.offer(typed.actor, dataset, model))


COMMANDS: Commands = {"learning-curve": _learning_curve}


def curve_arguments(text: str) -> tuple[str, str]:
    """(dataset, base model) of "tickets.csv model=BASE". Raises InputError for a key that does not exist."""
    settings = dict(_ARGUMENT.findall(text))
    unknown = next((key for key in settings if key != "model"), None)
    if unknown:
        raise InputError(
            t("There is no setting {key}.", key=unknown),
            field=unknown,
            next_step=t("Keys: {keys}.", keys="model"),
        )
    return _ARGUMENT.sub("", text).strip(), settings.get("model", "")


def _offer(offer: CurveOffer) -> Message:
    return views.offer(
        offer.dataset, offer.model, offer.shares, offer.rows, usd_in_all=offer.usd, minutes=offer.minutes
    )


async def on_curve_offer(body: Body, ack: AsyncAck, services: Services) -> None:
    """Show the person what a curve of the button's dataset would take."""
    await ack()
    actor, dataset_id, place = actor_of(body), body["actions"][0]["value"], thread_of(body)

    async def work() -> None:
        message = _offer(await services.curves.offer(actor, dataset_id))
        await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=place)

    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=place)
    services.background.submit(f"curve-{dataset_id}", told)


async def on_curve_start(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take the curve, durably; the ack comes first, so after a crash the button is pressed again."""
    actor, chosen = actor_of(body), views.wanted(body["actions"][0]["value"])
    place = thread_of(body)

    async def work() -> None:
        request = await services.curves.accept(
            actor, chosen.dataset, chosen.model, delivery=delivery_of(body)
        )
        message = views.accepted(request) if request else views.already_taken()
        await services.notifier.whisper(actor.channel, actor.user, message, thread_ts=place)

    await ack()
    await explained(actor, work, notifier=services.notifier, thread_ts=place)


async def on_curve_stop(body: Body, ack: AsyncAck, services: Services) -> None:
    """Cancel what still runs; the message shows the rest."""
    await ack()
    actor, curve_id = actor_of(body), body["actions"][0]["value"]
    work = partial(services.curves.stop, actor, curve_id)
    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))

"""`/finetune compare`, its form, and the form for other assumptions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.call_prices import call_prices
from bot.domain import Assumptions
from bot.errors import InputError, ServiceError, UserError
from bot.ports import Message
from bot.texts import t
from bot.views import compare as views
from bot.views import compare_forms as forms
from bot.views import help as help_views
from handlers.commands import BEFORE_ACK_S, AfterAck, Commands, Typed
from handlers.errors import explained, too_slow
from handlers.requests import Body, actor_of, delivery_of, form_values, ticked
from handlers.services import Services

_ARGUMENT = re.compile(r"(\w+)=(\S+)")
_KEYS = {"calls": "calls_a_day", "examples": "examples", "against": "hosted"}


def register(app: AsyncApp, services: Services) -> None:
    """The buttons and the forms."""
    app.action("compare_open")(partial(on_compare_button, services=services))
    app.view(forms.COMPARE)(partial(on_compare_form, services=services))
    app.action("compare_assume")(partial(on_assume_button, services=services))
    app.view(forms.ASSUME)(partial(on_assume_form, services=services))


async def _compare(typed: Typed) -> Message | AfterAck:
    """Compare what was typed; the form when nothing was."""
    if not typed.rest:
        return partial(_show_form, typed.body, typed.client, typed.services, model="")
    names, dataset, wanted = compare_arguments(typed.rest)
    comparison = await typed.services.comparisons.accept(
        typed.actor, names, dataset=dataset, assumptions=wanted, delivery=delivery_of(typed.body)
    )
    return views.accepted(comparison) if comparison else views.already_taken()


COMMANDS: Commands = {"compare": _compare}


def compare_arguments(text: str) -> tuple[list[str], str, Assumptions]:
    """(models, dataset, assumptions) of "MODEL MODEL on tickets.csv calls=1000". Raises InputError naming the key."""
    settings = dict(_ARGUMENT.findall(text))
    unknown = next((key for key in settings if key not in _KEYS), None)
    if unknown:
        raise InputError(
            t("There is no setting {key}.", key=unknown),
            field=unknown,
            next_step=t("Keys: {keys}.", keys=", ".join(_KEYS)),
        )
    models, _, dataset = f" {_ARGUMENT.sub('', text)} ".partition(" on ")
    return (
        models.split(),
        dataset.strip(),
        assumptions({_KEYS[key]: value for key, value in settings.items()}),
    )


def assumptions(values: Mapping[str, str]) -> Assumptions:
    """Assumptions from texts, as typed or as a form gives them; "" means the default. Raises InputError."""
    usual = Assumptions()
    return Assumptions(
        calls_a_day=_whole(values, "calls_a_day", usual.calls_a_day),
        examples=_whole(values, "examples", usual.examples),
        hosted=values.get("hosted", ""),
    )


def _whole(values: Mapping[str, str], field: str, usual: int) -> int:
    text = values.get(field, "").replace(",", "").strip()
    try:
        return int(text) if text else usual
    except ValueError:
        raise InputError(t("That must be a whole number, not {text}.", text=text), field=field) from None


async def on_compare_button(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the form with the model of the button chosen."""
    await ack()
    await _show_form(body, client, services, model=body["actions"][0].get("value", ""))


async def _show_form(body: Body, client: AsyncWebClient, services: Services, *, model: str) -> None:
    """A trigger lives 3 seconds: open a placeholder first, fill it then."""
    actor = actor_of(body)
    opened = await client.views_open(trigger_id=body["trigger_id"], view=forms.waiting())
    try:
        options = await services.comparisons.options(actor, model)
        view = forms.compare_form(
            options.datasets,
            options.models,
            [*options.bases, *options.hosted],
            options.hosted,
            chosen_dataset=options.chosen,
            chosen_model=model,
            default_hosted=call_prices().default_hosted,
            channel=actor.channel,
        )
    except (UserError, ServiceError) as error:
        view = forms.problem_form(help_views.problem(error))
    await client.views_update(view_id=opened["view"]["id"], view=view)


async def on_compare_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Take what the form says, or say at the field what is wrong with it."""
    values = form_values(body["view"])
    place = forms.compare_place(body["view"]["private_metadata"])
    actor = actor_of({**body, "channel_id": place.channel})
    try:
        taken = services.comparisons.accept(
            actor,
            ticked(body["view"]),
            dataset=values["dataset"],
            assumptions=assumptions(values),
            delivery=delivery_of(body),
        )
        await asyncio.wait_for(taken, BEFORE_ACK_S)
    except TimeoutError:
        await ack(response_action="errors", errors={"models": str(too_slow())})
    except (UserError, ServiceError) as error:
        await ack(response_action="errors", errors=_field_errors(error, "models"))
    else:
        await ack()


def _field_errors(error: UserError | ServiceError, otherwise: str) -> dict[str, str]:
    field = error.field if isinstance(error, InputError) and error.field else otherwise
    said = " ".join(part for part in (str(error), getattr(error, "next_step", "")) if part)
    return {field: said}


async def on_assume_button(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the form with what was assumed."""
    await ack()
    actor, comparison_id = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        comparison, _ = await services.comparisons.outcome(actor.team, comparison_id)
        offered = services.comparisons.hosted()
        view = forms.assume_form(comparison.assumptions, offered, comparison_id=comparison_id)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await explained(actor, work, notifier=services.notifier)


async def on_assume_form(body: Body, ack: AsyncAck, services: Services) -> None:
    """Check what is assumed, close the form, and tell the break-even in the thread."""
    comparison_id = body["view"]["private_metadata"]
    actor = actor_of(body)
    try:
        wanted = assumptions(form_values(body["view"]))
        comparison = await services.comparisons.check(actor.team, comparison_id, wanted)
    except UserError as error:
        await ack(response_action="errors", errors=_field_errors(error, "calls_a_day"))
        return
    await ack()
    actor = actor_of({**body, "channel_id": comparison.channel})

    async def work() -> None:
        await services.comparisons.assume(actor, comparison_id, wanted)

    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=comparison.thread_ts)
    services.background.submit(f"assume-{comparison_id}", told)

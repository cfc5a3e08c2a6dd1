"""Saying what a model's answer should have been, and `/finetune feedback`."""

from __future__ import annotations

import logging
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Verdict
from bot.errors import InputError, SlackError, UserError
from bot.ports import Message
from bot.views import feedback as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, form_values, thread_of
from handlers.services import Services

logger = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """The buttons and the menu under an answer, and the form."""
    app.action("feedback_right")(partial(on_verdict, services=services, verdict=Verdict.RIGHT))
    app.action("feedback_wrong")(partial(on_verdict, services=services, verdict=Verdict.WRONG))
    app.action("feedback_correct")(partial(on_correct, services=services))
    app.action("feedback_form")(partial(on_form, services=services))
    app.action("feedback_show")(partial(on_show, services=services))
    app.view(views.CORRECT)(partial(on_form_sent, services=services))
    app.options(views.LABEL)(partial(on_label_search, services=services))


async def on_verdict(body: Body, ack: AsyncAck, services: Services, verdict: Verdict) -> None:
    """Right or wrong; the answer shows it at once."""
    await ack()
    actor, ask_id = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        shown = await services.feedback.say(actor, ask_id, verdict)
        await _show(body, shown, services)
        if verdict is Verdict.WRONG:
            said = views.thanks_for_wrong()
            await services.notifier.whisper(actor.channel, actor.user, said, thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_correct(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """A label out of the menu under the answer; the menu's last entry opens the form."""
    await ack()
    actor, action = actor_of(body), body["actions"][0]
    ask_id = str(action["block_id"]).removeprefix("said:")
    place = str((action.get("selected_option") or {}).get("value") or "")
    if place == views.NEW:
        await _open_form(ask_id, body, client, services)
        return

    async def work() -> None:
        shown = await services.feedback.say(actor, ask_id, Verdict.WRONG, place=place)
        await _show(body, shown, services)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def _show(body: Body, shown: Message, services: Services) -> None:
    """Show the answer anew through the press's own response URL: it edits any message, of any age."""
    try:
        await services.notifier.respond(str(body["response_url"]), shown, in_channel=False, replace=True)
    except SlackError as error:
        logger.warning("answer not shown anew error=%s", error)


async def on_form(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Open the form of labels, or of the text, for the answer."""
    await ack()
    await _open_form(str(body["actions"][0]["value"]), body, client, services)


async def _open_form(ask_id: str, body: Body, client: AsyncWebClient, services: Services) -> None:
    actor, url = actor_of(body), str(body.get("response_url") or "")
    place = views.CorrectedAnswer(
        ask_id=ask_id, channel=actor.channel, thread_ts=thread_of(body), response_url=url
    )

    async def work() -> None:
        asked = await services.feedback.asked(actor, ask_id)
        view = views.correction_form(place, asked.model, asked=asked.question.text, said=asked.answer.text)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    await explained(actor, work, notifier=services.notifier, thread_ts=place.thread_ts)


async def on_show(body: Body, ack: AsyncAck, services: Services) -> None:
    """What has gathered about the model of the button."""
    await ack()
    actor, name = actor_of(body), str(body["actions"][0]["value"])

    async def work() -> None:
        said = views.overview(*await services.feedback.gathered(actor.team, actor.channel, name))
        await services.notifier.whisper(actor.channel, actor.user, said, thread_ts=thread_of(body))

    await explained(actor, work, notifier=services.notifier, thread_ts=thread_of(body))


async def on_label_search(body: Body, ack: AsyncAck, services: Services) -> None:
    """Labels that fit what was typed so far."""
    place = views.corrected_answer(body["view"]["private_metadata"])
    try:
        asked = await services.feedback.asked(actor_of(body), place.ask_id)
    except UserError:
        await ack(options=[])
        return
    await ack(options=views.found_options(asked.model.labels, str(body.get("value") or "")))


async def on_form_sent(body: Body, ack: AsyncAck, services: Services) -> None:
    """Keep the correction, close the form, show it on the answer."""
    values, place = form_values(body["view"]), views.corrected_answer(body["view"]["private_metadata"])
    actor = actor_of({**body, "channel_id": place.channel})
    new = values.get("new_label", "").strip() or values.get("text", "").strip()
    chosen = values.get(views.LABEL, "")
    if not new and not chosen:
        await ack(response_action="errors", errors={_first_field(body): views.nothing_chosen()})
        return
    try:
        shown = await services.feedback.say(
            actor, place.ask_id, Verdict.WRONG, correct=new, place="" if new else chosen
        )
    except UserError as error:
        field = error.field if isinstance(error, InputError) and error.field else _first_field(body)
        await ack(response_action="errors", errors={field: str(error)})
        return
    await ack()
    await _show({"response_url": place.response_url}, shown, services)


def _first_field(body: Body) -> str:
    return next(str(block["block_id"]) for block in body["view"]["blocks"] if block["type"] == "input")


async def _feedback(typed: Typed) -> Message:
    actor = typed.actor
    model, found = await typed.services.feedback.gathered(actor.team, actor.channel, typed.rest)
    return views.overview(model, found)


COMMANDS: Commands = {"feedback": _feedback}

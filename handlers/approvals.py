"""The Approve and Reject buttons under a request."""

from __future__ import annotations

from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain import Outcome
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    app.action("approvals_approve")(partial(on_decide, services=services, outcome=Outcome.APPROVED))
    app.action("approvals_reject")(partial(on_decide, services=services, outcome=Outcome.REJECTED))


async def on_decide(body: Body, ack: AsyncAck, services: Services, outcome: Outcome) -> None:
    """Note the decision; the message shows it, and who came too late is told."""
    await ack()
    actor, op_id, thread = actor_of(body), body["actions"][0]["value"], thread_of(body)

    async def work() -> None:
        too_late = await services.approvals.decide(actor, op_id, outcome)
        if too_late:
            await services.notifier.whisper(actor.channel, actor.user, too_late, thread_ts=thread)

    await explained(actor, work, notifier=services.notifier, thread_ts=thread)

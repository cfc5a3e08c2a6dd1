"""What a person sees when something fails: only to them, where they acted, with what to do next."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.domain import Actor, Thread
from bot.errors import BotError, ProviderUnavailableError, ServiceError, SlackError, UserError
from bot.ports import Notifier
from bot.texts import t
from bot.views import help as views

logger = logging.getLogger(__name__)


def register(app: AsyncApp) -> None:
    """The last resort for what no handler expected."""
    app.error(on_unexpected)


async def on_unexpected(error: Exception, body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
    """Log it with the request's kind and no content, and let Slack know that it failed.

    An event that failed before it was stored is then delivered again.
    """
    logger.error("handler failed type=%s team=%s", body.get("type"), context.team_id, exc_info=error)
    return BoltResponse(status=500, body="")


async def explained(
    actor: Actor, work: Callable[[], Awaitable[None]], *, notifier: Notifier, thread_ts: str = ""
) -> None:
    """Run work started behind an ack; what a person can't see otherwise is whispered to them where they acted."""
    try:
        await work()
    except (UserError, ServiceError) as error:
        logger.info("told an error user=%s error=%s", actor.user, error)
        await _whisper(actor, error, notifier, thread_ts)


async def _whisper(actor: Actor, error: BotError, notifier: Notifier, thread_ts: str) -> None:
    """Whisper it where they acted; on the home tab, which is no channel, say it in our direct messages."""
    if not isinstance(error, UserError | ServiceError):
        return
    message = views.problem(error)
    try:
        if actor.channel:
            await notifier.whisper(actor.channel, actor.user, message, thread_ts=thread_ts)
        else:
            await notifier.post(Thread(channel=await notifier.direct(actor.user), ts=""), message)
    except SlackError as failure:
        logger.warning("error not shown user=%s error=%s", actor.user, failure)


def too_slow() -> ProviderUnavailableError:
    """What to say when nothing could be accepted in time for the ack."""
    return ProviderUnavailableError(
        t("The fine-tuning server did not answer in time, so nothing was started. Try again in a minute.")
    )

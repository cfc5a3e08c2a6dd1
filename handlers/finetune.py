"""/finetune: finds the story that answers a subcommand. Each story keeps its own in COMMANDS."""

from __future__ import annotations

import asyncio
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ServiceError, UserError
from bot.ports import Message
from bot.views import help as views
from handlers import audit, compare, curve, datasets, feedback, jobs, labels, models, results, settings, start
from handlers.commands import BEFORE_ACK_S, AfterAck, Commands, Typed
from handlers.errors import too_slow
from handlers.requests import Body, actor_of, subcommand, typed
from handlers.services import Services


async def _help(typed: Typed) -> Message:
    return views.command_help()


COMMANDS: Commands = {
    **start.COMMANDS,
    **jobs.COMMANDS,
    **datasets.COMMANDS,
    **labels.COMMANDS,
    **models.COMMANDS,
    **results.COMMANDS,
    **compare.COMMANDS,
    **curve.COMMANDS,
    **feedback.COMMANDS,
    **settings.COMMANDS,
    **audit.COMMANDS,
    "help": _help,
}


def register(app: AsyncApp, services: Services) -> None:
    """The command."""
    app.command("/finetune")(partial(on_finetune, services=services))


async def on_finetune(body: Body, ack: AsyncAck, client: AsyncWebClient, services: Services) -> None:
    """Route a subcommand; its answer travels with the ack, seen by the person who typed."""
    word, rest = subcommand(typed(body))
    answer = await answer_to(
        word, Typed(body=body, actor=actor_of(body), rest=rest, client=client, services=services)
    )
    if isinstance(answer, Message):
        await ack(text=answer.text, blocks=list(answer.blocks) or None, response_type="ephemeral")
    else:
        await ack()
        await answer()


async def answer_to(word: str, request: Typed) -> Message | AfterAck:
    """What a subcommand answers in time for the ack; errors become messages."""
    command = COMMANDS.get(word)
    if command is None:
        return views.unknown_command(word) if word else views.command_help()
    try:
        return await asyncio.wait_for(command(request), BEFORE_ACK_S)
    except TimeoutError:
        return views.problem(too_slow())
    except (UserError, ServiceError) as error:
        return views.problem(error)

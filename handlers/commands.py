"""What a subcommand of /finetune is given, and what it may give back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Actor
from bot.ports import Message
from handlers.requests import Body
from handlers.services import Services

BEFORE_ACK_S = 2.0
"""Slack waits 3 seconds for an ack; what has not been accepted by then is not accepted at all."""

AfterAck = Callable[[], Awaitable[None]]
"""Work for after the ack, such as opening a form."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A subcommand as it was typed: `rest` is what follows its word."""

    body: Body
    actor: Actor
    rest: str
    client: AsyncWebClient
    services: Services


Command = Callable[[Typed], Awaitable[Message | AfterAck]]
"""Answers within Slack's 3 seconds: a message for the person alone, or what to do once the ack is sent."""

Commands = Mapping[str, Command]

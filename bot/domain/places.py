"""Where things happen in Slack, and who does them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A place in Slack: a channel, and the message whose thread we answer in."""

    channel: str
    ts: str


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who did something, and where: Slack ids."""

    team: str
    user: str
    channel: str

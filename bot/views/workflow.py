"""What a workflow step says when it fails: Slack shows it to whoever looks after the workflow."""

from __future__ import annotations

from bot.errors import BotError


def failed(error: BotError) -> str:
    """What went wrong and what to do next, as plain text."""
    return " ".join(part for part in (str(error), getattr(error, "next_step", "")) if part)

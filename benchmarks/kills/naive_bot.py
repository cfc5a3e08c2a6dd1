"""The bot without its look-ups, to prove that the benchmark bites: it posts and creates again whenever it is in doubt."""

from __future__ import annotations

from datetime import datetime

from bot.cli import main
from bot.domain import RemoteJob, Thread
from bot.notifier import SlackNotifier
from bot.provider import OpenAIProvider


async def _find_no_message(
    self: SlackNotifier, thread: Thread, *, outbox_id: str, since: datetime
) -> str | None:
    return None


async def _find_no_job(self: OpenAIProvider, op_id: str, *, training_file: str) -> RemoteJob | None:
    return None


if __name__ == "__main__":
    SlackNotifier.find = _find_no_message  # type: ignore[method-assign]
    OpenAIProvider.find_job = _find_no_job  # type: ignore[method-assign]
    main(["run"])

"""The bot behind a slow network: what it sends arrives at once, the answer comes late, so that a kill falls in between.

With `--naive` it has no look-ups either and does again whatever it is in doubt about: the benchmark must catch that.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from bot.cli import main
from bot.domain import RemoteJob, Thread
from bot.notifier import SlackNotifier
from bot.provider import OpenAIProvider

P = ParamSpec("P")
T = TypeVar("T")


def _late(call: Callable[P, Awaitable[T]], seconds: float) -> Callable[P, Awaitable[T]]:
    @wraps(call)
    async def answered_late(*args: P.args, **kwargs: P.kwargs) -> T:
        answer = await call(*args, **kwargs)
        await asyncio.sleep(seconds)
        return answer

    return answered_late


async def _find_no_message(
    self: SlackNotifier, thread: Thread, *, outbox_id: str, since: datetime
) -> str | None:
    return None


async def _find_no_job(self: OpenAIProvider, op_id: str, *, training_file: str) -> RemoteJob | None:
    return None


def _change(slow_s: float, *, naive: bool) -> None:
    for kind, name in (
        (SlackNotifier, "post"),
        (SlackNotifier, "respond"),
        (OpenAIProvider, "upload"),
        (OpenAIProvider, "create_job"),
    ):
        setattr(kind, name, _late(getattr(kind, name), slow_s))
    if naive:
        SlackNotifier.find = _find_no_message  # type: ignore[method-assign]
        OpenAIProvider.find_job = _find_no_job  # type: ignore[method-assign]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow-s", type=float, required=True)
    parser.add_argument("--naive", action="store_true")
    chosen = parser.parse_args()
    _change(chosen.slow_s, naive=chosen.naive)
    main(["run"])

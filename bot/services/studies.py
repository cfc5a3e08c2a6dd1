"""What comparisons and learning curves share: each runs once at a time, goes on after a kill, and shows how far it is.

A study is taken up by a tick, not by the dispatcher: it may take hours, and a stop must not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from bot.domain import Thread
from bot.errors import SlackError
from bot.ports import Message, Notifier
from bot.services.patience import patiently

logger = logging.getLogger(__name__)

EDIT_PAUSE = timedelta(seconds=3)
"""A message is edited at most this often (chat.update is Tier 3: about 50 a minute for a whole workspace)."""
LONGEST_REST_S = 60.0
GONE = {"channel_not_found", "is_archived", "not_in_channel", "thread_not_found", "message_not_found"}
"""Answers after which Slack will take nothing more in this place."""


class Runner:
    """Runs pieces of work by id, never one twice at a time; `await drain()` stops them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, datetime] = {}
        self._fails: dict[str, int] = {}

    def take_up(self, study_id: str, work: Callable[[], Awaitable[None]]) -> None:
        """Start the work unless it runs already or rests after an outage of Slack's."""
        resting = self._not_before.get(study_id)
        if study_id in self._running or (resting and self._clock() < resting):
            return
        task = asyncio.create_task(self._guarded(study_id, work), name=study_id)
        self._running[study_id] = task
        task.add_done_callback(lambda _: self._running.pop(study_id, None))

    async def _guarded(self, study_id: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            self._not_before.pop(study_id, None)
            self._fails.pop(study_id, None)
        except SlackError as error:
            logger.warning("study rests id=%s error=%s", study_id, error)
            fails = self._fails[study_id] = self._fails.get(study_id, 0) + 1
            rest_s = error.retry_after_s or min(LONGEST_REST_S, 2.0 ** min(fails, 10))
            self._not_before[study_id] = self._clock() + timedelta(seconds=rest_s)

    async def settle(self) -> None:
        """Wait until nothing runs."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def drain(self) -> None:
        """Stop what runs; the next start takes it up."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class ProgressMessage:
    """One message in a thread that says how far a study is: posted once, edited in place, at most every 3 s."""

    def __init__(
        self,
        notifier: Notifier,
        thread: Thread,
        *,
        study_id: str,
        ts: str,
        since: datetime,
        save_ts: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._notifier = notifier
        self._thread = thread
        self._study_id = study_id
        self._ts = ts
        self._since = since
        self._save_ts = save_ts
        self._clock = clock
        self._shown: Message | None = None
        self._next = since

    async def show(self, message: Message, *, now_or_never: bool = False) -> None:
        """Bring the message up to date, unless it was a moment ago. Raises SlackError only when it can't be posted."""
        if not self._ts:
            self._ts = await post_once(
                self._notifier, self._thread, message, key=self._study_id, since=self._since
            )
            await self._save_ts(self._study_id, self._ts)
        elif message != self._shown and (now_or_never or self._clock() >= self._next):
            await self._edit(message)
        else:
            return
        self._shown, self._next = message, self._clock() + EDIT_PAUSE

    async def _edit(self, message: Message) -> None:
        try:
            await self._notifier.edit(Thread(channel=self._thread.channel, ts=self._ts), message)
        except SlackError as error:  # the next look edits again; somebody may also have deleted it
            logger.info("progress not shown id=%s error=%s", self._study_id, error)


async def post_once(
    notifier: Notifier, thread: Thread, message: Message, *, key: str, since: datetime
) -> str:
    """Post under that key unless it stands there already: an earlier try may have been killed right after posting."""
    found = await notifier.find(thread, outbox_id=key, since=since)
    if found:
        return found
    return await patiently(partial(notifier.post, thread, message, outbox_id=key))

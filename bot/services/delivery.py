"""Sends the outbox to Slack: in order, paced, looked up when an earlier try may have arrived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain import FineTuningJob, OutboxRow, Thread, UpdateKind
from bot.errors import ServiceError, SlackError
from bot.ports import Notifier
from bot.services.estimates import Estimates, cost_of
from bot.views.card import card, tokens_so_far
from bot.views.replies import reply
from storage import Store

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
CARD_PAUSE = timedelta(seconds=3)
"""A card is edited at most this often (chat.update is Tier 3: about 50 a minute for a whole workspace)."""
BATCH = 20
MAX_ATTEMPTS = 12
SLOWEST_RETRY_S = 60.0
GONE = {
    "channel_not_found",
    "is_archived",
    "message_not_found",
    "cant_update_message",
    "thread_not_found",
    "edit_window_closed",
}
"""Answers after which Slack will never take this message."""


class Delivery:
    """Brings updates to their threads."""

    def __init__(
        self, *, store: Store, notifier: Notifier, estimates: Estimates, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._estimates = estimates
        self._clock = clock
        self._lock = asyncio.Lock()
        self._again = False

    async def deliver_once(self) -> int:
        """Send what may be sent now; returns how many rows were tried. A call while one runs makes it go on."""
        self._again = True
        if self._lock.locked():
            return 0
        tried = 0
        async with self._lock:
            while self._again:
                self._again = False
                rows = await self._store.outbox.claim(now=self._clock(), lease=LEASE, limit=BATCH)
                await asyncio.gather(*(self._send_guarded(row) for row in rows))
                tried += len(rows)
                self._again = self._again or bool(rows)
        return tried

    async def _send_guarded(self, row: OutboxRow) -> None:
        try:
            ts = await self._send(row)
        except SlackError as error:
            await self._failed(row, error)
            return
        pause = CARD_PAUSE if row.update.kind is UpdateKind.CARD else timedelta(0)
        await self._store.outbox.mark_sent(row, ts=ts, now=self._clock(), pause=pause)

    async def _send(self, row: OutboxRow) -> str:
        job = await self._store.jobs.get(row.op_id)
        if job is None:
            return ""
        if row.update.kind is UpdateKind.CARD:
            return await self._send_card(row, job)
        found = await self._look_up(row)
        return found or await self._notifier.post(row.thread, reply(job, row.update), outbox_id=row.id)

    async def _send_card(self, row: OutboxRow, job: FineTuningJob) -> str:
        message = card(job, cost_usd=await self._cost_so_far(job), now=self._clock())
        known = job.card_ts or await self._look_up(row)
        if not known:
            return await self._notifier.post(row.thread, message, outbox_id=row.id)
        await self._notifier.edit(Thread(channel=job.channel, ts=known), message)
        return known

    async def _look_up(self, row: OutboxRow) -> str | None:
        if not row.in_doubt or row.first_try_at is None:
            return None
        return await self._notifier.find(row.thread, outbox_id=row.id, since=row.first_try_at)

    async def _cost_so_far(self, job: FineTuningJob) -> Decimal | None:
        if job.cost_usd is not None:
            return job.cost_usd
        try:
            bases = await self._estimates.bases()
        except ServiceError:
            return None
        return cost_of(job.base_model, tokens_so_far(job), bases)

    async def _failed(self, row: OutboxRow, error: SlackError) -> None:
        logger.warning("update not sent id=%s attempts=%s error=%s", row.id, row.attempts, error)
        if error.code in GONE or (not error.retrying and row.attempts >= MAX_ATTEMPTS):
            await self._store.outbox.bury(row, problem=error.code or str(error))
            return
        wait = error.retry_after_s or min(SLOWEST_RETRY_S, 0.5 * 2 ** min(row.attempts, 10))
        until = self._clock() + timedelta(seconds=wait)
        await self._store.outbox.postpone(row, until=until, in_doubt=error.in_doubt, problem=str(error))

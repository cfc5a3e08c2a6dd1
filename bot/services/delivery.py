"""Sends the outbox to Slack: in order, paced, looked up when an earlier try may have arrived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import Cost, FineTuningJob, OutboxRow, Thread, Update, UpdateKind
from bot.errors import ServiceError, SlackError
from bot.ports import Message, Notifier
from bot.services.estimates import Estimates, cost_with_rate
from bot.services.job_pictures import JobPictures
from bot.services.people import People
from bot.texts import speak
from bot.views.approvals import decided, request
from bot.views.card import card, tokens_so_far
from bot.views.replies import picture_title, reply
from storage import Store
from storage.approvals import ASKED

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
CARD_PAUSE = timedelta(seconds=3)
"""A card is edited at most this often."""
CARD_EDITS_PER_MINUTE = 40
"""All cards together: chat.update is Tier 3, about 50 a minute for a whole workspace (docs.slack.dev, rate limits, read
2026-11). With more jobs than that allows every 3 seconds, each card is edited less often."""
BATCH = 20
MAX_ATTEMPTS = 12
SLOWEST_RETRY_S = 60.0
MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
"""Answers to an edit after which the card can only be posted anew."""
THREAD_GONE = {
    "channel_not_found",
    "is_archived",
    "is_inactive",
    "not_in_channel",
    "thread_not_found",
    "cannot_reply_to_message",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
}
"""Answers after which Slack will never take anything more for this thread."""
NOBODY_THERE = {"user_not_in_channel", "user_not_found", "cannot_dm_bot", "messages_tab_disabled"}
"""Answers after which this person can't be told."""
FRESH_CARDS = 3
"""How often a deleted card is posted anew: somebody who deletes it again does not want it."""
QUIET_KINDS = (UpdateKind.APPROVAL, UpdateKind.END, UpdateKind.PICTURE, UpdateKind.LOST, UpdateKind.REFUSED)
"""What a quiet channel still gets."""


class Delivery:
    """Brings updates to their threads."""

    def __init__(
        self,
        *,
        store: Store,
        notifier: Notifier,
        estimates: Estimates,
        pictures: JobPictures,
        clock: Callable[[], datetime],
        people: People | None = None,
    ) -> None:
        self._store = store
        self._people = people
        self._pictures = pictures
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
        pause = await self._card_pause() if row.update.kind is UpdateKind.CARD else timedelta(0)
        await self._store.outbox.mark_sent(row, ts=ts, now=self._clock(), pause=pause)

    async def _card_pause(self) -> timedelta:
        return max(
            CARD_PAUSE, await self._store.jobs.count_active() * timedelta(minutes=1) / CARD_EDITS_PER_MINUTE
        )

    async def _send(self, row: OutboxRow) -> str:
        """Bring one update to where it belongs; the message's ts, "" where none was needed."""
        job = await self._store.jobs.get(row.op_id)
        if job is None:
            return ""
        if self._people is not None:
            speak(await self._people.language(job.team, job.user))
        settings = await self._store.channels.get(job.team, job.channel)
        kind = row.update.kind
        is_shown_already = kind is UpdateKind.CARD and job.card_ts
        if settings.quiet and kind not in QUIET_KINDS and not is_shown_already:
            return ""
        if kind is UpdateKind.CARD:
            return await self._send_card(row, job)
        if kind is UpdateKind.REFUSED:
            message = reply(job, row.update)
            await self._notifier.whisper(job.channel, row.update.user, message, thread_ts=job.thread_ts)
            return ""
        if kind is UpdateKind.PICTURE:
            return await self._send_picture(row, job)
        place = await self._place(row, job)
        broadcast = settings.broadcast and kind is UpdateKind.END and bool(place.ts)
        message = await self._reply(row, job)
        return await self._look_up(row, place, row.id) or await self._notifier.post(
            place, message, outbox_id=row.id, broadcast=broadcast
        )

    async def _reply(self, row: OutboxRow, job: FineTuningJob) -> Message:
        if row.update.kind is not UpdateKind.APPROVAL:
            return reply(job, row.update, await self._cost(job))
        approval = await self._store.approvals.get(job.op_id)
        if approval is None:
            raise LookupError(f"{row.id} has no request")
        return request(job, approval) if row.update.key == ASKED else decided(job, approval)

    async def _place(self, row: OutboxRow, job: FineTuningJob) -> Thread:
        """The job's thread; the starter's direct messages once that is lost."""
        if not job.lost:
            return row.thread
        return Thread(channel=await self._notifier.direct(job.user), ts="")

    async def _send_card(self, row: OutboxRow, job: FineTuningJob) -> str:
        message = card(job, await self._cost(job), now=self._clock())
        known = job.card_ts or await self._look_up(row, row.thread, row.id)
        if not known:
            return await self._notifier.post(row.thread, message, outbox_id=row.id)
        await self._notifier.edit(Thread(channel=job.channel, ts=known), message)
        return known

    async def _send_picture(self, row: OutboxRow, job: FineTuningJob) -> str:
        """An upload carries no mark of ours, so one in doubt is looked up by its file's name, which names the job."""
        name = f"{job.op_id}-training.png"
        picture = await self._pictures.training(job)
        if picture is None or await self._look_up(row, row.thread, name):
            return ""
        title = picture_title(job)
        await self._notifier.upload(
            row.thread, picture.path, name=name, title=title, alt_text=picture.alt_text
        )
        return ""

    async def _look_up(self, row: OutboxRow, place: Thread, mark: str) -> str | None:
        if not row.in_doubt or row.first_try_at is None:
            return None
        return await self._notifier.find(place, outbox_id=mark, since=row.first_try_at)

    async def _cost(self, job: FineTuningJob) -> Cost:
        """What the tokens trained so far cost; without a price while the server can't say what is its own."""
        tokens = tokens_so_far(job)
        try:
            bases = await self._estimates.bases()
        except ServiceError:
            return Cost(tokens=tokens, usd=job.cost_usd)
        cost = cost_with_rate(job.base_model, tokens, bases)
        return cost if job.cost_usd is None else replace(cost, usd=job.cost_usd)

    async def _failed(self, row: OutboxRow, error: SlackError) -> None:
        logger.warning("update not sent id=%s attempts=%s error=%s", row.id, row.attempts, error)
        if await self._given_up(row, error):
            return
        wait = error.retry_after_s or min(SLOWEST_RETRY_S, 0.5 * 2 ** min(row.attempts, 10))
        until = self._clock() + timedelta(seconds=wait)
        await self._store.outbox.postpone(row, until=until, in_doubt=error.in_doubt, problem=str(error))

    async def _given_up(self, row: OutboxRow, error: SlackError) -> bool:
        """Whether Slack will never take this row as it is; then what can be done instead is done."""
        outbox, kind = self._store.outbox, row.update.kind
        job = await self._store.jobs.get(row.op_id)
        if kind is UpdateKind.CARD and error.code in MESSAGE_GONE:
            await outbox.post_card_anew(row, times=FRESH_CARDS)
        elif error.code in THREAD_GONE and kind is not UpdateKind.REFUSED and job and not job.lost:
            notice = Update(kind=UpdateKind.LOST, key="lost", text=error.code)
            await outbox.lose_thread(row, problem=error.code, notice=notice, now=self._clock())
        elif error.code in THREAD_GONE | NOBODY_THERE or (
            not error.retrying and row.attempts >= MAX_ATTEMPTS
        ):
            await outbox.bury(row, problem=error.code or str(error))
        else:
            return False
        return True

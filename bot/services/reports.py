"""Puts the report of a dataset into its thread: once, then edited in place; anew when somebody deleted it."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.domain import Dataset, Thread
from bot.errors import SlackError
from bot.ports import Message, Notifier
from bot.services.estimates import Estimates
from bot.services.offers import can_classify
from bot.views import datasets as views
from storage import Store

logger = logging.getLogger(__name__)

GONE = ("message_not_found", "cant_update_message", "edit_window_closed")
"""What Slack says of a message that can't be edited any more."""


class Reports:
    """Publishes."""

    def __init__(self, *, store: Store, notifier: Notifier, estimates: Estimates) -> None:
        self._store = store
        self._notifier = notifier
        self._estimates = estimates

    async def publish(self, dataset: Dataset, *, look_first: bool = False, note: str = "") -> Dataset:
        """Post the report, or edit the one that is there; then remember where it is."""
        estimates = await self._estimates.of(dataset.report) if dataset.report else ()
        offer = await can_classify(self._store, dataset)
        message = views.report(dataset, estimates, note=note, can_classify=offer)
        if dataset.report_ts and await self._edit(dataset, message):
            return dataset
        dataset = replace(dataset, report_ts=await self._post_once(dataset, message, look_first))
        await self._store.datasets.save(dataset)
        logger.info("dataset reported dataset=%s status=%s", dataset.id, dataset.status)
        return dataset

    async def _edit(self, dataset: Dataset, message: Message) -> bool:
        """Edit the report that is there; False when somebody deleted it."""
        try:
            await self._notifier.edit(Thread(channel=dataset.channel, ts=dataset.report_ts), message)
        except SlackError as error:
            if error.code not in GONE:
                raise
            return False
        return True

    async def _post_once(self, dataset: Dataset, message: Message, look_first: bool) -> str:
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        if look_first:
            found = await self._notifier.find(thread, outbox_id=dataset.id, since=dataset.created_at)
            if found:
                return found
        return await self._notifier.post(thread, message, outbox_id=dataset.id)

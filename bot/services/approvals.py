"""Approving and rejecting jobs that wait, and dropping those nobody decided about in time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain import Actor, Approval, ChannelSettings, FineTuningJob, Outcome, Thread
from bot.errors import NotAllowedError, NotFoundError, SlackError
from bot.ports import Message, Notifier
from bot.services.people import People
from bot.texts import t, using
from bot.views import approvals as views
from storage import Store

logger = logging.getLogger(__name__)


class Approvals:
    """The story of approvals."""

    def __init__(
        self,
        *,
        store: Store,
        notifier: Notifier,
        people: People,
        wake_poller: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._people = people
        self._wake_poller = wake_poller
        self._clock = clock

    async def decide(self, actor: Actor, op_id: str, outcome: Outcome) -> Message | None:
        """Approve or reject, once; a message for the person when it was decided before.

        Raises NotFoundError, NotAllowedError when the person may not decide: that is looked up at the click.
        """
        approval = await self._store.approvals.get(op_id)
        if approval is None or approval.team != actor.team:
            raise NotFoundError(t("There is no such request any more."))
        settings = await self._store.channels.get(approval.team, approval.channel)
        _check_approver(approval, settings, actor.user)
        first = await self._store.approvals.decide(approval, outcome, user=actor.user, now=self._clock())
        approval = await self._settle(approval)
        if not first:
            return views.too_late(approval)
        logger.info("approval decided job=%s outcome=%s user=%s", op_id, outcome, actor.user)
        return None

    async def expire(self) -> int:
        """Drop what nobody decided about in time; returns how many."""
        overdue = await self._store.approvals.overdue(self._clock())
        for approval in overdue:
            await self._store.approvals.decide(approval, Outcome.EXPIRED, user="", now=self._clock())
            await self._settle(approval)
        return len(overdue)

    async def for_approver(self, team: str, user: str) -> list[tuple[Approval, FineTuningJob]]:
        """What waits for this person's word, oldest first."""
        found = []
        for approval in await self._store.approvals.waiting(team):
            settings = await self._store.channels.get(team, approval.channel)
            job = await self._store.jobs.get(approval.op_id)
            if job is not None and may_decide(approval, settings, user):
                found.append((approval, job))
        return found

    async def _settle(self, approval: Approval) -> Approval:
        """Show the decision in the message that asked, in the language of who asked; the reply comes by the outbox."""
        self._wake_poller()
        decided = await self._store.approvals.get(approval.op_id) or approval
        ts = await self._store.approvals.message_ts(approval.op_id)
        job = await self._store.jobs.get(approval.op_id)
        if not ts or job is None:
            return decided
        with using(await self._people.language(approval.team, approval.asked_by)):
            message = views.request(job, decided)
        try:
            await self._notifier.edit(Thread(channel=approval.channel, ts=ts), message)
        except SlackError as error:  # its buttons then answer who presses them
            logger.warning("request not edited job=%s error=%s", approval.op_id, error)
        return decided


def may_decide(approval: Approval, settings: ChannelSettings, user: str) -> bool:
    """Whether this person may decide: an approver of now, and not who asked while there are others."""
    approvers = settings.approvers or approval.approvers
    return user in approvers and (user != approval.asked_by or approvers == (user,))


def _check_approver(approval: Approval, settings: ChannelSettings, user: str) -> None:
    if may_decide(approval, settings, user):
        return
    if user == approval.asked_by:
        raise NotAllowedError(t("You asked for it, so somebody else must approve it."))
    raise NotAllowedError(
        t("Only the approvers of this channel may decide that."),
        next_step=t("`/finetune settings` shows who they are."),
    )

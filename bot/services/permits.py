"""Who may start a job, and on which terms: permission, budget and approval, by the channel's settings.

Everybody's starts are checked against "who may start"; guests, budget and approval concern jobs that cost money. A job
whose price nobody knows counts as one that does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain import Admission, Approval, ChannelSettings, FineTuningJob, WhoMayStart
from bot.errors import NotAllowedError, SlackError
from bot.ports import Directory
from bot.services.people import People
from bot.texts import t
from bot.views.amounts import month_name, usd
from storage import Store

logger = logging.getLogger(__name__)

GROUP_FRESH = timedelta(minutes=5)
UNASKABLE = {"unknown_method"}
"""Slack itself never answers this: what does has no guests to tell apart."""


class ChannelPermits:
    """Permits by channel settings."""

    def __init__(
        self, *, store: Store, people: People, directory: Directory, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._people = people
        self._directory = directory
        self._clock = clock
        self._groups: dict[str, tuple[tuple[str, ...], datetime]] = {}

    async def admit(self, job: FineTuningJob, usd: Decimal | None) -> Admission:
        """The terms on which this job is taken; `usd` is its price, None when nobody knows it.

        Raises NotAllowedError, SlackError when Slack must be asked about the person and does not answer.
        """
        settings = await self._store.channels.get(job.team, job.channel)
        await self._check_starter(settings, job)
        if usd == 0:
            return Admission()
        await self._check_outsider(settings, job)
        return Admission(
            amount_usd=usd,
            month=month_of(self._clock()),
            budget_usd=settings.budget_usd_month,
            approval=self._approval(settings, job, usd),
        )

    def _approval(
        self, settings: ChannelSettings, job: FineTuningJob, amount: Decimal | None
    ) -> Approval | None:
        """Asked for above the channel's amount, and for a price nobody knows; not of the only one who could give it."""
        limit = settings.approval_above_usd
        if limit is None or not settings.approvers or settings.approvers == (job.user,):
            return None
        if amount is not None and amount <= limit:
            return None
        now = self._clock()
        return Approval(
            op_id=job.op_id,
            team=job.team,
            channel=job.channel,
            asked_by=job.user,
            approvers=settings.approvers,
            amount_usd=amount,
            limit_usd=limit,
            asked_at=now,
            expires_at=now + timedelta(hours=settings.approval_hours),
        )

    async def _check_starter(self, settings: ChannelSettings, job: FineTuningJob) -> None:
        if settings.who_may_start is WhoMayStart.EVERYONE:
            return
        if settings.who_may_start is WhoMayStart.LIST:
            allowed = settings.starters
        else:
            allowed = await self._members(settings.starter_group)
        if job.user not in allowed:
            raise NotAllowedError(
                t("In this channel only some people may start fine-tuning, and you are not among them."),
                next_step=t("Ask one of them, or look at `/finetune settings`."),
            )

    async def _members(self, group: str) -> tuple[str, ...]:
        known = self._groups.get(group)
        if known and self._clock() - known[1] < GROUP_FRESH:
            return known[0]
        try:
            members = await self._directory.group_members(group)
        except SlackError as error:
            if known and not error.code:
                return known[0]
            raise _group_unreadable(error) from error
        self._groups[group] = (members, self._clock())
        return members

    async def _check_outsider(self, settings: ChannelSettings, job: FineTuningJob) -> None:
        if settings.allow_guests and settings.allow_external:
            return
        try:
            person = await self._people.person(job.team, job.user)
        except SlackError as error:
            if error.code in UNASKABLE:
                return
            if error.code == "user_not_found" and settings.allow_external:
                return
            raise _person_unknown(error) from error
        if person.is_external and not settings.allow_external:
            raise NotAllowedError(
                t("People of other organisations may not start paid jobs in this channel."),
                next_step=_who_changes_it(),
            )
        if person.is_guest and not settings.allow_guests:
            raise NotAllowedError(
                t("Guests may not start paid jobs in this channel."), next_step=_who_changes_it()
            )


def _who_changes_it() -> str:
    return t("Ask a member of the team to start it, or to allow it in `/finetune settings`.")


def month_of(moment: datetime) -> str:
    """The month of a budget, such as "2026-11"; UTC."""
    return moment.strftime("%Y-%m")


def over_budget(admission: Admission, taken_usd: Decimal) -> NotAllowedError:
    """The refusal, with its figures."""
    budget = admission.budget_usd or Decimal(0)
    left = max(Decimal(0), budget - taken_usd)
    words = t(
        "This training would cost about {cost}, and of this channel's {budget} for {month} only {left} is left"
        " ({taken} is spent or reserved).",
        cost=usd(admission.amount_usd or Decimal(0)),
        budget=usd(budget),
        month=month_name(admission.month),
        left=usd(left),
        taken=usd(taken_usd),
    )
    return NotAllowedError(
        words,
        next_step=t(
            "Train fewer epochs or a cheaper base model, wait for next month, or raise the budget in `/finetune settings`."
        ),
    )


def _group_unreadable(error: SlackError) -> NotAllowedError | SlackError:
    if error.code == "missing_scope":
        return NotAllowedError(
            t("Only a user group may start fine-tuning here, and I may not read user groups."),
            next_step=t(
                "A workspace admin adds the scope usergroups:read and reinstalls the app, or somebody names people"
                " instead in `/finetune settings`."
            ),
        )
    if error.code in ("no_such_subteam", "invalid_usergroup"):
        return NotAllowedError(
            t("Only a user group may start fine-tuning here, and that group is gone."),
            next_step=t("Choose another in `/finetune settings`."),
        )
    return error


def _person_unknown(error: SlackError) -> NotAllowedError | SlackError:
    if error.code == "missing_scope":
        return NotAllowedError(
            t("I can't see whether you are a guest, so I start no paid job for you."),
            next_step=t(
                "A workspace admin adds the scope users:read and reinstalls the app, or allows guests and people of"
                " other organisations in `/finetune settings`."
            ),
        )
    if error.code == "user_not_found":
        return NotAllowedError(
            t("People of other organisations may not start paid jobs in this channel."),
            next_step=_who_changes_it(),
        )
    return error

"""Channel settings: what they are, what the form offers, and who changes what."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime

from bot.domain import Actor, ChannelSettings, FineTunedModel, Person, UserGroup, WhoMayStart
from bot.errors import InputError, InputErrors, NotAllowedError, NotFoundError, SlackError
from bot.ports import Directory
from bot.services.people import People
from bot.texts import t
from storage import Store

logger = logging.getLogger(__name__)

GUARDED = (
    "who_may_start",
    "starters",
    "starter_group",
    "budget_usd_month",
    "approval_above_usd",
    "approvers",
    "approval_hours",
    "allow_guests",
    "allow_external",
)
"""What only approvers and workspace admins change once a channel has approvers: else a limit would be none."""
LONGEST_APPROVAL_H = 30 * 24


@dataclass(frozen=True, kw_only=True)
class SettingsOptions:
    """What the form shows: the settings, the channel's model ("" for none) and those to choose from. `groups` is None
    when the app may not read user groups."""

    channel: str
    settings: ChannelSettings
    model: str
    models: tuple[FineTunedModel, ...]
    groups: tuple[UserGroup, ...] | None


class Channels:
    """The settings of channels."""

    def __init__(
        self, *, store: Store, people: People, directory: Directory, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._people = people
        self._directory = directory
        self._clock = clock

    async def settings(self, team: str, channel: str) -> ChannelSettings:
        """The channel's settings; the defaults when it never changed any."""
        return await self._store.channels.get(team, channel)

    async def options(self, actor: Actor) -> SettingsOptions:
        """What the form of the actor's channel shows. Raises NotAllowedError for who is not in it, SlackError."""
        await self._check_member(actor)
        current = await self._store.models.of_channel(actor.team, actor.channel)
        return SettingsOptions(
            channel=actor.channel,
            settings=await self.settings(actor.team, actor.channel),
            model=current.name if current else "",
            models=tuple(await self._store.models.of_team(actor.team, limit=99)),
            groups=await self._groups(),
        )

    async def change(self, actor: Actor, wanted: ChannelSettings, model: str) -> tuple[str, ...]:
        """Store what is wanted; the names of the settings that changed ("model" for the channel's model).

        Raises InputErrors naming fields, NotAllowedError for who may not change settings, NotFoundError for a model
        that has gone, SlackError.
        """
        before = await self.settings(actor.team, actor.channel)
        person = await self._check_member(actor)
        changed = changes(before, wanted)
        faults = [*faults_of(wanted), *_guarded(before, changed, actor, person)]
        if faults:
            raise InputErrors(tuple(faults))
        switched = await self._switch(actor, model)
        if changed:
            await self._store.channels.save(
                wanted,
                team=actor.team,
                channel=actor.channel,
                user=actor.user,
                changes=changed,
                now=self._clock(),
            )
            logger.info("settings changed channel=%s user=%s", actor.channel, actor.user)
        return (*changed, *(("model",) if switched else ()))

    async def _switch(self, actor: Actor, name: str) -> bool:
        """Make a model the channel's; False when it was, or none was chosen."""
        current = await self._store.models.of_channel(actor.team, actor.channel)
        if not name or (current and current.name == name):
            return False
        model = await self._store.models.get(actor.team, name)
        if model is None:
            raise NotFoundError(t("There is no model {name} here.", name=name))
        await self._store.models.use_in_channel(
            model, channel=actor.channel, user=actor.user, now=self._clock()
        )
        return True

    async def _check_member(self, actor: Actor) -> Person | None:
        """Who acts, None when Slack does not say. Where members can't be listed, having reached the form must do."""
        try:
            person = await self._people.person(actor.team, actor.user)
        except SlackError:
            person = None
        if person and (person.is_guest or person.is_external):
            raise NotAllowedError(t("Guests and people of other organisations may not change settings."))
        try:
            is_member = await self._directory.is_member(actor.channel, actor.user)
        except SlackError as error:
            if not error.code:
                raise
            is_member = True
        if not is_member:
            raise NotAllowedError(
                t("Only members of a channel change its settings."), next_step=t("Join it first.")
            )
        return person

    async def _groups(self) -> tuple[UserGroup, ...] | None:
        try:
            return await self._directory.groups()
        except SlackError as error:
            logger.info("user groups not read error=%s", error)
            return None


def changes(before: ChannelSettings, wanted: ChannelSettings) -> dict[str, str]:
    """{setting: "old → new"} of what differs, as the audit keeps it."""
    return {
        field.name: f"{_word(getattr(before, field.name))} → {_word(getattr(wanted, field.name))}"
        for field in fields(ChannelSettings)
        if getattr(before, field.name) != getattr(wanted, field.name)
    }


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "-" if value in (None, "") else str(value)


def faults_of(wanted: ChannelSettings) -> list[InputError]:
    """What is out of range, or does not fit together, each naming its field."""
    checks = (
        (
            not 0 <= wanted.threshold <= 1,
            "threshold",
            t("The threshold must be 0% to 100%."),
        ),
        (
            wanted.who_may_start is WhoMayStart.LIST and not wanted.starters,
            "starters",
            t("Name the people who may start."),
        ),
        (
            wanted.who_may_start is WhoMayStart.GROUP and not wanted.starter_group,
            "starter_group",
            t("Choose the user group whose members may start."),
        ),
        (
            wanted.approval_above_usd is not None and not wanted.approvers,
            "approvers",
            t("Name at least one person who approves."),
        ),
        (
            not 1 <= wanted.approval_hours <= LONGEST_APPROVAL_H,
            "approval_hours",
            t("The time for approval must be 1 to {hours} hours.", hours=LONGEST_APPROVAL_H),
        ),
    )
    return [InputError(words, field=field) for is_fault, field, words in checks if is_fault]


def _guarded(
    before: ChannelSettings, changed: dict[str, str], actor: Actor, person: Person | None
) -> list[InputError]:
    if not before.approvers or actor.user in before.approvers or (person and person.is_admin):
        return []
    words = t("Only this channel's approvers and workspace admins change this.")
    return [InputError(words, field=field) for field in changed if field in GUARDED]

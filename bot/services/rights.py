"""Who may let a model or a dataset go: what is deleted is gone for the whole team."""

from __future__ import annotations

from bot.domain import Actor
from bot.domain.people import Person
from bot.errors import NotAllowedError, SlackError
from bot.services.people import People
from bot.texts import t
from storage import Store


class DeleteRights:
    """Its maker and workspace admins may always; where the channel has approvers they alone may besides; guests never."""

    def __init__(self, *, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    async def check(self, actor: Actor, *, owner: str, channel: str) -> None:
        """Nothing when the actor may delete what `owner` made in that channel. Raises NotAllowedError."""
        if actor.user == owner:
            return
        person = await self._person(actor)
        if person.is_admin:
            return
        approvers = (await self._store.channels.get(actor.team, channel)).approvers
        if actor.user in approvers:
            return
        if approvers or person.is_guest or person.is_external:
            raise NotAllowedError(
                t("Only who made it, the channel's approvers and workspace admins may delete this."),
                next_step=t("Ask <@{user}>, who made it.", user=owner),
            )

    async def _person(self, actor: Actor) -> Person:
        """Somebody of whom Slack says nothing is a member like others: an outage must not decide about rights."""
        try:
            return await self._people.person(actor.team, actor.user)
        except SlackError:
            return Person(id=actor.user)

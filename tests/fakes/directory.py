"""Slack's people, as a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain import Person, UserGroup
from bot.errors import SlackError


@dataclass
class FakeDirectory:
    """People, groups and members to fill in; `failure` is raised by every call while it is set."""

    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    group: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failure: SlackError | None = None
    asked: list[str] = field(default_factory=list)

    def _look(self, what: str) -> None:
        self.asked.append(what)
        if self.failure:
            raise self.failure

    async def person(self, team: str, user: str) -> Person:
        self._look(user)
        return self.people.get(user, Person(id=user, locale="en-US"))

    async def group_members(self, group: str) -> tuple[str, ...]:
        self._look(group)
        return self.group[group]

    async def groups(self) -> tuple[UserGroup, ...]:
        self._look("groups")
        return tuple(UserGroup(id=group, handle=group.lower(), name=group) for group in self.group)

    async def is_member(self, channel: str, user: str) -> bool:
        self._look(channel)
        return user in self.members.get(channel, ())

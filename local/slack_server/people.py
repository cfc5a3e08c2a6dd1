"""Who and what is in the workspace from the start: the team, its people and its channels."""

from dataclasses import dataclass
from enum import StrEnum

TEAM_ID = "T0LOCAL"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
APP_ID = "A0TUNESMITH"
BOT_USER_ID = "U0TUNESMITH"
BOT_ID = "B0TUNESMITH"


class ChannelKind(StrEnum):
    """What a conversation is; Slack names scopes and events after it."""

    CHANNEL = "channel"
    PRIVATE = "private"
    IM = "im"

    @property
    def scope_prefix(self) -> str:
        """The first half of a scope such as `groups:history`."""
        return {"channel": "channels", "private": "groups", "im": "im"}[self.value]

    @property
    def event_type(self) -> str:
        """The `channel_type` that a message event carries."""
        return {"channel": "channel", "private": "group", "im": "im"}[self.value]


@dataclass(frozen=True, kw_only=True)
class User:
    """A person, or the bot's own user."""

    id: str
    name: str
    real_name: str
    locale: str = "en-GB"
    is_admin: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    team_id: str = TEAM_ID


@dataclass(frozen=True, kw_only=True)
class UserGroup:
    """A user group, such as @leads."""

    id: str
    name: str
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A conversation; `user` is the person of a direct message, `members` leaves the bot out."""

    id: str
    name: str
    kind: ChannelKind
    created: int
    members: tuple[str, ...]
    bot_is_member: bool
    user: str | None = None
    is_archived: bool = False

    def has(self, user: str) -> bool:
        """Is this person or bot in the conversation?"""
        return self.bot_is_member if user == BOT_USER_ID else user in self.members


def seed_users(bot_name: str) -> tuple[User, ...]:
    """The two people and the bot's user, in the order in which the page lists them."""
    return (
        User(id="U0LEAD", name="lead", real_name="Team lead", is_admin=True),
        User(id="U0MATE", name="mate", real_name="Team mate", locale="de-DE"),
        User(id=BOT_USER_ID, name=bot_name.lower().replace(" ", ""), real_name=bot_name, is_bot=True),
    )


def seed_groups() -> tuple[UserGroup, ...]:
    """The one user group, of which the team lead is the only member."""
    return (UserGroup(id="S0LEADS", name="Team leads", handle="leads", members=("U0LEAD",)),)


def seed_channels(created: int) -> tuple[Channel, ...]:
    """Two public channels with the bot, a private one without it, and a direct message for each person."""
    people = ("U0LEAD", "U0MATE")
    public, private, direct = ChannelKind.CHANNEL, ChannelKind.PRIVATE, ChannelKind.IM

    def channel(
        channel_id: str,
        name: str,
        kind: ChannelKind,
        *members: str,
        bot: bool = True,
        user: str | None = None,
    ) -> Channel:
        return Channel(
            id=channel_id,
            name=name,
            kind=kind,
            created=created,
            members=members,
            bot_is_member=bot,
            user=user,
        )

    return (
        channel("C0TICKETS", "tickets", public, *people),
        channel("C0GENERAL", "general", public, *people),
        channel("C0PRIVATE", "leads", private, *people, bot=False),
        channel("D0LEAD", "lead", direct, "U0LEAD", user="U0LEAD"),
        channel("D0MATE", "mate", direct, "U0MATE", user="U0MATE"),
    )

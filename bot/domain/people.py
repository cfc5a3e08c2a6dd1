"""People as Slack describes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody in Slack: `locale` such as "zh-CN", `tz` such as "Europe/Paris"; both "" when Slack does not say.

    A guest has a restricted account. `is_external` is somebody of another organisation, in a shared channel.
    """

    id: str
    locale: str = ""
    tz: str = ""
    is_admin: bool = False
    is_guest: bool = False
    is_external: bool = False


@dataclass(frozen=True, kw_only=True)
class UserGroup:
    """A user group such as @leads."""

    id: str
    handle: str
    name: str

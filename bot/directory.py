"""Slack, as far as we ask it about people: who somebody is, who belongs to a user group, who is in a channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Person, UserGroup
from bot.errors import SlackError
from bot.texts import t

PAGES = 50
"""Pages of a channel's members looked through at most: 50 of 200 people."""


class SlackDirectory:
    """Reads people, user groups and members; every failure becomes a SlackError with Slack's own code."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def person(self, team: str, user: str) -> Person:
        """What Slack knows of somebody, seen from that team."""
        async with _our_errors("users.info"):
            answer: Any = await self._client.users_info(user=user, include_locale=True)
        return read_person(answer["user"], team)

    async def group_members(self, group: str) -> tuple[str, ...]:
        """The user ids of a group's members."""
        async with _our_errors("usergroups.users.list"):
            answer: Any = await self._client.usergroups_users_list(usergroup=group)
        return tuple(str(user) for user in answer["users"])

    async def groups(self) -> tuple[UserGroup, ...]:
        """The workspace's user groups."""
        async with _our_errors("usergroups.list"):
            answer: Any = await self._client.usergroups_list()
        return tuple(
            UserGroup(id=str(row["id"]), handle=str(row.get("handle") or ""), name=str(row.get("name") or ""))
            for row in answer["usergroups"]
        )

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether somebody is in a channel."""
        cursor = ""
        for _ in range(PAGES):
            async with _our_errors("conversations.members"):
                page: Any = await self._client.conversations_members(
                    channel=channel, cursor=cursor or None, limit=200
                )
            if user in page["members"]:
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return False


def read_person(record: Mapping[str, Any], team: str) -> Person:
    """A user record of Slack's as ours. People of other organisations have another team, or are called strangers."""
    theirs = str(record.get("team_id") or team)
    grid = {str(place) for place in (record.get("enterprise_user") or {}).get("teams") or ()}
    return Person(
        id=str(record["id"]),
        locale=str(record.get("locale") or ""),
        tz=str(record.get("tz") or ""),
        is_admin=bool(record.get("is_admin") or record.get("is_owner")),
        is_guest=bool(record.get("is_restricted") or record.get("is_ultra_restricted")),
        is_external=bool(record.get("is_stranger")) or (theirs != team and team not in grid),
    )


@asynccontextmanager
async def _our_errors(method: str) -> AsyncIterator[None]:
    try:
        yield
    except SlackApiError as error:
        code = str(error.response.get("error") or "unknown_error")
        headers = getattr(error.response, "headers", None) or {}
        wait = float(headers.get("Retry-After") or 1) if code in ("ratelimited", "rate_limited") else None
        words = t("Slack refused {method}: {code}.", method=method, code=code)
        raise SlackError(words, code=code, retry_after_s=wait) from error
    except (aiohttp.ClientError, SlackClientError, OSError, TimeoutError) as error:
        raise SlackError(t("Slack could not be reached for {method}.", method=method)) from error

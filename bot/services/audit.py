"""Reading who did what: a channel's rows for its people, every channel's for workspace admins, and a CSV of them."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Actor, AuditEntry, Thread
from bot.errors import NotAllowedError, SlackError
from bot.ports import Notifier
from bot.services.people import People
from bot.texts import t
from storage import Store

PAGE = 12
MOST_ROWS = 50_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell (OWASP, CSV Injection, read 2026-11)."""


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Some rows, newest first; `channel` is "" for all. `newer` and `older`: whether there are more on that side."""

    channel: str
    entries: tuple[AuditEntry, ...]
    newer: bool
    older: bool
    may_download: bool


class Audit:
    """The story of the audit."""

    def __init__(self, *, store: Store, people: People, notifier: Notifier) -> None:
        self._store = store
        self._people = people
        self._notifier = notifier

    async def page(
        self, actor: Actor, *, everywhere: bool = False, before: int = 0, after: int = 0
    ) -> AuditPage:
        """A page of the actor's channel, or of all. Raises NotAllowedError for all channels and no admin."""
        is_admin = await self._is_admin(actor)
        if everywhere and not is_admin:
            raise NotAllowedError(t("Only workspace admins see what was done in all channels."))
        channel = "" if everywhere else actor.channel
        found = await self._store.audit.page(actor.team, channel, limit=PAGE + 1, before=before, after=after)
        more = len(found) > PAGE
        entries = tuple(found[-PAGE:] if after else found[:PAGE])
        return AuditPage(
            channel=channel,
            entries=entries,
            newer=more if after else bool(before),
            older=bool(after) or more,
            may_download=is_admin or await self._approves(actor),
        )

    async def download(self, actor: Actor, *, everywhere: bool = False) -> None:
        """Send the rows as a CSV to the actor's direct messages. Raises NotAllowedError, SlackError."""
        is_admin = await self._is_admin(actor)
        if not is_admin and (everywhere or not await self._approves(actor)):
            raise NotAllowedError(t("Only this channel's approvers and workspace admins download the audit."))
        channel = "" if everywhere else actor.channel
        entries = await self._store.audit.page(actor.team, channel, limit=MOST_ROWS)
        place = Thread(channel=await self._notifier.direct(actor.user), ts="")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "audit.csv"
            write_csv(path, entries)
            await self._notifier.upload(place, path, name="audit.csv", title=t("Who did what"))

    async def _is_admin(self, actor: Actor) -> bool:
        try:
            return (await self._people.person(actor.team, actor.user)).is_admin
        except SlackError:
            return False

    async def _approves(self, actor: Actor) -> bool:
        settings = await self._store.channels.get(actor.team, actor.channel)
        return actor.user in settings.approvers


def write_csv(path: Path, entries: list[AuditEntry]) -> None:
    """One line an entry, oldest first, times in UTC; no cell is a formula."""
    with path.open("w", newline="", encoding="utf-8-sig") as sink:
        rows = csv.writer(sink)
        rows.writerow(["time", "channel", "user", "action", "subject", "details"])
        for entry in reversed(entries):
            details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
            cells = (entry.channel, entry.user, entry.action, entry.subject, details)
            rows.writerow([entry.at.isoformat(timespec="seconds"), *(_harmless(cell) for cell in cells)])


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

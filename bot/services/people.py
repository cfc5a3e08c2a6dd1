"""Who somebody is, and which language they read: asked of Slack once a day, remembered in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain import Person
from bot.errors import SlackError
from bot.ports import Directory
from bot.texts import language_for
from storage import Store

logger = logging.getLogger(__name__)

FRESH = timedelta(days=1)
SILENT = timedelta(minutes=5)
"""How long Slack is not asked again after it did not answer about somebody."""
WAIT_S = 0.5
"""A command is to be acknowledged within 3 seconds: the first words of somebody unknown wait this long at most."""
REMEMBERED = 10_000


class People:
    """The people of every team. `default` is the language of those of whom Slack says none."""

    def __init__(
        self, *, store: Store, directory: Directory, default: str, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._directory = directory
        self._default = default
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[Person, datetime]] = {}
        self._silent_until: dict[tuple[str, str], datetime] = {}
        self._nobody_until: datetime | None = None
        self._asking: dict[tuple[str, str], asyncio.Task[Person]] = {}

    async def person(self, team: str, user: str) -> Person:
        """Who somebody is, as of today; as of earlier when Slack does not answer. Raises SlackError when never known."""
        known = await self._remembered(team, user)
        if known and self._clock() - known[1] < FRESH:
            return known[0]
        try:
            return await asyncio.shield(self._ask(team, user))
        except SlackError:
            if known and known[0] != Person(id=user):
                return known[0]
            raise

    async def language(self, team: str, user: str) -> str:
        """The language somebody reads, as far as it is known without asking."""
        known = await self._remembered(team, user)
        return self._language_of(known[0] if known else None)

    async def language_soon(self, team: str, user: str) -> str:
        """The language somebody reads; Slack is asked when it was not today, and waited for half a second at most."""
        if self._is_silent(team, user):
            return await self.language(team, user)
        try:
            return self._language_of(await asyncio.wait_for(self.person(team, user), WAIT_S))
        except TimeoutError:
            return await self.language(team, user)
        except SlackError as error:
            logger.info("person unknown user=%s error=%s", user, error)
            self._leave_alone(team, user, error)
            return await self.language(team, user)

    def _is_silent(self, team: str, user: str) -> bool:
        """Whether Slack lately did not answer about this person, or asked us to slow down altogether."""
        now = self._clock()
        return now < max(self._silent_until.get((team, user), now), self._nobody_until or now)

    def _leave_alone(self, team: str, user: str, error: SlackError) -> None:
        if error.retry_after_s:
            self._nobody_until = self._clock() + timedelta(seconds=error.retry_after_s)
        else:
            self._silent_until[team, user] = self._clock() + SILENT

    def _language_of(self, person: Person | None) -> str:
        return language_for(person.locale) if person and person.locale else self._default

    async def _remembered(self, team: str, user: str) -> tuple[Person, datetime] | None:
        key = (team, user)
        if key not in self._known and (stored := await self._store.people.get(team, user)):
            self._known[key] = stored
        return self._known.get(key)

    def _ask(self, team: str, user: str) -> asyncio.Task[Person]:
        """One question at a time about one person; it goes on when nobody waits any more, for the next to find."""
        key = (team, user)
        if key not in self._asking:
            task = asyncio.create_task(self._look_up(team, user), name=f"person-{user}")
            self._asking[key] = task
            task.add_done_callback(lambda done: self._answered(key, done))
        return self._asking[key]

    def _answered(self, key: tuple[str, str], done: asyncio.Task[Person]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()  # read here, so that nobody's leaving makes it a warning

    async def _look_up(self, team: str, user: str) -> Person:
        person = await self._directory.person(team, user)
        now = self._clock()
        await self._store.people.save(team, person, now=now)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
            self._silent_until.clear()
        self._known[team, user] = (person, now)
        return person

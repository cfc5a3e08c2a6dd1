"""Kills the bot with SIGKILL at random moments and starts it again at once, in a thread of its own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.kills.phases import SHARES, Phase, most_kills
from bot.errors import ServiceError
from bot.processes import Child

STARTING_S = 1.5
"""A kill that does not wait for the bot to be ready comes within this time."""
AIMING_S = 6.0
"""How long to wait for something to aim at."""
AFTER_SIGHT_S = 0.02
READY_S = 180.0
"""A bot that is not up by then has failed to start, however busy the machine."""


class Moment(StrEnum):
    """How a kill's moment is chosen."""

    ANY = "any moment"
    STARTING = "while starting"
    SEEN = "as something arrives"


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One kill: `at_s` since the start of the run, `lived_s` since that bot process was started."""

    number: int
    phase: Phase
    moment: Moment
    at_s: float
    lived_s: float


class Killer:
    """`start()`, tell it each phase, then wait until `is_done`; `kills` and `deaths` say what happened.

    `see(phase, seconds)` waits that long for something of the bot's to arrive.
    """

    def __init__(
        self,
        start_bot: Callable[[], Child],
        see: Callable[[Phase, float], None],
        *,
        total: int,
        aimed: float,
        draw: random.Random,
    ) -> None:
        self._start_bot = start_bot
        self._see = see
        self._total = total
        self._aimed = aimed
        self._draw = draw
        self._phase = Phase.READING
        self._change = threading.Condition()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.kills: list[Kill] = []
        self.deaths: list[str] = []
        """Ends of the bot that were not our doing, each with its last words."""
        self.bot = start_bot()

    def start(self) -> None:
        """Begin to kill."""
        self._thread.start()

    def stop(self) -> None:
        """Kill no more, whatever is left of the plan."""
        with self._change:
            self._total = len(self.kills)
            self._change.notify_all()

    def enter(self, phase: Phase) -> None:
        """The run has come to this phase."""
        with self._change:
            self._phase = phase
            self._change.notify_all()

    @property
    def is_done(self) -> bool:
        """Whether every kill has happened, or the bot does not start any more."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        started = time.monotonic()
        while len(self.kills) < self._total and len(self.deaths) < 3:
            phase = self._wait_for_a_turn()
            if len(self.kills) >= self._total:
                return
            moment = self._choose_moment()
            self._wait_for(moment, phase)
            if not self.bot.is_running:
                self.deaths.append(self.bot.last_words())
            self.bot.process.kill()
            self.bot.process.wait()
            self.bot.stop()
            now = time.monotonic()
            self.kills.append(
                Kill(
                    number=len(self.kills) + 1,
                    phase=self._phase,
                    moment=moment,
                    at_s=round(now - self._began, 2),
                    lived_s=round(now - started, 2),
                )
            )
            self.bot, started = self._start_bot(), now

    def _wait_for_a_turn(self) -> Phase:
        with self._change:
            self._change.wait_for(
                lambda: (
                    len(self.kills) >= self._total or len(self.kills) < most_kills(self._phase, self._total)
                )
            )
            return self._phase

    def _choose_moment(self) -> Moment:
        dice = self._draw.random()
        if dice < self._aimed:
            return Moment.SEEN
        return Moment.STARTING if dice < self._aimed + (1 - self._aimed) / 4 else Moment.ANY

    def _wait_for(self, moment: Moment, phase: Phase) -> None:
        if moment is Moment.STARTING:
            time.sleep(self._draw.uniform(0, STARTING_S))
            return
        try:
            self.bot.read_ready(READY_S)
        except ServiceError:  # it ended before it was ready; that is noted as a death
            return
        if moment is Moment.SEEN:
            self._see(phase, AIMING_S)
            time.sleep(self._draw.uniform(0, AFTER_SIGHT_S))
        else:
            time.sleep(self._draw.uniform(0, SHARES[phase].window_s))

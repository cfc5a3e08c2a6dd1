"""What handlers are given: the stories' services, Slack to answer through, and the dispatcher behind every ack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.ports import Notifier
from bot.services.approvals import Approvals
from bot.services.ask import Asks
from bot.services.audit import Audit
from bot.services.batches import Batches
from bot.services.channels import Channels
from bot.services.compare import Comparisons
from bot.services.curve import Curves
from bot.services.datasets import Datasets
from bot.services.feedback import Feedbacks
from bot.services.fixes import Fixes
from bot.services.home import Home
from bot.services.jobs import Jobs
from bot.services.labels import Labels
from bot.services.models import Models
from bot.services.people import People
from bot.services.results import Results
from bot.services.rounds import Rounds


class Background(Protocol):
    """Where work goes once the ack is sent."""

    def submit(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Queue work. Raises BusyError."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the Slack edge may use."""

    datasets: Datasets
    jobs: Jobs
    approvals: Approvals
    asks: Asks
    audit: Audit
    channels: Channels
    feedback: Feedbacks
    fixes: Fixes
    batches: Batches
    models: Models
    rounds: Rounds
    home: Home
    labels: Labels
    people: People
    results: Results
    comparisons: Comparisons
    curves: Curves
    notifier: Notifier
    background: Background

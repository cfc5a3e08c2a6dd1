"""Puts the bot together: the one place that names concrete classes. Each part is made when it is first asked for.

Starting and stopping are bot/app.py's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property, partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.directory import SlackDirectory
from bot.dispatcher import Dispatcher
from bot.errors import BusyError
from bot.notifier import SlackNotifier
from bot.provider import OpenAIProvider
from bot.sandbox import ProcessSandbox
from bot.services.approvals import Approvals
from bot.services.ask import Asks
from bot.services.audit import Audit
from bot.services.batches import Batches
from bot.services.channels import Channels
from bot.services.compare import Comparisons
from bot.services.comparing import Comparing
from bot.services.curve import Curves
from bot.services.datasets import Datasets
from bot.services.delivery import Delivery
from bot.services.estimates import Estimates
from bot.services.feedback import Feedbacks
from bot.services.fixes import Fixes
from bot.services.home import Home
from bot.services.job_pictures import JobPictures
from bot.services.jobs import Jobs
from bot.services.labels import Labels
from bot.services.models import Models
from bot.services.people import People
from bot.services.permits import ChannelPermits
from bot.services.poller import Poller, PollSettings
from bot.services.results import Results
from bot.services.rights import DeleteRights
from bot.services.rounds import Rounds
from bot.services.submission import Submission
from bot.settings import Settings
from handlers.downloads import SlackFiles
from storage import Store

logger = logging.getLogger(__name__)


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


class Assembly:
    """The parts of one running bot, over what app.py has opened."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        provider: OpenAIProvider,
        dispatcher: Dispatcher,
        poll_s: float,
    ) -> None:
        self._settings = settings
        self._store = store
        self._client = client
        self._session = session
        self._dispatcher = dispatcher
        self._poll_s = poll_s
        self.provider = provider

    @cached_property
    def notifier(self) -> SlackNotifier:
        """What is written to Slack."""
        return SlackNotifier(self._client, self._session)

    @cached_property
    def sandbox(self) -> ProcessSandbox:
        """Child processes under limits."""
        return ProcessSandbox()

    @cached_property
    def directory(self) -> SlackDirectory:
        """Who people are, in Slack's words."""
        return SlackDirectory(self._client)

    @cached_property
    def estimates(self) -> Estimates:
        """Tokens, cost and time beforehand."""
        return Estimates(provider=self.provider, clock=now)

    @cached_property
    def people(self) -> People:
        """Who people are, kept for a day."""
        return People(store=self._store, directory=self.directory, default=self._settings.language, clock=now)

    @cached_property
    def permits(self) -> ChannelPermits:
        """Who may start what, and for how much."""
        return ChannelPermits(store=self._store, people=self.people, directory=self.directory, clock=now)

    @cached_property
    def datasets(self) -> Datasets:
        """Dropped files."""
        return Datasets(
            store=self._store,
            files=SlackFiles(
                self._client,
                self._session,
                origin=self._settings.files_origin,
                token=self._settings.bot_token,
            ),
            notifier=self.notifier,
            sandbox=self.sandbox,
            estimates=self.estimates,
            home=self._settings.home,
            max_bytes=self._settings.max_file_bytes,
            clock=now,
            people=self.people,
        )

    @cached_property
    def fixes(self) -> Fixes:
        """Fixes of a dataset."""
        return Fixes(store=self._store, datasets=self.datasets, notifier=self.notifier)

    @cached_property
    def labels(self) -> Labels:
        """Labels to look at."""
        return Labels(
            store=self._store, datasets=self.datasets, notifier=self.notifier, sandbox=self.sandbox, clock=now
        )

    @cached_property
    def submission(self) -> Submission:
        """Files and jobs on their way to the server."""
        return Submission(
            store=self._store, provider=self.provider, datasets=self.datasets, home=self._settings.home
        )

    @cached_property
    def jobs(self) -> Jobs:
        """Fine-tuning jobs."""
        return Jobs(
            store=self._store,
            provider=self.provider,
            datasets=self.datasets,
            estimates=self.estimates,
            wake_poller=self.poll_soon,
            clock=now,
            wandb_project=self._settings.wandb_project,
            permits=self.permits,
        )

    @cached_property
    def poller(self) -> Poller:
        """Looks at jobs."""
        return Poller(
            store=self._store,
            provider=self.provider,
            submission=self.submission,
            estimates=self.estimates,
            settings=PollSettings(interval_s=self._poll_s, evaluation_rows=self._settings.evaluation_rows),
            clock=now,
            on_news=self.deliver_soon,
            people=self.people,
        )

    @cached_property
    def delivery(self) -> Delivery:
        """What threads are told."""
        return Delivery(
            store=self._store,
            notifier=self.notifier,
            estimates=self.estimates,
            pictures=JobPictures(sandbox=self.sandbox, home=self._settings.home),
            clock=now,
            people=self.people,
        )

    @cached_property
    def approvals(self) -> Approvals:
        """Jobs that wait for a yes."""
        return Approvals(
            store=self._store,
            notifier=self.notifier,
            people=self.people,
            wake_poller=self.poll_soon,
            clock=now,
        )

    @cached_property
    def results(self) -> Results:
        """How a job came out."""
        return Results(
            store=self._store,
            provider=self.provider,
            notifier=self.notifier,
            sandbox=self.sandbox,
            jobs=self.jobs,
            folder_of=self.submission.folder,
            evaluation_rows=self._settings.evaluation_rows,
        )

    @cached_property
    def comparing(self) -> Comparing:
        """The work of comparing models."""
        return Comparing(
            store=self._store,
            provider=self.provider,
            notifier=self.notifier,
            sandbox=self.sandbox,
            datasets=self.datasets,
            estimates=self.estimates,
            folder_of=self.submission.folder,
            home=self._settings.home,
            max_rows=self._settings.evaluation_rows,
            clock=now,
        )

    @cached_property
    def comparisons(self) -> Comparisons:
        """Models side by side."""
        return Comparisons(
            store=self._store,
            datasets=self.datasets,
            estimates=self.estimates,
            comparing=self.comparing,
            people=self.people,
            clock=now,
            max_rows=self._settings.evaluation_rows,
            permits=self.permits,
        )

    @cached_property
    def curves(self) -> Curves:
        """Learning curves."""
        return Curves(
            store=self._store,
            notifier=self.notifier,
            sandbox=self.sandbox,
            datasets=self.datasets,
            estimates=self.estimates,
            jobs=self.jobs,
            people=self.people,
            home=self._settings.home,
            clock=now,
        )

    @cached_property
    def asks(self) -> Asks:
        """Questions to models."""
        return Asks(store=self._store, provider=self.provider, notifier=self.notifier, clock=now)

    @cached_property
    def feedback(self) -> Feedbacks:
        """What people say of answers."""
        return Feedbacks(store=self._store, clock=now)

    @cached_property
    def rounds(self) -> Rounds:
        """Training again on corrections."""
        return Rounds(
            store=self._store,
            provider=self.provider,
            notifier=self.notifier,
            datasets=self.datasets,
            jobs=self.jobs,
            evaluation_rows=self._settings.evaluation_rows,
            clock=now,
        )

    @cached_property
    def models(self) -> Models:
        """The team's models."""
        return Models(
            store=self._store,
            provider=self.provider,
            datasets=self.datasets,
            rights=DeleteRights(store=self._store, people=self.people),
            clock=now,
        )

    @cached_property
    def batches(self) -> Batches:
        """Files to classify."""
        return Batches(
            store=self._store,
            provider=self.provider,
            notifier=self.notifier,
            sandbox=self.sandbox,
            datasets=self.datasets,
            home=self._settings.home,
            clock=now,
        )

    @cached_property
    def home(self) -> Home:
        """App Home."""
        return Home(store=self._store, approvals=self.approvals, notifier=self.notifier, clock=now)

    @cached_property
    def channels(self) -> Channels:
        """What channels decided about themselves."""
        return Channels(store=self._store, people=self.people, directory=self.directory, clock=now)

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        return Audit(store=self._store, people=self.people, notifier=self.notifier)

    @cached_property
    def services(self) -> handlers.Services:
        """What the Slack edge may use."""
        return handlers.Services(
            datasets=self.datasets,
            jobs=self.jobs,
            asks=self.asks,
            feedback=self.feedback,
            rounds=self.rounds,
            models=self.models,
            batches=self.batches,
            fixes=self.fixes,
            labels=self.labels,
            home=self.home,
            comparisons=self.comparisons,
            curves=self.curves,
            results=self.results,
            people=self.people,
            approvals=self.approvals,
            channels=self.channels,
            audit=self.audit,
            notifier=self.notifier,
            background=self._dispatcher,
        )

    def deliver_soon(self) -> None:
        """Tell threads now what the next tick would tell them."""
        self._soon("deliver", self.delivery.deliver_once)

    def poll_soon(self) -> None:
        """Look at jobs now, and tell what is there to tell."""
        self.deliver_soon()
        self._soon("poll", self.poller.poll_once)

    def _soon(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do now what the next tick would do anyway; when there is too much going on, the tick does it."""
        try:
            self._dispatcher.submit(name, partial(_ignore_value, work))
        except BusyError:
            logger.info("left to the next tick")


async def _ignore_value(work: Callable[[], Awaitable[object]]) -> None:
    await work()

"""What a person's App Home shows, and the welcome that comes once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from bot.domain import Dataset, FineTunedModel, HomeContent, HomePages, OpenQueue, Spending, Thread
from bot.ports import Block, Notifier
from bot.services.approvals import Approvals
from bot.services.permits import month_of
from bot.views import home as views
from storage import Store

T = TypeVar("T")

ROWS = 5
"""Rows of each list on a page: Slack shows 100 blocks at most, and nobody reads as many."""
CHANNELS = 8
MOST_PAGES = 40


class Home:
    """The story of the home tab."""

    def __init__(
        self, *, store: Store, approvals: Approvals, notifier: Notifier, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._approvals = approvals
        self._notifier = notifier
        self._clock = clock

    async def view(self, team: str, user: str, pages: HomePages | None = None) -> Block:
        """The home tab of one person."""
        return views.home(await self._content(team, user, pages or HomePages()), now=self._clock())

    async def welcome(self, team: str, user: str, channel: str = "") -> bool:
        """Greet somebody who looks at the app for the first time, directly; False when they were greeted before."""
        if not await self._store.people.welcome(team, user, now=self._clock()):
            return False
        place = Thread(channel=channel or await self._notifier.direct(user), ts="")
        await self._notifier.post(place, views.welcome(user))
        return True

    async def _content(self, team: str, user: str, pages: HomePages) -> HomeContent:
        store, month = self._store, month_of(self._clock())
        jobs = await store.jobs.of_user(team, user, limit=_wanted(pages.jobs))
        datasets = await store.datasets.of_user(team, user, limit=_wanted(pages.datasets))
        models = await store.models.of_team(team, limit=_wanted(pages.models))
        spending = await store.spending.of_month(team, month)
        return HomeContent(
            pages=pages,
            month=month,
            jobs=_page(jobs, pages.jobs),
            older_jobs=len(jobs) > ROWS * (pages.jobs + 1),
            datasets=_page(datasets, pages.datasets),
            older_datasets=len(datasets) > ROWS * (pages.datasets + 1),
            models=_page(models, pages.models),
            older_models=len(models) > ROWS * (pages.models + 1),
            channels=tuple(await store.home.channel_models(team, limit=CHANNELS)),
            approvals=tuple((await self._approvals.for_approver(team, user))[:ROWS]),
            queues=await self._queues(team),
            spending=tuple(spending),
            origins=await self._origins(_page(models, pages.models)),
            budgets=await self._budgets(team, spending),
        )

    async def _queues(self, team: str) -> tuple[OpenQueue, ...]:
        found = []
        for dataset_id, cards in await self._store.home.open_queues(team, limit=ROWS):
            dataset = await self._store.datasets.get(dataset_id)
            if dataset is not None:
                found.append(OpenQueue(dataset=dataset, cards=cards))
        return tuple(found)

    async def _origins(self, models: Sequence[FineTunedModel]) -> dict[str, Dataset]:
        found = [await self._store.datasets.get(model.dataset_id) for model in models]
        return {dataset.id: dataset for dataset in found if dataset is not None}

    async def _budgets(self, team: str, spending: Sequence[Spending]) -> dict[str, Decimal]:
        found = {}
        for row in spending:
            budget = (await self._store.channels.get(team, row.channel)).budget_usd_month
            if budget is not None:
                found[row.channel] = budget
        return found


def _wanted(page: int) -> int:
    """How many rows to read for a page, and one more to know whether there are others."""
    return ROWS * (min(page, MOST_PAGES) + 1) + 1


def _page(rows: Sequence[T], page: int) -> tuple[T, ...]:
    return tuple(rows[ROWS * page : ROWS * (page + 1)])

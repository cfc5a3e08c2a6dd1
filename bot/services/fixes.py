"""What people decide about a dataset: other fixes, other columns, and back again; the report is edited in place.

The rows as they were read are never changed, so every decision can be taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.domain import Choices, Dataset, DatasetReport, Remedy, Thread
from bot.errors import BotError, DatasetError
from bot.ports import Notifier
from bot.services.datasets import Datasets
from bot.texts import t
from bot.views import datasets as views
from bot.views.fixes import numbered
from storage import Store

logger = logging.getLogger(__name__)

REMEMBERED = 20
"""How many decisions can be taken back."""

Decide = Callable[[Dataset, DatasetReport], tuple[Dataset, Choices, str]]
"""The dataset with its new history, the new choices, and the note on them. May raise DatasetError."""


class Fixes:
    """Decisions, one at a time for each dataset."""

    def __init__(self, *, store: Store, datasets: Datasets, notifier: Notifier) -> None:
        self._store = store
        self._datasets = datasets
        self._notifier = notifier

    async def set_fix(self, dataset_id: str, code: str, *, applied: bool, user: str) -> None:
        """Use a fix or take it back.

        Raises DatasetError when it is not on offer any more or is that way already: the button was an old one's.
        """

        def decide(dataset: Dataset, report: DatasetReport) -> tuple[Dataset, Choices, str]:
            remedy = _remedy(report, code, dataset)
            if remedy.applied is applied:
                raise DatasetError(_already(remedy), next_step=_look())
            choices = replace(report.choices, fixes=_fixes_with(report, code, applied=applied))
            return _remembering(dataset), choices, views.fix_set(user, remedy.title, applied=applied)

        await self._decide(dataset_id, decide, user=user)

    async def recommend(self, dataset_id: str, *, user: str) -> None:
        """Use exactly the recommended fixes. Raises DatasetError when that is so already."""

        def decide(dataset: Dataset, report: DatasetReport) -> tuple[Dataset, Choices, str]:
            if all(remedy.applied == remedy.recommended for _, remedy in numbered(report)):
                raise DatasetError(t("The recommended fixes are in use already."), next_step=_look())
            return _remembering(dataset), replace(report.choices, fixes=None), views.recommended_set(user)

        await self._decide(dataset_id, decide, user=user)

    async def undo(self, dataset_id: str, *, user: str) -> None:
        """Take back the last decision. Raises DatasetError when there is none."""

        def decide(dataset: Dataset, report: DatasetReport) -> tuple[Dataset, Choices, str]:
            if not dataset.history:
                raise DatasetError(t("There is nothing to take back any more."), next_step=_look())
            *earlier, last = dataset.history
            return replace(dataset, history=tuple(earlier)), last, views.undone(user)

        await self._decide(dataset_id, decide, user=user)

    async def choose_columns(self, dataset_id: str, choices: Choices, *, user: str) -> None:
        """Read anew with other columns, and say so in the thread. Raises DatasetError, SandboxError."""

        def decide(dataset: Dataset, report: DatasetReport) -> tuple[Dataset, Choices, str]:
            return _remembering(dataset), choices, ""

        dataset = await self._decide(dataset_id, decide, user=user)
        await self._store.labels.forget(dataset_id)
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        await self._notifier.post(thread, views.changed(dataset, user))
        await self._datasets.files.add_picture(dataset)

    async def _decide(self, dataset_id: str, decide: Decide, *, user: str) -> Dataset:
        async with self._datasets.turn(dataset_id):
            dataset = await self._datasets.get(dataset_id)
            if dataset.report is None:
                raise DatasetError(
                    t("{name} has not been read.", name=dataset.title), next_step=t("Drop the file again.")
                )
            decided, choices, note = decide(dataset, dataset.report)
            logger.info("decided dataset=%s user=%s fixes=%s", dataset_id, user, choices.fixes)
            shown = await self._datasets.reports.publish(dataset, note=views.working(user))
            try:
                decided = replace(decided, report_ts=shown.report_ts)
                return await self._datasets.rework(decided, choices, note=note)
            except BotError:
                await self._datasets.reports.publish(shown)
                raise


def _look() -> str:
    return t("The report above shows how it is now.")


def _remedy(report: DatasetReport, code: str, dataset: Dataset) -> Remedy:
    found = next((remedy for _, remedy in numbered(report) if remedy.code == code), None)
    if found is None:
        raise DatasetError(
            t("That fix is no longer on offer: {name} has changed since.", name=dataset.title),
            next_step=_look(),
        )
    return found


def _already(remedy: Remedy) -> str:
    if remedy.applied:
        return t("“{title}” is in use already.", title=remedy.title)
    return t("“{title}” is not in use.", title=remedy.title)


def _remembering(dataset: Dataset) -> Dataset:
    """The dataset with its present choices among those that can be gone back to."""
    now = (dataset.report.choices,) if dataset.report else ()
    return replace(dataset, history=(*dataset.history, *now)[-REMEMBERED:])


def _fixes_with(report: DatasetReport, code: str, *, applied: bool) -> tuple[str, ...]:
    """The fixes in use with that one in or out; another way to deal with the same finding gives way to it."""
    chosen = report.choices.fixes
    in_use = [remedy.code for _, remedy in numbered(report) if remedy.applied]
    kept = dict.fromkeys(in_use if chosen is None else chosen)
    rivals = {
        remedy.code
        for finding in report.findings
        if any(remedy.code == code for remedy in finding.remedies)
        for remedy in finding.remedies
    }
    others = (
        [name for name in kept if name not in rivals] if applied else [name for name in kept if name != code]
    )
    return (*others, code) if applied else tuple(others)

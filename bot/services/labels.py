"""Label fixing: the labels of a dataset that look wrong, card by card; what was decided becomes a new version."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.domain import Dataset, LabelCard, LabelQueue, LabelVerdict, Suspect, Thread, VersionPlan
from bot.errors import DatasetError, SlackError
from bot.ports import Notifier, Sandbox
from bot.services.datasets import Datasets
from bot.services.reports import GONE
from bot.texts import t
from bot.views import labels as views
from storage import Store

logger = logging.getLogger(__name__)

MOST_CARDS = 100
"""More than anybody looks at in one go; the next version's queue has the rest."""


@dataclass(frozen=True, kw_only=True)
class LabelDesk:
    """A queue and the dataset it is about: what a card shows."""

    dataset: Dataset
    queue: LabelQueue
    version: Dataset | None = None


class Labels:
    """The story of label fixing."""

    def __init__(
        self,
        *,
        store: Store,
        datasets: Datasets,
        notifier: Notifier,
        sandbox: Sandbox,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._notifier = notifier
        self._sandbox = sandbox
        self._clock = clock

    async def open(self, dataset_id: str, *, user: str) -> LabelDesk:
        """The dataset's queue, made when there is none yet. Raises DatasetError when no label looks wrong."""
        async with self._datasets.turn(dataset_id):
            if await self._store.labels.queue(dataset_id) is None:
                await self._make_queue(await self._datasets.get(dataset_id), user)
        return await self.desk(dataset_id)

    async def _make_queue(self, dataset: Dataset, user: str) -> None:
        if dataset.report is None:
            raise DatasetError(t("{name} has not been read.", name=dataset.title))
        arguments = {
            "work_dir": str(self._datasets.folder(dataset.id)),
            "choices": dataset.report.choices,
            "limit": MOST_CARDS,
        }
        found = await self._sandbox.run("bot.datasets.prepare:suspects", arguments, list[Suspect])
        if not found:
            raise DatasetError(t("No label of {name} looks wrong.", name=dataset.title))
        await self._store.labels.open(dataset.id, found, user=user, now=self._clock())

    async def desk(self, dataset_id: str) -> LabelDesk:
        """The queue as it stands. Raises DatasetError when there is none, NotFoundError."""
        dataset = await self._datasets.get(dataset_id)
        queue = await self._store.labels.queue(dataset_id)
        if queue is None:
            raise DatasetError(t("Nobody has opened the labels of {name} yet.", name=dataset.title))
        version = await self._datasets.get(queue.version_id) if queue.version_id else None
        return LabelDesk(dataset=dataset, queue=queue, version=version)

    async def show(self, dataset_id: str, *, user: str) -> None:
        """Put the card into the dataset's thread, or bring up to date the one that is there, saying so."""
        desk = await self.open(dataset_id, user=user)
        if desk.queue.card_ts and await self._refresh(desk):
            where = desk.dataset
            await self._notifier.whisper(
                where.channel, user, views.card_is_above(where), thread_ts=where.thread_ts
            )
            return
        await self._post(desk)

    async def _post(self, desk: LabelDesk) -> None:
        thread = Thread(channel=desk.dataset.channel, ts=desk.dataset.thread_ts)
        message = views.card(desk.dataset, desk.queue, desk.version)
        await self._store.labels.note_card(desk.dataset.id, await self._notifier.post(thread, message))

    async def _refresh(self, desk: LabelDesk) -> bool:
        """Edit the card; False when its message is gone."""
        place = Thread(channel=desk.dataset.channel, ts=desk.queue.card_ts)
        try:
            await self._notifier.edit(place, views.card(desk.dataset, desk.queue, desk.version))
        except SlackError as error:
            if error.code in GONE:
                return False
            raise
        return True

    async def decide(
        self, dataset_id: str, place: int, verdict: LabelVerdict, *, user: str, label: str = ""
    ) -> LabelDesk:
        """Decide on a card. Raises DatasetError when that card has been decided on, or there is none."""
        desk = await self.desk(dataset_id)
        card = next((card for card in desk.queue.cards if card.place == place), None)
        if card is None:
            raise DatasetError(t("There is no card {number}.", number=place))
        decided = replace(card, verdict=verdict, label=_label_of(card, verdict, label), decided_by=user)
        if not await self._store.labels.decide(dataset_id, decided, now=self._clock()):
            await self._bring_up_to_date(desk)
            raise DatasetError(
                t("Card {number} has been decided on already.", number=place),
                next_step=t("The card shows the next one."),
            )
        return await self._bring_up_to_date(desk)

    async def relabel(self, dataset_id: str, place: int, key: str, *, user: str) -> LabelDesk:
        """Change a card's label to the one that `key` stands for. Raises DatasetError when there is none any more."""
        names = views.label_names(await self._datasets.get(dataset_id))
        label = next((name for name in names if views.label_key(name) == key), None)
        if label is None:
            raise DatasetError(
                t("That label is not in the dataset any more."), next_step=t("Choose another one.")
            )
        return await self.decide(dataset_id, place, LabelVerdict.CHANGE, user=user, label=label)

    async def matching(self, dataset_id: str, letters: str) -> list[str]:
        """The dataset's labels with these letters in them, those that begin with them first."""
        wanted = letters.casefold().strip()
        names = views.label_names(await self._datasets.get(dataset_id))
        found = [name for name in names if wanted in name.casefold()]
        return sorted(found, key=lambda name: not name.casefold().startswith(wanted))[: views.OPTIONS]

    async def undo(self, dataset_id: str) -> LabelDesk:
        """Take back the last decision. Raises DatasetError when there is none."""
        desk = await self.desk(dataset_id)
        if not await self._store.labels.undo(dataset_id):
            raise DatasetError(t("There is nothing to take back any more."))
        return await self._bring_up_to_date(desk)

    async def _bring_up_to_date(self, desk: LabelDesk) -> LabelDesk:
        now = await self.desk(desk.dataset.id)
        if now.queue.card_ts:
            await self._refresh(now)
        return now

    async def save(self, dataset_id: str, *, user: str) -> LabelDesk:
        """Make a version of what was decided, and post its report. Raises DatasetError when nothing was changed, or
        it was saved before."""
        desk = await self.desk(dataset_id)
        report = desk.dataset.report
        if desk.queue.version_id or report is None:
            raise DatasetError(t("These decisions were saved already."))
        if not desk.queue.changes:
            raise DatasetError(t("No label was changed, so there is nothing to save."))
        # The same id and key whenever it is pressed: a second press, or one after a crash, makes no second version.
        version_id = f"ds-{sha256(f'labels {dataset_id}'.encode()).hexdigest()[:12]}"
        made = await self._datasets.accept_version(
            desk.dataset,
            VersionPlan(choices=desk.queue.choices(report.choices)),
            made_by=user,
            change=views.changes(desk.queue),
            delivery=f"labels:{dataset_id}",
            version_id=version_id,
        )
        await self._store.labels.close(dataset_id, version_id)
        logger.info("labels saved dataset=%s version=%s user=%s", dataset_id, version_id, user)
        saved = await self._bring_up_to_date(desk)
        if made is not None:
            await self._datasets.ingest(made)
        return saved


def _label_of(card: LabelCard, verdict: LabelVerdict, label: str) -> str:
    """The label that the row is to have."""
    if verdict is LabelVerdict.CHANGE:
        return label or card.suspect.suggestion
    return card.suspect.label if verdict is LabelVerdict.KEEP else ""

"""The team's models and datasets: what they were made of, what they are called, which are used, which are let go."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from bot.domain import Actor, Dataset, DatasetStatus, FineTunedModel
from bot.domain.lineage import Descent, Generation
from bot.errors import InputError, NotFoundError
from bot.ports import Provider
from bot.services.datasets import Datasets
from bot.services.rights import DeleteRights
from bot.texts import t
from storage import Store

logger = logging.getLogger(__name__)

TITLE_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The team's models, newest first; the datasets they were trained on by id; the channel's own model."""

    models: tuple[FineTunedModel, ...]
    origins: dict[str, Dataset]
    current: str


@dataclass(frozen=True, kw_only=True)
class Letting:
    """What deleting would mean: a model with the channels that use it, or a dataset with the models trained on it."""

    model: FineTunedModel | None = None
    channels: tuple[str, ...] = ()
    dataset: Dataset | None = None
    trained: tuple[FineTunedModel, ...] = ()


class Models:
    """The story of models."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        datasets: Datasets,
        rights: DeleteRights,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._rights = rights
        self._provider = provider
        self._datasets = datasets
        self._clock = clock

    async def shelf(self, team: str, channel: str) -> Shelf:
        """Everything the list of models shows."""
        models = await self._store.models.of_team(team)
        own = await self._store.models.of_channel(team, channel)
        found = [await self._store.datasets.get(id_) for id_ in {model.dataset_id for model in models}]
        return Shelf(
            models=tuple(models),
            origins={dataset.id: dataset for dataset in found if dataset},
            current=own.name if own else "",
        )

    async def find(self, team: str, name: str) -> FineTunedModel:
        """A model by name or title. Raises InputError without one, NotFoundError with the nearest names."""
        if not name.strip():
            raise InputError(t("Which model?"), next_step=t("`/finetune models` lists them."))
        model = await self._store.models.find(team, name.strip())
        if model is None:
            every = await self._store.models.of_team(team)
            names = [called for one in every for called in (one.title, one.name) if called]
            near = get_close_matches(name.strip(), names, n=1, cutoff=0.6)
            hint = t("Did you mean {name}?", name=near[0]) if near else ""
            raise NotFoundError(
                t("There is no model {name} here.", name=name.strip()),
                next_step=f"{hint} {t('`/finetune models` lists those there are.')}".strip(),
            )
        return model

    async def use(self, actor: Actor, name: str) -> FineTunedModel:
        """Make a model the channel's. Raises InputError, NotFoundError."""
        model = await self.find(actor.team, name)
        if not actor.channel:
            raise InputError(
                t("In which channel?"), next_step=t("Type `/finetune use {name}` there.", name=model.name)
            )
        await self._store.models.use_in_channel(
            model, channel=actor.channel, user=actor.user, now=self._clock()
        )
        return model

    async def rename(self, actor: Actor, name: str, title: str) -> FineTunedModel:
        """Call a model something else; its own name stays. Raises NotFoundError, InputError for a title that is taken."""
        model = await self.find(actor.team, name)
        title = " ".join(title.split())
        if len(title) > TITLE_CHARACTERS:
            raise InputError(t("A name has at most {most} characters.", most=TITLE_CHARACTERS), field="title")
        taken = await self._store.models.find(actor.team, title) if title else None
        if taken is not None and taken.name != model.name:
            raise InputError(t("Another model is called {title} already.", title=title), field="title")
        return await self._store.models.rename(model, title, user=actor.user, now=self._clock())

    async def letting(self, actor: Actor, name: str) -> Letting:
        """What deleting that model, or that dataset of the channel, would mean. Raises NotFoundError, InputError."""
        model = await self._store.models.find(actor.team, name) if name else None
        if model is not None:
            channels = await self._store.models.channels_of(actor.team, model.name)
            return Letting(model=model, channels=tuple(channels))
        if not name:
            raise InputError(t("Delete which model or dataset?"), next_step=t("`/finetune delete NAME`"))
        try:
            dataset = await self._datasets.find(actor.team, actor.channel, name)
        except NotFoundError:
            await self.find(actor.team, name)  # raises with the nearest model
            raise
        trained = await self._store.models.of_dataset(actor.team, dataset.id)
        return Letting(dataset=dataset, trained=tuple(trained))

    async def delete(self, actor: Actor, name: str) -> FineTunedModel:
        """Delete a model here and at the server.

        Raises NotFoundError, NotAllowedError, ProviderError, ProviderUnavailableError.
        """
        model = await self.find(actor.team, name)
        await self._rights.check(actor, owner=model.user, channel=model.channel)
        await self._provider.delete_model(model.name)
        await self._store.models.delete(model, user=actor.user, now=self._clock())
        logger.info("model deleted model=%s user=%s", model.name, actor.user)
        return model

    async def delete_dataset(self, actor: Actor, dataset_id: str) -> Dataset:
        """Remove a dataset's files and take it off every list; its row stays for the lineage of its models.

        Raises NotFoundError, NotAllowedError, InputError while a job still needs it.
        """
        dataset = await self._datasets.get(dataset_id)
        if dataset.team != actor.team:
            raise NotFoundError(t("I don't know that dataset any more."))
        await self._rights.check(actor, owner=dataset.user, channel=dataset.channel)
        for job in await self._store.jobs.of_dataset(actor.team, dataset_id):
            if not job.progress.status.is_finished:
                raise InputError(
                    t("A job still trains on {name}.", name=dataset.name),
                    next_step=t("Cancel it first, or wait until it is done."),
                )
        gone = replace(dataset, status=DatasetStatus.UNUSABLE, problem=t("It was deleted."))
        await self._store.datasets.delete(gone, user=actor.user, now=self._clock())
        await asyncio.to_thread(shutil.rmtree, self._datasets.folder(dataset_id), ignore_errors=True)
        logger.info("dataset deleted dataset=%s user=%s", dataset_id, actor.user)
        return gone

    async def lineage(self, team: str, channel: str, name: str) -> tuple[Generation, ...]:
        """Every version of the dataset that a model comes from, with its jobs, models and feedback, oldest first.

        `name` is a model's or a dataset's; "" for the channel's own model. Raises NotFoundError.
        """
        dataset = await self._origin(team, channel, name)
        family = await self._store.datasets.family(dataset.root or dataset.id) or [dataset]
        return tuple([await self._generation(team, version) for version in family])

    async def _origin(self, team: str, channel: str, name: str) -> Dataset:
        models = self._store.models
        model = await (models.find(team, name) if name else models.of_channel(team, channel))
        if model is None:
            return await self._datasets.find(team, channel, name)
        return await self._datasets.get(model.dataset_id)

    async def _generation(self, team: str, dataset: Dataset) -> Generation:
        jobs = await self._store.jobs.of_dataset(team, dataset.id)
        made = {model.op_id: model for model in await self._store.models.of_dataset(team, dataset.id)}
        found = await self._store.rounds.of_dataset(dataset.id)
        descents = []
        for job in jobs:
            model = made.get(job.op_id)
            descents.append(
                Descent(
                    job=job,
                    model=model,
                    is_deleted=model is not None and await self._store.models.get(team, model.name) is None,
                    feedback=await self._store.feedback.gathered(team, model.name) if model else None,
                )
            )
        return Generation(dataset=dataset, jobs=tuple(descents), corrected=found.model if found else "")

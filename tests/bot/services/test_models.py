"""Models and datasets that are renamed, let go and traced back, over a real database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Actor, Dataset, JobStatus
from bot.errors import InputError, NotFoundError, ProviderUnavailableError
from bot.services.models import Models
from bot.services.people import People
from bot.services.rights import DeleteRights
from storage import Store, models
from tests.fakes import FakeClock, FakeDirectory, FakeProvider
from tests.values import ACTOR, DATASET, JOB, MODEL, NOW

OTHER = replace(MODEL, name="ft:other", op_id="op-2")


class Files:
    """The rows, and a folder for each."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._home = home

    def folder(self, dataset_id: str) -> Path:
        return self._home / dataset_id

    async def get(self, dataset_id: str) -> Dataset:
        return await self._store.datasets.get(dataset_id)

    async def find(self, team: str, channel: str, name: str) -> Dataset:
        for dataset in await self._store.datasets.in_channel(team, channel):
            if name in (dataset.id, dataset.name):
                return dataset
        raise NotFoundError(f"There is no dataset {name} in this channel.")


@pytest.fixture
async def shelf(store: Store, provider: FakeProvider, clock: FakeClock, tmp_path: Path) -> Models:
    for model in (MODEL, OTHER):
        await store._database.write(lambda connection, model=model: models.add(connection, model))
    dataset = replace(DATASET, root="ds-1", files_read=1)
    await store.datasets.accept_drop(dataset, delivery="d1", now=NOW, lease=NOW - NOW)
    await store.datasets.save(dataset)
    (tmp_path / "ds-1").mkdir()
    (tmp_path / "ds-1" / "train.jsonl").write_text("{}")
    files = Files(store, tmp_path)
    people = People(store=store, directory=FakeDirectory(), default="en", clock=clock)
    rights = DeleteRights(store=store, people=people)
    return Models(store=store, provider=provider, datasets=files, rights=rights, clock=clock)  # type: ignore[arg-type]


async def test_a_title_is_a_name_to_ask_by(shelf: Models):
    await shelf.rename(ACTOR, MODEL.name, "  Tickets,\n autumn ")

    assert (await shelf.find("T1", "tickets, AUTUMN")).name == MODEL.name


async def test_no_two_models_have_the_same_title(shelf: Models):
    await shelf.rename(ACTOR, MODEL.name, "Tickets")

    with pytest.raises(InputError, match="Another model is called Tickets already"):
        await shelf.rename(ACTOR, OTHER.name, "tickets ".title())
    assert (await shelf.rename(ACTOR, MODEL.name, "Tickets")).title == "Tickets"
    assert (await shelf.rename(ACTOR, MODEL.name, "")).title == ""


async def test_the_nearest_name_is_named(shelf: Models):
    with pytest.raises(NotFoundError) as refused:
        await shelf.find("T1", "ft:othr")

    assert refused.value.next_step.startswith("Did you mean ft:other?")


async def test_deleting_says_which_channels_use_it_and_takes_it_off_them(
    shelf: Models, store: Store, provider: FakeProvider
):
    found = await shelf.letting(ACTOR, MODEL.name)

    await shelf.delete(ACTOR, MODEL.name)

    assert found.channels == ("C1",)
    assert provider.deleted == [MODEL.name]
    assert await store.models.of_channel("T1", "C1") is None
    assert [model.name for model in await store.models.of_team("T1")] == ["ft:other"]


async def test_a_model_that_the_server_kept_is_kept_here(shelf: Models, store: Store, provider: FakeProvider):
    provider.failures = [ProviderUnavailableError("The server is away.")]

    with pytest.raises(ProviderUnavailableError):
        await shelf.delete(ACTOR, MODEL.name)

    assert await store.models.get("T1", MODEL.name) is not None


async def test_a_dataset_that_trains_is_not_deleted(shelf: Models, store: Store, tmp_path: Path):
    await store.jobs.accept_start(JOB, delivery="s1", first=(), now=NOW)

    with pytest.raises(InputError, match="A job still trains on"):
        await shelf.delete_dataset(ACTOR, "ds-1")

    assert (tmp_path / "ds-1").exists()


async def test_a_deleted_dataset_leaves_its_place_in_the_lineage(shelf: Models, store: Store, tmp_path: Path):
    await shelf.delete_dataset(ACTOR, "ds-1")

    (generation,) = await shelf.lineage("T1", "C1", MODEL.name)

    assert not (tmp_path / "ds-1").exists()
    assert await store.datasets.in_channel("T1", "C1") == []
    assert generation.dataset.name == "tickets.csv"


async def test_the_lineage_of_a_deleted_model_still_names_it(shelf: Models, store: Store):
    await store.jobs.accept_start(JOB, delivery="s1", first=(), now=NOW)
    await shelf.delete(ACTOR, MODEL.name)

    (generation,) = await shelf.lineage("T1", "C1", "tickets.csv")

    (descent,) = generation.jobs
    assert (descent.model.name, descent.is_deleted) == (MODEL.name, True)
    assert descent.job.progress.status is JobStatus.STARTING


async def test_another_teams_dataset_is_not_known(shelf: Models, tmp_path: Path):
    with pytest.raises(NotFoundError):
        await shelf.delete_dataset(Actor(team="T2", user="U1", channel="C1"), "ds-1")

    assert (tmp_path / "ds-1").exists()


async def test_a_home_tab_has_no_channel_to_use_it_in(shelf: Models):
    with pytest.raises(InputError, match="In which channel"):
        await shelf.use(Actor(team="T1", user="U1", channel=""), MODEL.name)

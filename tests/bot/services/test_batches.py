"""Files to classify over a real database and real files, with Slack and the server as fakes."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot import sandbox
from bot.datasets.prepare import ingest
from bot.domain import Batch, BatchState, Choices, Dataset, DatasetStatus, Task
from bot.errors import InputError, NotFoundError, ProviderError, ProviderUnavailableError, SlackError
from bot.services import batches as batches_module
from bot.services.batches import Batches
from storage import Store, models
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR, DATASET, MODEL, NOW

ROWS = [
    ("1", "please pay me back", "a"),
    ("2", "  where is it? ", "=1+1"),
    ("3", "", "-5"),
    ("4", "I paid twice", "@SUM(A1)"),
]


class DirectSandbox:
    """Runs the real function here, its arguments and its value through JSON as the child's are."""

    async def run(self, function: str, arguments: dict[str, object], kind: type[Any]) -> Any:
        sent = json.loads(msgspec.json.encode(arguments, enc_hook=str))
        return msgspec.convert(
            json.loads(msgspec.json.encode(sandbox._call_function(function, sent))), kind, strict=False
        )


class KnownDatasets:
    """The rows, and a folder for each."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._home = home

    def folder(self, dataset_id: str) -> Path:
        return self._home / "datasets" / dataset_id

    async def get(self, dataset_id: str) -> Dataset:
        found = await self._store.datasets.get(dataset_id)
        if found is None:
            raise NotFoundError("gone")
        return found


@pytest.fixture
async def dropped(store: Store, tmp_path: Path) -> Dataset:
    """A file of four rows without labels, read."""
    folder = tmp_path / "datasets" / "ds-file"
    folder.mkdir(parents=True)
    with (folder / "source").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("id", "text", "note"), *ROWS])
    report = ingest(folder / "source", folder, name="new.csv", choices=Choices())
    dataset = replace(
        DATASET,
        id="ds-file",
        file_id="F2",
        name="new.csv",
        root="ds-file",
        file_name="new.csv",
        status=DatasetStatus.READY,
        report=report,
        files_read=1,
    )
    await store.datasets.accept_drop(dataset, delivery="event:T1:2", now=NOW, lease=timedelta(0))
    await store.datasets.save(dataset)
    return dataset


@pytest.fixture
async def batches(
    store: Store,
    provider: FakeProvider,
    notifier: RecordingNotifier,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Batches:
    await store._database.write(lambda connection: models.add(connection, MODEL))
    monkeypatch.setattr(batches_module, "LOOK_S", 0)  # a look a second is for real servers
    return Batches(
        store=store,
        provider=provider,
        notifier=notifier,
        sandbox=DirectSandbox(),
        datasets=KnownDatasets(store, tmp_path),  # type: ignore[arg-type]
        home=tmp_path,
        clock=clock,
    )


async def start(batches: Batches, dropped: Dataset, **given: str) -> Batch:
    batch = await batches.start(ACTOR, dropped.id, delivery="trigger:T1:1", text="text", **given)
    assert batch is not None
    return batch


@pytest.fixture
def results(notifier: RecordingNotifier) -> list[list[list[str]]]:
    """The CSV files put into threads, read."""
    found: list[list[list[str]]] = []
    upload = notifier.upload

    async def keep(thread, path, **about) -> None:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found.append(list(csv.reader(lines)))
        await upload(thread, path, **about)

    notifier.upload = keep  # type: ignore[method-assign]
    return found


@pytest.mark.parametrize("in_bulk", [True, False])
async def test_every_row_with_a_text_gets_a_label(
    batches: Batches, dropped: Dataset, provider: FakeProvider, notifier: RecordingNotifier, results, in_bulk
):
    if not in_bulk:
        provider.bases = ()

    await batches.advance(await start(batches, dropped))

    assert results == [
        [
            ["id", "text", "note", "label", "probability"],
            ["1", "please pay me back", "a", "billing", "0.9000"],
            ["2", "  where is it? ", "'=1+1", "delivery", "0.9000"],
            ["3", "", "-5", "", ""],
            ["4", "I paid twice", "'@SUM(A1)", "delivery", "0.9000"],
        ]
    ]
    assert "`new.csv` is labelled: 3 rows" in notifier.texts[-1]
    assert "delivery        2" in notifier.texts[-1]
    assert bool(provider.batches) is in_bulk
    assert await batches.open() == []
    assert not list((batches._home / "batches").iterdir())


async def test_a_killed_bot_asks_only_what_has_no_answer(
    batches: Batches, dropped: Dataset, provider: FakeProvider, store: Store, results
):
    provider.bases = ()
    batch = await start(batches, dropped)
    batches.folder(batch).mkdir(parents=True)
    running = replace(batch, state=BatchState.RUNNING, rows=3)
    await store.batches.save(running)
    (batches.folder(batch) / "texts.jsonl").write_text(
        "".join(
            json.dumps({"row": row, "text": text}) + "\n" for row, text in ((0, "pay"), (1, "b"), (3, "c"))
        )
    )
    (batches.folder(batch) / "answers.jsonl").write_text(
        '{"row": 0, "label": "billing", "p": 0.7}\n{"row": 1, "lab'
    )

    (left,) = await batches.open()
    await batches.advance(left)

    assert provider.asked == ["b", "c"]
    assert [row[3:] for row in results[0][1:]] == [
        ["billing", "0.7000"],
        ["delivery", "0.9000"],
        ["", ""],
        ["delivery", "0.9000"],
    ]


async def test_a_second_start_of_the_bot_makes_no_second_batch(
    batches: Batches, dropped: Dataset, provider: FakeProvider, notifier: RecordingNotifier, results
):
    batch = await start(batches, dropped)
    provider.batches_finish = False
    provider_batch = provider.batch

    async def die(remote_id: str):
        if provider.batches_finish:
            return await provider_batch(remote_id)
        provider.batches_finish = True
        raise ProviderUnavailableError("gone for a moment")

    provider.batch = die  # type: ignore[method-assign]
    with pytest.raises(ProviderUnavailableError):
        await batches.advance(batch)

    (left,) = await batches.open()
    await batches.advance(left)

    assert len(provider.batches) == 1
    assert len(results) == 1


async def test_an_end_that_was_told_is_not_told_again(
    batches: Batches, dropped: Dataset, store: Store, notifier: RecordingNotifier, results
):
    batch = await start(batches, dropped)
    await batches.advance(batch)
    done = await store.batches.get(batch.id)
    await store.batches.save(replace(done, told=False))

    (left,) = await batches.open()
    await batches.advance(left)

    assert sum("is labelled" in text for text in notifier.texts) == 1


async def test_cancelling_stops_it_at_the_server_too(
    batches: Batches, dropped: Dataset, provider: FakeProvider, notifier: RecordingNotifier
):
    provider.batches_finish = False
    batch = await start(batches, dropped)
    await batches.cancel(ACTOR, batch.id)

    await batches.advance(batch)

    assert provider.cancelled == [f"{batch.id}-0"]
    assert "was cancelled; nothing was kept" in notifier.texts[-1]
    with pytest.raises(InputError, match="done already"):
        await batches.cancel(ACTOR, batch.id)


async def test_a_refusal_of_the_server_is_told_and_ends_it(
    batches: Batches, dropped: Dataset, provider: FakeProvider, notifier: RecordingNotifier
):
    batch = await start(batches, dropped)
    provider.failures = [ProviderError("The model is gone <!channel>.", status=404)]

    await batches.advance(batch)

    assert "could not be classified: The model is gone &lt;!channel&gt;." in notifier.texts[-1]
    assert await batches.open() == []


async def test_a_file_in_a_channel_that_is_gone_is_given_up(
    batches: Batches, dropped: Dataset, notifier: RecordingNotifier
):
    batch = await start(batches, dropped)
    notifier.failures = [SlackError("no", code="channel_not_found")] * 3

    await batches.advance(batch)

    assert await batches.open() == []


async def test_a_column_that_is_not_there_is_refused_at_the_field(batches: Batches, dropped: Dataset):
    with pytest.raises(InputError) as refused:
        await batches.start(ACTOR, dropped.id, delivery="d", text="{txt}")

    assert refused.value.field == "text"
    assert "Did you mean “text”?" in refused.value.next_step


async def test_a_model_that_writes_is_refused(batches: Batches, dropped: Dataset, store: Store):
    writer = replace(MODEL, name="ft:writer", task=Task.GENERATION)
    await store._database.write(lambda connection: models.add(connection, writer))

    with pytest.raises(InputError, match="writes texts"):
        await batches.start(ACTOR, dropped.id, delivery="d", model="ft:writer")


async def test_the_same_delivery_starts_once(batches: Batches, dropped: Dataset):
    await start(batches, dropped)

    assert await batches.start(ACTOR, dropped.id, delivery="trigger:T1:1") is None

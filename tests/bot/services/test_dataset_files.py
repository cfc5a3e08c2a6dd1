"""What is taken away from a dataset's thread: complete, named well, safe to open."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Dataset
from bot.errors import DatasetError, SlackError
from bot.services.datasets import Datasets
from storage import Store
from tests.bot.services.making import Folder, accepted, datasets_over, plain_rows, table
from tests.fakes import FakeClock, RecordingNotifier
from tests.values import ACTOR

ROWS = [*plain_rows(), ('"=HYPERLINK(""http://x"")"', ""), ("-5", ""), ("fine", "")]


class KeepingNotifier(RecordingNotifier):
    """Remembers what was in the files, too."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[str, bytes] = {}
        self.told: dict[str, str] = {}

    async def upload(self, thread, path: Path, *, name: str, title: str, alt_text="", comment="") -> None:
        if self.failures:
            raise self.failures.pop(0)
        await super().upload(thread, path, name=name, title=title)
        if path.exists():
            self.contents[name] = path.read_bytes()
        self.told[name] = alt_text or title


@pytest.fixture
def notifier() -> KeepingNotifier:
    return KeepingNotifier()


@pytest.fixture
def datasets(store: Store, notifier: KeepingNotifier, clock: FakeClock, tmp_path: Path) -> Datasets:
    return datasets_over(store, Folder({"F1": ("take.csv", table(ROWS))}), notifier, clock, tmp_path)


@pytest.fixture
async def dataset(datasets: Datasets) -> Dataset:
    await datasets.ingest(await accepted(datasets, "F1"))
    (found,) = await datasets.in_channel(ACTOR.team, ACTOR.channel)
    return found


async def test_the_picture_follows_the_report_with_its_words(dataset: Dataset, notifier: KeepingNotifier):
    assert notifier.told == {"report.png": "a picture in words"}


async def test_rejects_are_safe_to_open_in_a_spreadsheet(
    datasets: Datasets, dataset: Dataset, notifier: KeepingNotifier
):
    await datasets.files.share_rejects(dataset)

    text = notifier.contents["take.rejects.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["text"] for row in rows] == ['\'=HYPERLINK("http://x")', "-5", "fine"]
    assert [row["line"] for row in rows] == ["42", "43", "44"]
    assert notifier.told["take.rejects.csv"] == "take.rejects.csv (3 rows)"


async def test_files_of_a_version_name_it(datasets: Datasets, dataset: Dataset, notifier: KeepingNotifier):
    await datasets.files.share_jsonl(replace(dataset, version=3))

    assert [name for _, name in notifier.uploads[1:]] == [
        "take.v3.train.jsonl",
        "take.v3.validation.jsonl",
        "take.v3.test.jsonl",
    ]


async def test_no_rejects_are_said_to_be_none(datasets: Datasets, dataset: Dataset, tmp_path: Path):
    (datasets.folder(dataset.id) / "rejects.csv").write_text("file,line,reason,text,label\n")

    with pytest.raises(DatasetError, match=r"No row of take\.csv stays out"):
        await datasets.files.share_rejects(dataset)


async def test_a_report_does_without_its_picture(
    datasets: Datasets, dataset: Dataset, notifier: KeepingNotifier
):
    notifier.failures.append(SlackError("no scope", code="missing_scope"))

    await datasets.files.add_picture(dataset)

    assert len(notifier.uploads) == 1
    assert (await datasets.get(dataset.id)).report_ts

"""Files made to bring a reader down: each ends in one sentence in its thread.

The real worker process reads them, with less memory than the bot allows it.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from bot.domain import DatasetStatus
from bot.sandbox import ProcessSandbox
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from storage import Store
from tests.bot.services.making import Folder, accepted
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier

MEMORY_BYTES = 700_000_000


def zipped(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


BOMBS = {
    "bomb.zip": (lambda: zipped("rows.csv", b"a,b\n" * 15_000_000), "unpacks to far more"),
    "bomb.csv.gz": (lambda: gzip.compress(b"a" * 200_000_000, 1), "unpacks to far more"),
    "wide.csv": (
        lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\n" + b"1," * 9_999 + b"1\n",
        "10,000",
    ),
    "line.csv": (lambda: b"text,label\n" + b"a" * 60_000_000, "can't be used"),
    "deep.json": (lambda: b"[" * 200_000 + b"]" * 200_000, "levels deep"),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
async def test_a_bomb_ends_in_a_sentence(
    name: str, store: Store, notifier: RecordingNotifier, clock: FakeClock, tmp_path: Path
):
    made, words = BOMBS[name]
    folder = Folder({"F1": (name, made())})
    datasets = Datasets(
        store=store,
        files=folder,
        notifier=notifier,
        sandbox=ProcessSandbox(memory_bytes=MEMORY_BYTES, cpu_s=60),
        estimates=Estimates(provider=FakeProvider(), clock=clock),
        home=tmp_path,
        max_bytes=500_000_000,
        clock=clock,
    )

    await datasets.ingest(await accepted(datasets, "F1"))

    (refused,) = await store.datasets.files_of((await _only(store)).id)
    assert refused.status is DatasetStatus.UNUSABLE
    assert words in notifier.texts[0]
    assert "Traceback" not in notifier.texts[0]
    assert not (tmp_path / "datasets" / refused.id).exists()


async def _only(store: Store):
    (found,) = await store.datasets._select("", ())
    return found

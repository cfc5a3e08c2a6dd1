"""A finished job with its files, for the stories that look back on one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.domain import FineTunedModel, FineTuningJob, JobPhase, JobProgress, JobStatus, Metrics
from storage import Store
from tests.fakes import FakeClock
from tests.values import DATASET, JOB, MODEL

LEASE = timedelta(seconds=120)
TEST_ROWS = [
    ("I want to pay", "billing"),
    ("where is it", "delivery"),
    ("pay later, mail ann@example.com", "delivery"),
    ("it is late", "delivery"),
]


def chat_line(text: str, answer: str) -> str:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}) + "\n"


class Home:
    """Where files lie; stands in for the datasets service where only files and rows are asked for."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        self.root = root

    def folder(self, dataset_id: str) -> Path:
        return self.root / "datasets" / dataset_id

    def folder_of(self, job: FineTuningJob) -> Path:
        return self.root / "jobs" / job.op_id

    async def get(self, dataset_id: str):
        return await self.store.datasets.get(dataset_id)

    async def in_channel(self, team: str, channel: str):
        return await self.store.datasets.in_channel(team, channel)

    async def find(self, team: str, channel: str, name: str):
        found = await self.store.datasets.in_channel(team, channel)
        return next(dataset for dataset in found if name in ("", dataset.id, dataset.name))

    def write(self, folder: Path, name: str, rows: list[tuple[str, str]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jsonl").write_text("".join(chat_line(*row) for row in rows))


async def dataset_with_parts(store: Store, clock: FakeClock, home: Home, test=TEST_ROWS) -> None:
    """The dataset of tests/values.py, its files on disk."""
    await store.datasets.accept_drop(DATASET, delivery="drop", now=clock(), lease=LEASE)
    await store.datasets.save(DATASET)
    folder = home.folder(DATASET.id)
    home.write(folder, "train", [("my parcel", "delivery"), ("the invoice", "billing")] * 8)
    home.write(folder, "validation", [("a box", "delivery")])
    home.write(folder, "test", test)


async def finished_job(
    store: Store,
    clock: FakeClock,
    home: Home,
    *,
    job: FineTuningJob = JOB,
    model: FineTunedModel = MODEL,
    test=TEST_ROWS,
    train=(("something else", "billing"),),
) -> FineTuningJob:
    """A job that has succeeded, its model, and its own copies of the files."""
    last = Metrics(step=30, train_loss=0.25, valid_loss=0.5, valid_accuracy=0.75)
    progress = JobProgress(
        status=JobStatus.SUCCEEDED, fine_tuned_model=model.name, epoch_metrics=(last,), trained_tokens=1200
    )
    done = replace(
        job, progress=progress, remote_id=f"ftjob-{job.op_id}", cost_usd=Decimal("0"), card_ts="101.000100"
    )
    await store.jobs.accept_start(job, delivery=f"start-{job.op_id}", first=[], now=clock())
    claimed = next(
        one
        for one in await store.jobs.claim_due(now=clock(), lease=LEASE, limit=9)
        if one.job.op_id == job.op_id
    )
    await store.jobs.save_remote(claimed, done.remote_id, next_poll_at=clock())
    await finish(store, clock, claimed, done, model)
    home.write(home.folder_of(job), "test", list(test))
    home.write(home.folder_of(job), "train", list(train))
    return done


async def finish(store: Store, clock: FakeClock, claimed, job: FineTuningJob, model: FineTunedModel) -> None:
    assert await store.jobs.finish_poll(
        claimed,
        job,
        phase=JobPhase.DONE,
        updates=[],
        last_event="",
        model=model,
        now=clock(),
        next_poll_at=clock(),
        poll_interval_s=1.0,
    )

"""Sends a job to the server once: files first, then the job, looked up before it is ever repeated."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import replace
from pathlib import Path

from bot.datasets.subsample import write_portion
from bot.domain import Choices, ClaimedJob, DatasetReport, FineTuningJob, JobPlan, RemoteJob
from bot.errors import DatasetError
from bot.ports import Provider
from bot.services.datasets import Datasets
from bot.texts import t
from storage import Store

logger = logging.getLogger(__name__)

PARTS = ("train", "validation", "test")


class Submission:
    """Brings accepted jobs to the server."""

    def __init__(self, *, store: Store, provider: Provider, datasets: Datasets, home: Path) -> None:
        self._store = store
        self._provider = provider
        self._datasets = datasets
        self._home = home
        self._one_at_a_time = asyncio.Lock()

    def folder(self, job: FineTuningJob) -> Path:
        """The job's own copies of the JSONL files: the dataset may be decided anew while the job runs."""
        return self._home / "jobs" / job.op_id

    async def submit(self, claimed: ClaimedJob) -> RemoteJob:
        """The server's job for this one: the one an earlier try created, else a new one.

        Raises UserError when the dataset is gone or unusable, ProviderError when the server refuses.
        """
        if claimed.attempts > 1:
            found = await self._provider.find_job(claimed.job.op_id, training_file=claimed.training_file)
            if found is not None:
                logger.info("job adopted job=%s remote=%s", claimed.job.op_id, found.id)
                return found
        await self._freeze_files(claimed.job)
        claimed = await self._upload(claimed)
        return await self._provider.create_job(
            claimed.job.plan,
            training_file=claimed.training_file,
            validation_file=claimed.validation_file,
            op_id=claimed.job.op_id,
        )

    async def _freeze_files(self, job: FineTuningJob) -> None:
        if (self.folder(job) / "train.jsonl").exists():
            return
        async with self._one_at_a_time:
            dataset = await self._datasets.get(job.dataset_id)
            if dataset.report:
                choices = _with_shares(dataset.report.choices, job.plan)
                if choices != dataset.report.choices:
                    dataset = await self._datasets.decide(dataset.id, choices)
            if dataset.report is None:
                raise DatasetError(
                    t("{name} has not been read.", name=dataset.name), next_step=t("Drop the file again.")
                )
            await asyncio.to_thread(
                _copy_parts, dataset.report, self._datasets.folder(dataset.id), self.folder(job), job.plan
            )

    async def _upload(self, claimed: ClaimedJob) -> ClaimedJob:
        """Upload what is not there yet and remember each file before the next step."""
        folder, stem = self.folder(claimed.job), claimed.job.op_id
        training, validation = claimed.training_file, claimed.validation_file
        if not training:
            training = await self._provider.upload(folder / "train.jsonl", name=f"{stem}.train.jsonl")
            await self._store.jobs.save_files(claimed, training_file=training, validation_file="")
        if not validation and (folder / "validation.jsonl").exists():
            validation = await self._provider.upload(
                folder / "validation.jsonl", name=f"{stem}.validation.jsonl"
            )
            await self._store.jobs.save_files(claimed, training_file=training, validation_file=validation)
        return replace(claimed, training_file=training, validation_file=validation)


def _with_shares(choices: Choices, plan: JobPlan) -> Choices:
    """The dataset's choices with the shares that the plan asks for."""
    if plan.validation_share is not None:
        choices = replace(choices, validation_share=plan.validation_share)
    if plan.test_share is not None:
        choices = replace(choices, test_share=plan.test_share)
    return choices


def _copy_parts(report: DatasetReport, source: Path, target: Path, plan: JobPlan) -> None:
    """All or nothing: the training file comes last and its presence says that the copy is whole."""
    target.mkdir(parents=True, exist_ok=True)
    for name in reversed(PARTS):
        part = report.part(name)
        if part is None or part.rows == 0:
            continue
        partial = target / f"{name}.jsonl.part"
        if name == "train" and plan.portion < 1:
            write_portion(
                source / part.path, partial, portion=plan.portion, seed=plan.seed or 0, format=report.format
            )
        else:
            shutil.copyfile(source / part.path, partial)
        partial.rename(target / f"{name}.jsonl")

"""From dropped files to a report in their thread: accepted durably, downloaded, read in a worker process, published.

What people decide about a report is in `fixes`, what they take away in `dataset_files`.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from weakref import WeakValueDictionary

from bot.domain import Actor, Choices, Dataset, DatasetReport, DatasetStatus, VersionPlan
from bot.errors import DatasetError, NotFoundError, SandboxError, SlackError, UserError
from bot.ports import FileSource, Notifier, Sandbox
from bot.services.dataset_files import DatasetFiles
from bot.services.drops import SETTLE_S, Drops
from bot.services.estimates import Estimates
from bot.services.people import People
from bot.services.reports import Reports
from bot.texts import speak, t
from bot.views import datasets as views
from storage import Store

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MAX_TRIES = 3


class Datasets:
    """The story of datasets. `home` holds one folder a dataset, named by its id."""

    def __init__(
        self,
        *,
        store: Store,
        files: FileSource,
        notifier: Notifier,
        sandbox: Sandbox,
        estimates: Estimates,
        home: Path,
        max_bytes: int,
        clock: Callable[[], datetime],
        settle_s: float = SETTLE_S,
        people: People | None = None,
    ) -> None:
        self._people = people
        self._store = store
        self._notifier = notifier
        self._sandbox = sandbox
        self._home = home
        self._clock = clock
        self._drops = Drops(
            store=store,
            files=files,
            notifier=notifier,
            folder=self.folder,
            max_bytes=max_bytes,
            settle_s=settle_s,
        )
        self.reports = Reports(store=store, notifier=notifier, estimates=estimates)
        self.files = DatasetFiles(notifier=notifier, sandbox=sandbox, folder=self.folder)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def folder(self, dataset_id: str) -> Path:
        """Where a dataset's files lie. Ids are ours, so no name of a stranger is ever part of a path."""
        return self._home / "datasets" / dataset_id

    def turn(self, dataset_id: str) -> asyncio.Lock:
        """Held by whoever reads a dataset or decides about it: one at a time in its folder."""
        return self._turns.setdefault(dataset_id, asyncio.Lock())

    async def accept(
        self, actor: Actor, file_id: str, *, delivery: str, drop_ts: str = "", thread_ts: str = ""
    ) -> Dataset | None:
        """Note a dropped file, durably; None when it is already known. The places are those the event names."""
        name = f"ds-{uuid4().hex[:12]}"
        dataset = Dataset(
            id=name,
            team=actor.team,
            channel=actor.channel,
            user=actor.user,
            file_id=file_id,
            name="",
            thread_ts=thread_ts or drop_ts,
            report_ts="",
            status=DatasetStatus.READING,
            created_at=self._clock(),
            drop_ts=drop_ts,
            root=name,
        )
        accepted = await self._store.datasets.accept_drop(
            dataset, delivery=delivery, now=self._clock(), lease=LEASE
        )
        return dataset if accepted else None

    async def accept_version(
        self,
        parent: Dataset,
        plan: VersionPlan,
        *,
        made_by: str,
        change: str,
        delivery: str,
        version_id: str = "",
    ) -> Dataset | None:
        """Note, durably, that a version is to be made of `parent`; `ingest` makes it and posts its report.

        None when this delivery, or a version of that id, is already known. `change` says in words what differs.
        """
        dataset = replace(
            parent,
            id=version_id or f"ds-{uuid4().hex[:12]}",
            report=None,
            report_ts="",
            status=DatasetStatus.READING,
            created_at=self._clock(),
            files=1,
            files_read=0,
            parent=parent.id,
            root=parent.root or parent.id,
            made_by=made_by,
            change=change,
            history=(),
        )
        return await self._store.datasets.accept_version(
            dataset, plan, delivery=delivery, now=self._clock(), lease=LEASE
        )

    async def ingest(self, dataset: Dataset, *, tries: int = 0) -> None:
        """React, download, read, report. What goes wrong is told in the thread; a crash is taken up by `resume`."""
        again = tries > 0
        if self._people is not None:
            speak(await self._people.language(dataset.team, dataset.user))
        try:
            if not dataset.is_read and not dataset.parent:
                dataset = await self._drops.gather(dataset)
            async with self.turn(dataset.id):
                reported = await self._bring_up_to_date(dataset.id, look_first=again)
            if reported is not None:
                await self.files.add_picture(reported)
        except (UserError, SandboxError) as error:
            await self._refuse(dataset.id, error, look_first=again)
        except SlackError as error:
            await self._put_off(dataset.id, error, tries)

    async def resume(self) -> None:
        """Take up datasets whose reading was interrupted, or whose report may not have reached its thread."""
        for dataset, tries in await self._store.datasets.claim_unread(
            now=self._clock(), lease=LEASE, limit=4
        ):
            logger.info("reading again dataset=%s tries=%s", dataset.id, tries)
            await self.ingest(dataset, tries=tries)

    async def _bring_up_to_date(self, dataset_id: str, *, look_first: bool) -> Dataset | None:
        """Read what has not been read, until no file has come in between; then report it. None when there is no news."""
        dataset = await self.get(dataset_id)
        is_news = not dataset.is_read or not dataset.report_ts
        while not dataset.is_read:
            dataset = await self._version(dataset) if dataset.parent else await self._read(dataset)
            # What can be trained is remembered before it is announced: whoever reads the report may start at once.
            await self._store.datasets.save(dataset)
            dataset = await self.get(dataset_id)
        return await self.reports.publish(dataset, look_first=look_first) if is_news else None

    async def _read(self, dataset: Dataset) -> Dataset:
        sources = await self._drops.sources(dataset)
        report: DatasetReport = await self._sandbox.run(
            "bot.datasets.drop:ingest_drop",
            {
                "work_dir": str(self.folder(dataset.id)),
                "sources": [(str(path), name) for path, name in sources],
                "choices": Choices(),
            },
            DatasetReport,
        )
        for path, _ in sources:
            # The spool has every row; keeping the upload as well would keep a stranger's file for nothing.
            path.unlink(missing_ok=True)
        name = " + ".join(name for _, name in sources)
        return replace(
            dataset, status=DatasetStatus.READY, report=report, name=name, files_read=len(sources), problem=""
        )

    async def _version(self, dataset: Dataset) -> Dataset:
        plan = await self._store.datasets.plan_of(dataset.id)
        parent = await self._store.datasets.get(dataset.parent)
        if plan is None or parent is None or parent.report is None or not self.folder(parent.id).exists():
            raise DatasetError(
                t("The version that this one was to be made of is gone."), next_step=t("Drop the file again.")
            )
        async with self.turn(parent.id):
            report: DatasetReport = await self._sandbox.run(
                "bot.datasets.versions:make_version",
                {
                    "parent": str(self.folder(parent.id)),
                    "work_dir": str(self.folder(dataset.id)),
                    "before": parent.report.choices,
                    "choices": plan.choices,
                    "additions": plan.additions,
                },
                DatasetReport,
            )
        return replace(dataset, status=DatasetStatus.READY, report=report, files_read=dataset.files)

    async def _refuse(
        self, dataset_id: str, error: UserError | SandboxError, *, look_first: bool = False
    ) -> None:
        shutil.rmtree(self.folder(dataset_id), ignore_errors=True)
        dataset = await self.get(dataset_id)
        problem = views.problem(error) if isinstance(error, UserError) else error.message
        refused = replace(
            dataset, status=DatasetStatus.UNUSABLE, problem=problem, report=None, files_read=dataset.files
        )
        await self._store.datasets.save(refused)
        try:
            await self.reports.publish(refused, look_first=look_first)
        except SlackError as failure:
            logger.warning("refusal not posted dataset=%s error=%s", dataset.id, failure)

    async def _put_off(self, dataset_id: str, error: SlackError, tries: int) -> None:
        """Slack did not help: a file that is not ours to read ends with a log line, the rest is tried again."""
        logger.warning("dataset not read dataset=%s tries=%s error=%s", dataset_id, tries, error)
        if error.code == "file_not_readable":
            await self._refuse(dataset_id, DatasetError(error.message))
        elif not error.retrying or tries >= MAX_TRIES:
            dataset = await self.get(dataset_id)
            problem = error.code or t("Slack did not answer")
            await self._store.datasets.save(
                replace(dataset, status=DatasetStatus.UNUSABLE, problem=problem, files_read=dataset.files)
            )

    async def get(self, dataset_id: str) -> Dataset:
        """The dataset of that id. Raises NotFoundError."""
        dataset = await self._store.datasets.get(dataset_id)
        if dataset is None:
            raise NotFoundError(
                t("There is no dataset {dataset_id} here.", dataset_id=dataset_id),
                next_step=t("`/finetune datasets` lists those of this channel."),
            )
        return dataset

    async def find(self, team: str, channel: str, name: str) -> Dataset:
        """A dataset of the channel by id or name (the newest of that name); the newest of all for "".

        Raises NotFoundError.
        """
        found = await self._store.datasets.in_channel(team, channel, limit=100)
        wanted = name.strip().lower()
        for dataset in found:
            if not wanted or wanted in _names(dataset):
                return dataset
        if not wanted:
            raise NotFoundError(
                t("There is no dataset in this channel yet."),
                next_step=t(
                    "Drop a CSV, TSV, XLSX, JSON, JSONL or TXT file here; I'll read it and report in its "
                    "thread."
                ),
            )
        raise NotFoundError(
            t("There is no dataset {name} in this channel.", name=name),
            next_step=t("`/finetune datasets` lists those there are."),
        )

    async def in_channel(self, team: str, channel: str) -> list[Dataset]:
        """The channel's datasets that can be read, newest first."""
        return await self._store.datasets.in_channel(team, channel)

    async def of_user(self, team: str, user: str) -> list[Dataset]:
        """The person's datasets, newest first."""
        return await self._store.datasets.of_user(team, user)

    async def decide(self, dataset_id: str, choices: Choices) -> Dataset:
        """Decide again with other choices and bring the report up to date. Raises UserError, SandboxError."""
        async with self.turn(dataset_id):
            return await self.rework(await self.get(dataset_id), choices)

    async def rework(self, dataset: Dataset, choices: Choices, *, note: str = "") -> Dataset:
        """The same for whoever has the dataset's turn; `note` says in the report what was decided."""
        arguments = {"work_dir": str(self.folder(dataset.id)), "choices": choices}
        report: DatasetReport = await self._sandbox.run(
            "bot.datasets.prepare:rework", arguments, DatasetReport
        )
        decided = replace(dataset, report=report)
        await self._store.datasets.save(decided)
        return await self.reports.publish(decided, note=note)


def _names(dataset: Dataset) -> set[str]:
    """What people may call a dataset: id, name, name with version, or one of its files."""
    files = dataset.name.split(" + ")
    return {name.lower() for name in (dataset.id, dataset.name, dataset.title, *files)}

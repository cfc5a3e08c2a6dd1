"""From a dropped file to a report in its thread, and back again when a person decides otherwise."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bot.domain import Actor, Choices, Dataset, DatasetReport, DatasetStatus, Thread
from bot.errors import DatasetError, NotFoundError, SandboxError, SlackError, UserError
from bot.ports import DroppedFile, FileSource, Message, Notifier, Sandbox
from bot.services.estimates import Estimates
from bot.views import datasets as views
from storage import Store

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MAX_TRIES = 3
IGNORED_PROBLEM = "not in the channel"


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
    ) -> None:
        self._store = store
        self._files = files
        self._notifier = notifier
        self._sandbox = sandbox
        self._estimates = estimates
        self._home = home
        self._max_bytes = max_bytes
        self._clock = clock

    def folder(self, dataset_id: str) -> Path:
        """Where a dataset's files lie. Ids are ours, so no name of a stranger is ever part of a path."""
        return self._home / "datasets" / dataset_id

    async def accept(
        self, actor: Actor, file_id: str, *, delivery: str, message_ts: str = ""
    ) -> Dataset | None:
        """Note a dropped file, durably; None when it is already known. `message_ts` where the event says it."""
        dataset = Dataset(
            id=f"ds-{uuid4().hex[:12]}",
            team=actor.team,
            channel=actor.channel,
            user=actor.user,
            file_id=file_id,
            name="file",
            thread_ts=message_ts,
            report_ts="",
            status=DatasetStatus.READING,
            created_at=self._clock(),
        )
        accepted = await self._store.datasets.accept_drop(
            dataset, delivery=delivery, now=self._clock(), lease=LEASE
        )
        return dataset if accepted else None

    async def ingest(self, dataset: Dataset, *, tries: int = 0) -> None:
        """React, download, read, report. What goes wrong is told in the thread; a crash is taken up by `resume`."""
        try:
            if dataset.report is None:
                file = await self._files.file(dataset.file_id)
                dataset = await self._greet(dataset, file)
                await self._read(dataset, file)
                report = await self._prepare(dataset, Choices())
                dataset = replace(dataset, status=DatasetStatus.READY, report=report)
            await self._publish(dataset, look_first=tries > 0)
        except (UserError, SandboxError) as error:
            await self._refuse(dataset, error, look_first=tries > 0)
        except SlackError as error:
            await self._put_off(dataset, error, tries)

    async def resume(self) -> None:
        """Take up datasets whose reading was interrupted, or whose report may not have reached its thread."""
        for dataset, tries in await self._store.datasets.claim_unread(
            now=self._clock(), lease=LEASE, limit=4
        ):
            logger.info("reading again dataset=%s tries=%s", dataset.id, tries)
            await self.ingest(dataset, tries=tries)

    async def _greet(self, dataset: Dataset, file: DroppedFile) -> Dataset:
        """Show at once that the file was seen, and learn its thread."""
        share = next((share for share in file.shares if share.channel == dataset.channel), None)
        seen_at = share.ts if share else dataset.thread_ts
        if seen_at:
            await self._notifier.react(Thread(channel=dataset.channel, ts=seen_at), "eyes")
        known = replace(
            dataset,
            name=file.name,
            user=dataset.user or file.user,
            thread_ts=share.thread_ts if share else dataset.thread_ts,
        )
        await self._store.datasets.save(known)
        return known

    async def _read(self, dataset: Dataset, file: DroppedFile) -> None:
        folder = self.folder(dataset.id)
        folder.mkdir(parents=True, exist_ok=True)
        await self._files.download(file, folder / "source", max_bytes=self._max_bytes)

    async def _prepare(self, dataset: Dataset, choices: Choices) -> DatasetReport:
        folder = self.folder(dataset.id)
        arguments = {
            "source": str(folder / "source"),
            "work_dir": str(folder),
            "name": dataset.name,
            "choices": choices,
        }
        report: DatasetReport = await self._sandbox.run(
            "bot.datasets.prepare:ingest", arguments, DatasetReport
        )
        # The spool has every row; keeping the upload as well would keep a stranger's file for nothing.
        (folder / "source").unlink(missing_ok=True)
        return report

    async def _publish(self, dataset: Dataset, *, look_first: bool = False) -> Dataset:
        """Post the report, or edit the one that is there; then remember it.

        What can be trained is remembered before it is announced: whoever reads the report may start at once.
        """
        if dataset.status is DatasetStatus.READY:
            await self._store.datasets.save(dataset)
        message = views.report(dataset, await self._estimates.of(dataset.report) if dataset.report else ())
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        if dataset.report_ts:
            await self._notifier.edit(Thread(channel=dataset.channel, ts=dataset.report_ts), message)
        else:
            dataset = replace(dataset, report_ts=await self._post_once(dataset, thread, message, look_first))
        await self._store.datasets.save(dataset)
        logger.info("dataset reported dataset=%s status=%s", dataset.id, dataset.status)
        return dataset

    async def _post_once(self, dataset: Dataset, thread: Thread, message: Message, look_first: bool) -> str:
        if look_first:
            found = await self._notifier.find(thread, outbox_id=dataset.id, since=dataset.created_at)
            if found:
                return found
        return await self._notifier.post(thread, message, outbox_id=dataset.id)

    async def _refuse(
        self, dataset: Dataset, error: UserError | SandboxError, *, look_first: bool = False
    ) -> None:
        shutil.rmtree(self.folder(dataset.id), ignore_errors=True)
        problem = views.problem(error) if isinstance(error, UserError) else error.message
        refused = replace(dataset, status=DatasetStatus.UNUSABLE, problem=problem)
        try:
            await self._publish(refused, look_first=look_first)
        except SlackError as failure:
            logger.warning("refusal not posted dataset=%s error=%s", dataset.id, failure)
            await self._store.datasets.save(refused)

    async def _put_off(self, dataset: Dataset, error: SlackError, tries: int) -> None:
        """Slack did not help: a file that is not ours to read ends with a log line, the rest is tried again."""
        logger.warning("dataset not read dataset=%s tries=%s error=%s", dataset.id, tries, error)
        if error.code == "file_not_readable":
            await self._refuse(dataset, DatasetError(error.message))
        elif not error.retrying or tries >= MAX_TRIES:
            await self._store.datasets.save(
                replace(dataset, status=DatasetStatus.UNUSABLE, problem=error.code or "Slack did not answer")
            )

    async def get(self, dataset_id: str) -> Dataset:
        """The dataset of that id. Raises NotFoundError."""
        dataset = await self._store.datasets.get(dataset_id)
        if dataset is None:
            raise NotFoundError(
                f"There is no dataset {dataset_id} here.",
                next_step="`/finetune datasets` lists those of this channel.",
            )
        return dataset

    async def find(self, team: str, channel: str, name: str) -> Dataset:
        """A dataset of the channel by id or name (the newest of that name); the newest of all for "".

        Raises NotFoundError.
        """
        found = await self._store.datasets.in_channel(team, channel, limit=100)
        wanted = name.strip().lower()
        for dataset in found:
            if not wanted or wanted in (dataset.id.lower(), dataset.name.lower()):
                return dataset
        if not wanted:
            raise NotFoundError(
                "There is no dataset in this channel yet.",
                next_step="Drop a CSV, TSV, XLSX, JSON, JSONL or TXT file here; I'll read it and report in its thread.",
            )
        raise NotFoundError(
            f"There is no dataset {name} in this channel.",
            next_step="`/finetune datasets` lists those there are.",
        )

    async def in_channel(self, team: str, channel: str) -> list[Dataset]:
        """The channel's datasets that can be read, newest first."""
        return await self._store.datasets.in_channel(team, channel)

    async def of_user(self, team: str, user: str) -> list[Dataset]:
        """The person's datasets, newest first."""
        return await self._store.datasets.of_user(team, user)

    async def decide(self, dataset_id: str, choices: Choices) -> Dataset:
        """Decide again with other choices and bring the report up to date. Raises UserError, SandboxError."""
        dataset = await self.get(dataset_id)
        arguments = {"work_dir": str(self.folder(dataset.id)), "choices": choices}
        report: DatasetReport = await self._sandbox.run(
            "bot.datasets.prepare:rework", arguments, DatasetReport
        )
        return await self._publish(replace(dataset, report=report))

    async def choose_columns(self, dataset_id: str, choices: Choices, *, user: str) -> None:
        """Decide again because a person chose, and say so in the thread."""
        dataset = await self.decide(dataset_id, choices)
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        await self._notifier.post(thread, views.changed(dataset, user))

    async def choose_fixes(self, dataset_id: str, codes: tuple[str, ...], *, user: str) -> None:
        """Decide again with just these remedies, and say so in the thread. The rows as read are never changed."""
        before = await self.get(dataset_id)
        choices = replace(before.report.choices if before.report else Choices(), fixes=codes)
        dataset = await self.decide(dataset_id, choices)
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        await self._notifier.post(thread, views.fixes_changed(dataset, user))

    async def share_jsonl(self, dataset_id: str) -> None:
        """Put the training, validation and test files into the thread. Raises NotFoundError, SlackError."""
        dataset = await self.get(dataset_id)
        thread = Thread(channel=dataset.channel, ts=dataset.thread_ts)
        stem = dataset.name.rsplit(".", 1)[0]
        for part in dataset.report.splits if dataset.report else ():
            if part.rows:
                path = self.folder(dataset.id) / part.path
                name = f"{stem}.{part.name}.jsonl"
                await self._notifier.upload(thread, path, name=name, title=f"{name} ({part.rows:,} examples)")

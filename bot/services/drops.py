"""Gets dropped files: looks them up, shows that they were seen, downloads them, and finds the dataset each belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from bot.datasets.drop import belong_together, may_be_part
from bot.domain import Dataset, Thread
from bot.ports import DroppedFile, FileSource, Notifier
from storage import Store

SETTLE_S = 1.0
"""How long a file that may be one of several waits for the others of its message."""
SETTLE_PAUSE_S = 0.1
SETTLE_PAUSES = 30


class Drops:
    """The files of datasets; `folder` says where those of a dataset lie."""

    def __init__(
        self,
        *,
        store: Store,
        files: FileSource,
        notifier: Notifier,
        folder: Callable[[str], Path],
        max_bytes: int,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._store = store
        self._files = files
        self._notifier = notifier
        self._folder = folder
        self._max_bytes = max_bytes
        self._settle_s = settle_s

    async def gather(self, dataset: Dataset) -> Dataset:
        """Get the file; the dataset that it belongs to, which may be that of another file of the same message."""
        file = await self._files.file(dataset.file_id)
        # While the file was looked up, its other event may have told the message.
        dataset = await self._greet(await self._store.datasets.get(dataset.id) or dataset, file)
        await self._fetch(dataset, file)
        if dataset.files > 1 or not dataset.drop_ts:
            return dataset
        await self._let_settle(dataset)
        return await self._store.datasets.join(dataset, belong_together)

    async def _let_settle(self, dataset: Dataset) -> None:
        """Wait for the other files of the message: a moment where more may come, longer for those that are known."""
        if may_be_part(dataset.file_name):
            await asyncio.sleep(self._settle_s)
        for _ in range(SETTLE_PAUSES):
            if not await self._store.datasets.unnamed_siblings(dataset):
                break
            await asyncio.sleep(SETTLE_PAUSE_S)

    async def _greet(self, dataset: Dataset, file: DroppedFile) -> Dataset:
        """Show at once that the file was seen, and learn its thread."""
        share = next((share for share in file.shares if share.channel == dataset.channel), None)
        drop_ts = share.ts if share else dataset.drop_ts
        if drop_ts:
            await self._notifier.react(Thread(channel=dataset.channel, ts=drop_ts), "eyes")
        known = replace(
            dataset,
            name=dataset.name or file.name,
            file_name=file.name,
            user=dataset.user or file.user,
            drop_ts=drop_ts,
            thread_ts=share.thread_ts if share else dataset.thread_ts,
        )
        if known != dataset:
            await self._store.datasets.save(known)
        return known

    async def _fetch(self, dataset: Dataset, file: DroppedFile | None = None) -> Path:
        """The file's bytes in the dataset's folder; downloaded unless they are there."""
        source = self._folder(dataset.id) / "source"
        if not source.exists():
            source.parent.mkdir(parents=True, exist_ok=True)
            partial = source.with_name(f"source.{uuid4().hex}")
            try:
                file = file or await self._files.file(dataset.file_id)
                await self._files.download(file, partial, max_bytes=self._max_bytes)
                partial.replace(source)
            finally:
                partial.unlink(missing_ok=True)
        return source

    async def sources(self, dataset: Dataset) -> list[tuple[Path, str]]:
        """(path, name) of every file of the dataset, those that are not there downloaded again."""
        members = await self._store.datasets.files_of(dataset.id)
        return [(await self._fetch(member), member.file_name) for member in members]

"""What people take away from a dataset's thread: its JSONL files, the rows that stay out, its picture."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from bot.domain import Dataset, Thread
from bot.errors import DatasetError, SandboxError, SlackError
from bot.ports import Notifier, Sandbox
from bot.texts import language, n, t

logger = logging.getLogger(__name__)

PICTURE_NAME = "report.png"
REJECTS_NAME = "rejects.csv"
_ALT_CHARACTERS = 1000
"""Slack's limit for the alt text of a file (files.getUploadURLExternal, read 2026-11)."""


class DatasetFiles:
    """Puts files into threads; `folder` says where those of a dataset lie."""

    def __init__(self, *, notifier: Notifier, sandbox: Sandbox, folder: Callable[[str], Path]) -> None:
        self._notifier = notifier
        self._sandbox = sandbox
        self._folder = folder

    async def share_jsonl(self, dataset: Dataset) -> None:
        """Put the training, validation and test files into the thread. Raises SlackError."""
        for part in dataset.report.splits if dataset.report else ():
            if part.rows:
                name = f"{_stem(dataset)}.{part.name}.jsonl"
                title = f"{name} ({n('{number:,} example', '{number:,} examples', part.rows)})"
                path = self._folder(dataset.id) / part.path
                await self._notifier.upload(_thread(dataset), path, name=name, title=title)

    async def share_rejects(self, dataset: Dataset) -> None:
        """Put the rows that stay out into the thread, safe to open in a spreadsheet.

        Raises DatasetError when none stay out, SandboxError, SlackError.
        """
        folder = self._folder(dataset.id)
        if not (folder / REJECTS_NAME).exists():
            raise DatasetError(t("No row of {name} stays out.", name=dataset.title))
        safe = folder / "rejects.safe.csv"
        rows = await self._sandbox.run(
            "bot.datasets.safe_copy:write_safe_copy",
            {"source": str(folder / REJECTS_NAME), "target": str(safe)},
            int,
        )
        if not rows:
            raise DatasetError(t("No row of {name} stays out.", name=dataset.title))
        name = f"{_stem(dataset)}.rejects.csv"
        title = f"{name} ({n('{number:,} row', '{number:,} rows', rows)})"
        await self._notifier.upload(_thread(dataset), safe, name=name, title=title)

    async def share_picture(self, dataset: Dataset) -> None:
        """Put the picture of the dataset as it is now into its thread. Raises SandboxError, SlackError."""
        if dataset.report is None:
            return
        path = self._folder(dataset.id) / PICTURE_NAME
        arguments = {"report": dataset.report, "path": str(path), "language": language()}
        words = await self._sandbox.run("bot.charts.report:draw", arguments, str)
        title = t("{name} at a glance", name=dataset.title)
        await self._notifier.upload(
            _thread(dataset), path, name=PICTURE_NAME, title=title, alt_text=words[:_ALT_CHARACTERS]
        )

    async def add_picture(self, dataset: Dataset) -> None:
        """The picture that comes with a report; a report does without when it fails."""
        try:
            await self.share_picture(dataset)
        except (SandboxError, SlackError) as error:
            logger.warning("picture not shared dataset=%s error=%s", dataset.id, error)


def _thread(dataset: Dataset) -> Thread:
    return Thread(channel=dataset.channel, ts=dataset.thread_ts)


def _stem(dataset: Dataset) -> str:
    """What the files are called: the dataset's name without its ending, with the version where there are several."""
    stem = dataset.name.rsplit(".", 1)[0]
    return stem if dataset.version == 1 else f"{stem}.v{dataset.version}"

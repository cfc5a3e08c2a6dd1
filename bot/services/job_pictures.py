"""The pictures that go into a job's thread: drawn in a child process, kept as files until they are uploaded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from bot.domain import FineTuningJob
from bot.errors import SandboxError
from bot.ports import Sandbox
from bot.texts import language

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class JobPicture:
    """A PNG file, and what it shows in words."""

    path: Path
    alt_text: str


class JobPictures:
    """Draws what is uploaded about a job."""

    def __init__(self, *, sandbox: Sandbox, home: Path) -> None:
        self._sandbox = sandbox
        self._home = home

    async def training(self, job: FineTuningJob) -> JobPicture | None:
        """Loss and accuracy over the steps, in the language in use; None when it could not be drawn."""
        path = self._home / "jobs" / job.op_id / "training.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        arguments: dict[str, object] = {"job": job, "path": path, "language": language()}
        try:
            alt_text = await self._sandbox.run("bot.charts.training:draw", arguments, str)
        except SandboxError as error:
            logger.warning("no picture job=%s error=%s", job.op_id, error)
            return None
        return JobPicture(path=path, alt_text=alt_text)

"""Loaded models that write: a process each, least recently used first out, asked and heard line by line.

A process of its own keeps the weights and the arithmetic of a language model away from everybody else's answers.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from local.openai_server.engine import SECRET_PREFIXES
from local.openai_server.errors import ApiError, invalid
from local.openai_server.ids import new_id

logger = logging.getLogger(__name__)

LOADED = 2
CALLERS_FAULT = ("context_length_exceeded", "invalid_messages")
LINE_BYTES = 4 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]
LOG_NAME = "generators.log"


class Generator:
    """One model's process."""

    def __init__(self, process: asyncio.subprocess.Process, model_id: str) -> None:
        self._process = process
        self._model_id = model_id
        self._waiting: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.returncode is None and (self._reader is None or not self._reader.done())

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    async def until_ready(self) -> None:
        """Return once the model is loaded; raises ApiError 500 with the reason where it can't be."""
        said = await self._line()
        if not said.get("ready"):
            reason = said.get("failed") or "its process ended; the server's generators.log has the details"
            await self.end()
            raise _unavailable(self._model_id, str(reason))
        self._reader = asyncio.create_task(self._hear())

    async def ask(self, request: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """What the process says about one request, to the end; raises ApiError. Leaving early ends the writing."""
        number = new_id("", 12)
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._waiting[number] = heard
        is_over = False
        try:
            await self._send({"id": number, **request})
            while not is_over:
                said = await heard.get()
                is_over = "done" in said or "error" in said
                if "error" in said:
                    raise _refusal(self._model_id, said["error"])
                yield said
        finally:
            self._waiting.pop(number, None)
            if not is_over and self.is_alive:
                with contextlib.suppress(ApiError):
                    await self._send({"cancel": number})

    async def end(self) -> None:
        """End the process."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise _unavailable(self._model_id, "its process has ended and is started again") from error

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        raw = await self._process.stdout.readline()
        if not raw:
            return {}
        said: dict[str, Any] = json.loads(raw)
        return said

    async def _hear(self) -> None:
        while said := await self._line():
            queue = self._waiting.get(str(said.get("id")))
            if queue is not None:
                queue.put_nowait(said)
        logger.warning("a model's process ended model=%s", self._model_id)
        error = {"code": "server_error", "message": "its process has ended and is started again"}
        for queue in list(self._waiting.values()):
            queue.put_nowait({"error": error})


class Generators:
    """The models in memory; used from the event loop only."""

    def __init__(self, home: Path, threads: int) -> None:
        self._home = home
        self._threads = threads
        self._loaded: OrderedDict[str, Generator] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Generator]] = {}

    async def get(self, model_id: str, directory: str) -> Generator:
        """The model's process, started once however many ask, and again where it has died."""
        loaded = self._loaded.get(model_id)
        if loaded is not None and loaded.is_alive:
            self._loaded.move_to_end(model_id)
            return loaded
        task = self._loading.get(model_id)
        if task is None:
            task = asyncio.create_task(self._load(model_id, directory))
            self._loading[model_id] = task
            task.add_done_callback(lambda _: self._loading.pop(model_id, None))
        return await asyncio.shield(task)

    async def forget(self, model_id: str) -> None:
        """End a deleted model's process."""
        loaded = self._loaded.pop(model_id, None)
        if loaded is not None:
            await loaded.end()

    async def close(self) -> None:
        """End all processes."""
        for model_id in list(self._loaded):
            await self.forget(model_id)

    async def _load(self, model_id: str, directory: str) -> Generator:
        command = (sys.executable, "-P", "-m", "local.trainer.generation.worker")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRET_PREFIXES)}
        path = os.pathsep.join(entry for entry in (str(ROOT), os.environ.get("PYTHONPATH")) if entry)
        with (self._home / LOG_NAME).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command, str(self._home / directory), str(self._threads),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                env={**kept, "PYTHONPATH": path}, limit=LINE_BYTES, start_new_session=True,
            )  # fmt: skip
        generator = Generator(process, model_id)
        await generator.until_ready()
        self._loaded[model_id] = generator
        idle = [name for name, one in self._loaded.items() if not one.is_busy and name != model_id]
        for name in idle[: max(0, len(self._loaded) - LOADED)]:
            await self.forget(name)
        return generator


def _unavailable(model_id: str, reason: str) -> ApiError:
    message = f"The model `{model_id}` cannot answer now: {reason}."
    return ApiError(500, message, type_="server_error", code="model_unavailable")


def _refusal(model_id: str, error: Mapping[str, Any]) -> ApiError:
    if error["code"] in CALLERS_FAULT:
        return invalid(error["message"], param="messages", code=error["code"])
    return _unavailable(model_id, str(error["message"]).rstrip("."))

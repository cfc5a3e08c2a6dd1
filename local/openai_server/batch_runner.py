"""Runs batches in the background, one at a time, in pieces that give way to callers who wait.

Answers go line by line into HOME/batches/<id>; a server that starts again goes on after the last whole line.
"""

import asyncio
import logging
import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec
from starlette.concurrency import run_in_threadpool

from local.openai_server import chat, completions
from local.openai_server.batch_lines import LineReader, RequestLine, check_lines
from local.openai_server.calls import decode
from local.openai_server.errors import ApiError, unsupported
from local.openai_server.ids import new_id
from local.openai_server.services import Services
from local.openai_server.store import batches, files, webhooks
from local.openai_server.store.batches import Batch, BatchFinding, BatchStatus
from local.openai_server.store.files import Purpose

logger = logging.getLogger(__name__)

PIECE = 512
"""Two of the classifiers' large turns."""
PIECES_AT_ONCE = 2
Outcomes: TypeAlias = list[tuple[RequestLine, tuple[int, dict[str, Any]]]]
OUTPUT_NAME, ERRORS_NAME = "output.jsonl", "errors.jsonl"


class _Answered(msgspec.Struct):
    custom_id: str


_answered = msgspec.json.Decoder(_Answered)


async def run_batches(services: Services) -> None:
    """Work on whatever batches there are, for as long as the server lives."""
    while True:
        with services.database.reading() as connection:
            waiting = batches.unfinished(connection)
        for batch in waiting:
            try:
                await _Run(services, batch).run()
            except (sqlite3.Error, OSError):
                logger.exception("batch stopped and will be taken up again batch=%s", batch.id)
        await services.batch_bell.heard(5.0)


class _Run:
    """One batch on its way; every change of its row is made from the row as it is then."""

    def __init__(self, services: Services, batch: Batch) -> None:
        self._services = services
        self._id = batch.id
        self._owner = batch.owner
        self._folder = services.home / "batches" / batch.id

    async def run(self) -> None:
        batch = self._now()
        if batch.status is BatchStatus.VALIDATING:
            batch = await run_in_threadpool(self._validate, batch)
        if batch.status in (BatchStatus.IN_PROGRESS, BatchStatus.CANCELLING):
            batch = await self._answer_all(batch)
        if not batch.status.is_finished:
            await run_in_threadpool(self._finish, batch)

    def _now(self) -> Batch:
        with self._services.database.reading() as connection:
            return batches.get(connection, self._id)

    def _change(self, status: BatchStatus | None = None, **changes: Any) -> Batch:
        with self._services.database.transaction() as tx:
            batch = replace(batches.get(tx, self._id), **changes)
            if status is not None and batch.status is not BatchStatus.CANCELLING:
                batch = replace(batch, status=status, times={**batch.times, f"{status}_at": self._seconds()})
            batches.save(tx, batch)
            if batch.status is BatchStatus.FAILED:
                webhooks.announce(tx, batch.owner, "batch.failed", batch.id, self._services.clock())
        return batch

    def _seconds(self) -> int:
        return int(self._services.clock())

    def _validate(self, batch: Batch) -> Batch:
        try:
            source = self._services.files.find(batch.owner, batch.input_file_id)
        except ApiError as error:
            finding = BatchFinding(code="file_not_found", message=error.message, param="input_file_id")
            return self._change(BatchStatus.FAILED, findings=(finding,))
        checked = check_lines(self._services.files.path(source.id), batch.endpoint)
        if checked.findings:
            return self._change(BatchStatus.FAILED, findings=checked.findings)
        self._folder.mkdir(parents=True, exist_ok=True)
        link = self._folder / "input.jsonl"
        if not link.exists():
            os.link(self._services.files.path(source.id), link)
        return self._change(BatchStatus.IN_PROGRESS, total=checked.total, model=checked.model)

    async def _answer_all(self, batch: Batch) -> Batch:
        answered = await run_in_threadpool(self._answered_before)
        if not self._folder.exists():
            return batch
        reader = LineReader(self._folder / "input.jsonl", answered)
        # While one piece is written down, the next is already being answered.
        under_way: deque[asyncio.Task[Outcomes]] = deque()
        try:
            while await self._begin_pieces(batch, reader, under_way):
                batch = await run_in_threadpool(self._keep, await under_way.popleft())
        finally:
            for task in under_way:
                task.cancel()
        return batch

    async def _begin_pieces(
        self, batch: Batch, reader: LineReader, under_way: deque[asyncio.Task[Outcomes]]
    ) -> bool:
        """Begin as many pieces as may be under way at once; whether there are any."""
        while len(under_way) < PIECES_AT_ONCE:
            if batch.status is BatchStatus.CANCELLING or self._is_late(batch):
                break
            piece = await run_in_threadpool(reader.next_piece, PIECE)
            if not piece:
                break
            under_way.append(asyncio.create_task(self._answer_piece(batch.endpoint, piece)))
        return bool(under_way)

    async def _answer_piece(self, endpoint: str, piece: Sequence[RequestLine]) -> Outcomes:
        answers = await asyncio.gather(*(self._answer(endpoint, line) for line in piece))
        return list(zip(piece, answers, strict=True))

    def _is_late(self, batch: Batch) -> bool:
        return self._services.clock() >= batch.expires_at

    async def _answer(self, endpoint: str, line: RequestLine) -> tuple[int, dict[str, Any]]:
        """The status and body that the same request would get by itself."""
        try:
            if endpoint == "/v1/completions":
                prompt_body = decode(bytes(line.body), completions.CompletionBody)
                _refuse_stream(prompt_body.stream)
                return 200, await completions.respond(self._services, self._owner, prompt_body, bulk=True)
            body = decode(bytes(line.body), chat.ChatBody)
            _refuse_stream(body.stream)
            return 200, await chat.respond(self._services, self._owner, body, bulk=True)
        except ApiError as error:
            return error.status, error.body()

    def _keep(self, outcomes: Outcomes) -> Batch:
        written = {OUTPUT_NAME: b"", ERRORS_NAME: b""}
        tokens = [0, 0]
        for line, (status, body) in outcomes:
            written[OUTPUT_NAME if status == 200 else ERRORS_NAME] += _result_line(
                line.custom_id, status, body
            )
            usage = body.get("usage", {})
            tokens[0] += usage.get("prompt_tokens", 0)
            tokens[1] += usage.get("completion_tokens", 0)
        for name, content in written.items():
            with (self._folder / name).open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        succeeded = sum(status == 200 for _, (status, _) in outcomes)
        with self._services.database.transaction() as tx:
            batch = batches.get(tx, self._id)
            batch = replace(
                batch,
                completed=batch.completed + succeeded,
                failed=batch.failed + len(outcomes) - succeeded,
                input_tokens=batch.input_tokens + tokens[0],
                output_tokens=batch.output_tokens + tokens[1],
            )
            batches.save(tx, batch)
        return batch

    def _answered_before(self) -> set[str]:
        """What an earlier run of the server answered; a line cut short by its end is taken away."""
        ids: dict[str, set[str]] = {}
        for name in (OUTPUT_NAME, ERRORS_NAME):
            path = self._folder / name
            content = path.read_bytes() if path.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                os.truncate(path, len(whole))
            ids[name] = {_answered.decode(line).custom_id for line in whole.splitlines()}
        self._change(completed=len(ids[OUTPUT_NAME]), failed=len(ids[ERRORS_NAME]))
        return ids[OUTPUT_NAME] | ids[ERRORS_NAME]

    def _finish(self, batch: Batch) -> None:
        self._change(BatchStatus.FINALIZING)
        made = {
            name: self._services.files.link(
                self._folder / name,
                owner=self._owner,
                filename=f"{self._id}_{name}",
                purpose=Purpose.BATCH_OUTPUT,
                lifetime_s=batch.output_lifetime_s,
            )
            for name in (OUTPUT_NAME, ERRORS_NAME)
            if (self._folder / name).exists() and (self._folder / name).stat().st_size
        }
        with self._services.database.transaction() as tx:
            batch = batches.get(tx, self._id)
            for file in made.values():
                files.insert(tx, file)
            status = BatchStatus.COMPLETED
            if batch.status is BatchStatus.CANCELLING:
                status = BatchStatus.CANCELLED
            elif batch.completed + batch.failed < batch.total:
                status = BatchStatus.EXPIRED
            batch = replace(
                batch,
                status=status,
                times={**batch.times, f"{status}_at": self._seconds()},
                output_file_id=made[OUTPUT_NAME].id if OUTPUT_NAME in made else None,
                error_file_id=made[ERRORS_NAME].id if ERRORS_NAME in made else None,
            )
            batches.save(tx, batch)
            webhooks.announce(tx, batch.owner, f"batch.{status}", batch.id, self._services.clock())
        shutil.rmtree(self._folder, ignore_errors=True)
        logger.info("batch finished batch=%s status=%s", self._id, status)


def _refuse_stream(stream: bool | None) -> None:
    if stream:
        raise unsupported("stream", "A batch's answers are files.")


def _result_line(custom_id: str, status: int, body: dict[str, Any]) -> bytes:
    response = {"status_code": status, "request_id": new_id("req_", 32), "body": body}
    line = {"id": new_id("batch_req_"), "custom_id": custom_id, "response": response, "error": None}
    return msgspec.json.encode(line) + b"\n"

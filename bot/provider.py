"""The fine-tuning server, through the openai SDK; its errors are read in remote_errors.py.

Servers differ in what they send (docs/server.md lists what was seen), so every field is read leniently here, once,
and what leaves this module are domain values.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any, cast

from openai import AsyncOpenAI, DefaultAioHttpClient

from bot.domain import (
    Answer,
    BaseModel,
    Checkpoint,
    EventPage,
    ExampleFormat,
    FineTunedModel,
    Hyperparameters,
    JobEvent,
    JobPlan,
    RemoteBatch,
    RemoteJob,
    Task,
)
from bot.errors import NotSupportedError, ProviderError
from bot.ports import RemoteEstimate
from bot.remote_answers import Shares, read_answer
from bot.remote_errors import asked, our_errors, unless_refused
from bot.remote_rows import (
    read_base_model,
    read_batch,
    read_checkpoint,
    read_event,
    read_job,
    read_number,
    step_of,
)
from bot.texts import t

TIMEOUT_S = 30.0
NO_SUCH_CALL = frozenset({400, 403, 404, 405, 422, 501})
"""What servers and gateways answer to a path or a body that they do not know."""
EVENT_PAGES = 40
"""Pages of events read at most in one look; the rest comes with the next look."""
MAX_LABEL_TOKENS = 64
MAX_TEXT_TOKENS = 1024
TOP_LOGPROBS = 20
COMPLETION_LOGPROBS = 5


class OpenAIProvider:
    """Any server behind the openai SDK, at `base_url` (None: OpenAI's own). `await close()` last."""

    def __init__(self, *, base_url: str | None, api_key: str) -> None:
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=TIMEOUT_S,
            max_retries=2,
            http_client=DefaultAioHttpClient(timeout=TIMEOUT_S),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def base_models(self) -> tuple[BaseModel, ...]:
        """Models whose row says that they can be fine-tuned, or why not now; empty where the server does not say."""
        rows = await asked(self._models())
        bases = [read_base_model(row) for row in rows]
        return tuple(sorted((base for base in bases if base), key=lambda base: not base.is_default))

    async def _models(self) -> list[dict[str, Any]]:
        return [model.to_dict() async for model in self._client.models.list()]

    async def estimate(
        self, model: str, *, examples: int, tokens: int, labels: int, hyperparameters: Hyperparameters
    ) -> RemoteEstimate | None:
        """The embedded server's estimate; None from servers that have no such call, or a gateway that lets none through."""
        body: dict[str, Any] = {
            "model": model,
            "examples": examples,
            "tokens": tokens,
            "labels": max(1, labels),
        }
        body["hyperparameters"] = _hyperparameters(hyperparameters)
        try:
            row: dict[str, Any] = await asked(
                self._client.post(
                    "/fine_tuning/jobs/estimate", cast_to=cast("type[Any]", dict[str, Any]), body=body
                )
            )
        except ProviderError as error:
            if error.status in NO_SUCH_CALL:
                return None
            raise
        return RemoteEstimate(
            n_epochs=int(row["n_epochs"]),
            tokens=int(row["trained_tokens"]),
            seconds=read_number(row.get("seconds")),
            usd=read_number(row.get("usd")),
            measured=bool(row.get("measured_here")),
            accuracy=read_number(row.get("expected_accuracy")),
        )

    async def upload(self, path: Path, *, name: str) -> str:
        """Upload a file for fine-tuning; its id."""
        uploaded = await asked(
            self._client.with_options(timeout=600).files.create(
                file=(name, path, "application/jsonl"), purpose="fine-tune"
            )
        )
        return uploaded.id

    async def create_job(
        self, plan: JobPlan, *, training_file: str, validation_file: str, op_id: str
    ) -> RemoteJob:
        """Create once: a lost answer must not become two paid jobs, so nothing is retried here."""
        extra: dict[str, Any] = {}
        if validation_file:
            extra["validation_file"] = validation_file
        if plan.suffix:
            extra["suffix"] = plan.suffix
        if plan.seed is not None:
            extra["seed"] = plan.seed
        if plan.wandb_project:
            extra["integrations"] = [{"type": "wandb", "wandb": {"project": plan.wandb_project}}]
        job = await asked(
            self._client.with_options(max_retries=0).fine_tuning.jobs.create(
                model=plan.model,
                training_file=training_file,
                method={
                    "type": "supervised",
                    "supervised": {"hyperparameters": _hyperparameters(plan.hyperparameters)},
                },
                metadata={"op_id": op_id, "made_by": "tunesmith"},
                extra_headers={"Idempotency-Key": op_id},
                **extra,
            )
        )
        return read_job(job.to_dict())

    async def find_job(self, op_id: str, *, training_file: str) -> RemoteJob | None:
        """Look by metadata, and by the training file for servers that ignore the filter; cancel surplus copies."""
        found = await asked(self._jobs_of(op_id, training_file))
        found.sort(key=lambda job: job.created_at)
        for surplus in found[1:]:
            if not surplus.status.is_finished:
                await self.cancel(surplus.id)
        return found[0] if found else None

    async def _jobs_of(self, op_id: str, training_file: str) -> list[RemoteJob]:
        page = await self._client.fine_tuning.jobs.list(limit=100, metadata={"op_id": op_id})
        rows = [job.to_dict() for job in page.data]
        return [read_job(row) for row in rows if _is_ours(row, op_id, training_file)]

    async def job(self, remote_id: str) -> RemoteJob:
        """The job as it is now."""
        return read_job((await asked(self._client.fine_tuning.jobs.retrieve(remote_id))).to_dict())

    async def events(self, remote_id: str, *, after: str) -> list[JobEvent]:
        """New events, sorted by time and then by their place in the list, whatever order the server uses."""
        return await asked(self._events(remote_id, after))

    async def _events(self, remote_id: str, after: str) -> list[JobEvent]:
        rows: list[JobEvent] = []
        pages = 0
        page = await self._client.fine_tuning.jobs.list_events(remote_id, limit=100)
        while True:
            pages += 1
            batch = [read_event(event.to_dict()) for event in page.data]
            known = next((index for index, event in enumerate(batch) if event.id == after), None)
            rows.extend(batch if known is None else batch[:known])
            if known is not None or pages == EVENT_PAGES or not page.has_next_page():
                break
            page = await page.get_next_page()
        unique = {event.id: (event, -place) for place, event in enumerate(rows)}
        ordered = sorted(unique.values(), key=lambda item: (item[0].created_at, step_of(item[0]), item[1]))
        return [event for event, _ in ordered]

    async def content(self, file_id: str) -> bytes:
        """A file's bytes; a result file of OpenAI's is base64 text."""
        answer = await asked(self._client.files.content(file_id))
        return await answer.aread()

    async def event_page(self, remote_id: str, *, limit: int, after: str = "") -> EventPage:
        """One page as the server cuts it, newest first; a page that begins again has nothing older."""
        cursor: dict[str, Any] = {"after": after} if after else {}
        page = await asked(self._client.fine_tuning.jobs.list_events(remote_id, limit=limit, **cursor))
        found = [read_event(event.to_dict()) for event in page.data]
        if any(event.id == after for event in found):
            return EventPage(events=())
        older = found[-1].id if found and page.has_next_page() else ""
        if found and found[0].created_at < found[-1].created_at:
            found.reverse()
        # Stable: events of one second keep the server's own order.
        found.sort(key=lambda event: event.created_at, reverse=True)
        return EventPage(events=tuple(found), older=older)

    async def checkpoints(self, remote_id: str) -> list[Checkpoint]:
        """The job's checkpoints in step order; empty where the server keeps none."""
        try:
            page = await asked(self._client.fine_tuning.jobs.checkpoints.list(remote_id))
        except ProviderError as error:
            if error.status in (404, 405):
                return []
            raise
        return sorted((read_checkpoint(row.to_dict()) for row in page.data), key=lambda item: item.step)

    async def cancel(self, remote_id: str) -> RemoteJob:
        """Cancel a job; one that has already ended is returned as it is."""
        try:
            call = self._client.fine_tuning.jobs.cancel(remote_id)
            return read_job((await asked(unless_refused(call))).to_dict())
        except ProviderError:
            job = await self.job(remote_id)
            if job.status.is_finished:
                return job
            raise

    async def pause(self, remote_id: str) -> RemoteJob:
        """Pause a job."""
        words = t("This fine-tuning server can't pause jobs.")
        return await self._told(self._client.fine_tuning.jobs.pause(remote_id), words)

    async def resume(self, remote_id: str) -> RemoteJob:
        """Let a paused job go on."""
        words = t("This fine-tuning server can't resume jobs.")
        return await self._told(self._client.fine_tuning.jobs.resume(remote_id), words)

    async def _told(self, call: Awaitable[Any], words: str) -> RemoteJob:
        """The job after a call that not every server has; `words` say so where this one lacks it."""
        try:
            return read_job((await asked(unless_refused(call))).to_dict())
        except ProviderError as error:
            if error.status in (404, 405, 501):
                raise NotSupportedError(words, status=error.status, code=error.code) from error
            raise

    async def create_batch(self, requests: Path, *, endpoint: str, key: str) -> RemoteBatch:
        """Upload the requests and have them answered; the same `key` makes no second batch at servers that know it."""
        uploaded = await asked(
            self._client.with_options(timeout=600).files.create(
                file=(requests.name, requests, "application/jsonl"), purpose="batch"
            )
        )
        made = await asked(
            self._client.with_options(max_retries=0).batches.create(
                input_file_id=uploaded.id,
                endpoint=cast("Any", endpoint),
                completion_window="24h",
                metadata={"key": key, "made_by": "tunesmith"},
                extra_headers={"Idempotency-Key": key},
            )
        )
        return read_batch(made.to_dict())

    async def batch(self, remote_id: str) -> RemoteBatch:
        """The batch as it is now."""
        return read_batch((await asked(self._client.batches.retrieve(remote_id))).to_dict())

    async def cancel_batch(self, remote_id: str) -> None:
        """Stop a batch; one that has ended already is fine."""
        try:
            await asked(self._client.batches.cancel(remote_id))
        except ProviderError:
            if not (await self.batch(remote_id)).is_finished:
                raise

    async def save_content(self, file_id: str, target: Path) -> None:
        """Write a file's bytes to `target`, piece by piece."""
        async with (
            our_errors(),
            self._client.files.with_streaming_response.content(file_id) as response,
        ):
            await response.stream_to_file(target)

    async def delete_model(self, name: str) -> bool:
        """Delete a model at the server; False when it does not know it (any more)."""
        try:
            await asked(self._client.models.delete(name))
        except ProviderError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def answer(self, model: FineTunedModel, text: str) -> Answer:
        """Ask the way the model was trained, at temperature 0."""
        started = time.perf_counter()
        if model.format is ExampleFormat.COMPLETION:
            said, probabilities, exact = await asked(self._complete(model, text))
        else:
            said, probabilities, exact = await asked(self._chat(model, text))
        return Answer(
            model=model.name,
            text=said,
            probabilities=probabilities,
            latency_ms=(time.perf_counter() - started) * 1000,
            approximate=not exact,
            known_label=model.task is not Task.CLASSIFICATION or not model.labels or said in model.labels,
        )

    async def _chat(self, model: FineTunedModel, text: str) -> tuple[str, Shares, bool]:
        classifies = model.task is Task.CLASSIFICATION
        messages: list[Any] = [{"role": "system", "content": model.system}] if model.system else []
        messages.append({"role": "user", "content": text})
        body: dict[str, Any] = {"model": model.name, "messages": messages, "temperature": 0}
        body["max_tokens"] = MAX_LABEL_TOKENS if classifies else MAX_TEXT_TOKENS
        if classifies:
            body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        choice = await self._first_choice("/chat/completions", body)
        said = str((choice.get("message") or {}).get("content") or "").strip()
        return read_answer(choice, said, model)

    async def _complete(self, model: FineTunedModel, text: str) -> tuple[str, Shares, bool]:
        classifies = model.task is Task.CLASSIFICATION
        body: dict[str, Any] = {"model": model.name, "prompt": text + model.separator, "temperature": 0}
        body["max_tokens"] = MAX_LABEL_TOKENS if classifies else MAX_TEXT_TOKENS
        if model.stop:
            body["stop"] = [model.stop]
        if classifies:
            body["logprobs"] = COMPLETION_LOGPROBS
        choice = await self._first_choice("/completions", body)
        said = str(choice.get("text") or "").strip()
        return read_answer(choice, said, model)

    async def _first_choice(self, path: str, body: dict[str, Any]) -> Mapping[str, Any]:
        """Ask, and take the answer as JSON: the SDK's typed call costs a quarter more for each answer.

        Raises ProviderError for an answer that holds none (benchmarks/load has the measurement).
        """
        answer = await self._client.post(path, cast_to=cast("type[Any]", dict[str, Any]), body=body)
        choices = answer.get("choices") if isinstance(answer, Mapping) else None
        if not choices or not isinstance(choices[0], Mapping):
            raise ProviderError(t("The fine-tuning server sent no answer."), status=200)
        found: Mapping[str, Any] = choices[0]
        return found


def _is_ours(row: Mapping[str, Any], op_id: str, training_file: str) -> bool:
    """By metadata; by the training file, which no two jobs share, only where the server kept no metadata."""
    metadata = row.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("op_id"):
        return bool(metadata["op_id"] == op_id)
    return bool(training_file) and row.get("training_file") == training_file


def _hyperparameters(wanted: Hyperparameters) -> Any:
    return {
        "n_epochs": wanted.n_epochs or "auto",
        "batch_size": wanted.batch_size or "auto",
        "learning_rate_multiplier": wanted.learning_rate_multiplier or "auto",
    }

"""A fine-tuning server whose jobs move one step each time they are looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain import (
    Answer,
    BaseModel,
    Checkpoint,
    EventPage,
    FineTunedModel,
    Hyperparameters,
    JobEvent,
    JobPlan,
    JobStatus,
    Metrics,
    RemoteBatch,
    RemoteJob,
)
from bot.errors import NotSupportedError, ServiceError
from bot.ports import RemoteEstimate

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class FakeProvider:
    """Jobs of `n_epochs` epochs with ten steps each; `failures` are raised by the next calls."""

    n_epochs: int = 3
    outcome: JobStatus = JobStatus.SUCCEEDED
    failures: list[ServiceError] = field(default_factory=list)
    lost_creations: list[ServiceError] = field(default_factory=list)
    jobs: dict[str, RemoteJob] = field(default_factory=dict)
    op_ids: dict[str, str] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    can_pause: bool = True
    asked: list[str] = field(default_factory=list)
    batches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches_finish: bool = True
    deleted: list[str] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    bases: tuple[BaseModel, ...] = (
        BaseModel(id="ngram-hash-1", kind="classifier", description="any language", is_default=True),
        BaseModel(id="minilm-l6-blend-1", kind="classifier"),
    )

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def base_models(self) -> tuple[BaseModel, ...]:
        self._fail()
        return self.bases

    async def estimate(
        self, model: str, *, examples: int, tokens: int, labels: int, hyperparameters: Hyperparameters
    ) -> RemoteEstimate | None:
        self._fail()
        return RemoteEstimate(
            n_epochs=self.n_epochs, tokens=tokens * self.n_epochs, seconds=12.0, usd=0.0, measured=True
        )

    async def upload(self, path: Path, *, name: str) -> str:
        self._fail()
        assert path.stat().st_size > 0
        self.uploads.append(name)
        return f"file-{len(self.uploads)}"

    async def create_job(
        self, plan: JobPlan, *, training_file: str, validation_file: str, op_id: str
    ) -> RemoteJob:
        self._fail()
        job = RemoteJob(
            id=f"ftjob-{len(self.jobs) + 1}",
            status=JobStatus.QUEUED,
            status_text="queued",
            model=plan.model,
            created_at=START,
        )
        self.jobs[job.id] = job
        self.op_ids[job.id] = op_id
        if self.lost_creations:
            raise self.lost_creations.pop(0)
        return job

    async def find_job(self, op_id: str, *, training_file: str) -> RemoteJob | None:
        self._fail()
        return next((self.jobs[job] for job, owner in self.op_ids.items() if owner == op_id), None)

    async def job(self, remote_id: str) -> RemoteJob:
        """Each look lets one more epoch pass."""
        self._fail()
        job = replace(self.jobs[remote_id], n_epochs=self.n_epochs)
        if remote_id in self.paused and remote_id not in self.cancelled:
            return replace(job, status=JobStatus.PAUSED, status_text="paused")
        look = self.looks[remote_id] = self.looks.get(remote_id, 0) + 1
        if remote_id in self.cancelled:
            return replace(job, status=JobStatus.CANCELLED, status_text="cancelled")
        if look <= self.n_epochs:
            return replace(job, status=JobStatus.RUNNING, status_text="running")
        return replace(
            job,
            status=self.outcome,
            status_text=self.outcome.value,
            finished_at=START + timedelta(seconds=10 * self.n_epochs),
            fine_tuned_model="ft:ngram-hash-1:tunesmith::abc" if self.outcome is JobStatus.SUCCEEDED else "",
            trained_tokens=1200 if self.outcome is JobStatus.SUCCEEDED else None,
            error="the data is bad" if self.outcome is JobStatus.FAILED else "",
        )

    async def events(self, remote_id: str, *, after: str) -> list[JobEvent]:
        self._fail()
        done = min(self.looks.get(remote_id, 0), self.n_epochs)
        events = [
            JobEvent(id="e0", created_at=START, level="info", message="Fine-tuning job started"),
            *(self._epoch(epoch) for epoch in range(1, done + 1)),
        ]
        known = [event.id for event in events].index(after) + 1 if after else 0
        return events[known:]

    def _epoch(self, epoch: int) -> JobEvent:
        metrics = Metrics(
            step=epoch * 10,
            total_steps=self.n_epochs * 10,
            train_loss=1 / epoch,
            valid_loss=1.1 / epoch,
            valid_accuracy=0.5,
        )
        return JobEvent(
            id=f"e{epoch}",
            created_at=START + timedelta(seconds=10 * epoch),
            level="info",
            message=f"Step {epoch * 10}",
            metrics=metrics,
        )

    async def checkpoints(self, remote_id: str) -> list[Checkpoint]:
        self._fail()
        job = self.jobs[remote_id]
        return [
            Checkpoint(
                id=f"ftckpt-{epoch}",
                step=epoch * 10,
                model=f"ft:{job.model}:tunesmith::abc:ckpt-step-{epoch * 10}",
                metrics=Metrics(step=epoch * 10, valid_loss=1.1 / epoch, valid_accuracy=0.5),
            )
            for epoch in range(1, self.n_epochs)
        ]

    async def cancel(self, remote_id: str) -> RemoteJob:
        self._fail()
        self.cancelled.append(remote_id)
        return self.jobs[remote_id]

    async def content(self, file_id: str) -> bytes:
        self._fail()
        return self.contents[file_id]

    async def event_page(self, remote_id: str, *, limit: int, after: str = "") -> EventPage:
        found = list(reversed(await self.events(remote_id, after="")))
        start = [event.id for event in found].index(after) + 1 if after else 0
        page = found[start : start + limit]
        return EventPage(events=tuple(page), older=page[-1].id if found[start + limit :] else "")

    async def pause(self, remote_id: str) -> RemoteJob:
        self._fail()
        if not self.can_pause:
            raise NotSupportedError("This fine-tuning server can't pause jobs.", status=404)
        self.paused.append(remote_id)
        return await self.job(remote_id)

    async def resume(self, remote_id: str) -> RemoteJob:
        self._fail()
        self.paused.remove(remote_id)
        return self.jobs[remote_id]

    async def create_batch(self, requests: Path, *, endpoint: str, key: str) -> RemoteBatch:
        """Answers everything at once; the same key gives the same batch."""
        self._fail()
        if key not in self.batches:
            lines = [json.loads(line) for line in requests.read_text(encoding="utf-8").splitlines()]
            self.batches[key] = lines
        return await self.batch(key)

    async def batch(self, remote_id: str) -> RemoteBatch:
        self._fail()
        total = len(self.batches[remote_id])
        done = total if self.batches_finish else 0
        return RemoteBatch(
            id=remote_id,
            is_finished=self.batches_finish,
            is_completed=self.batches_finish,
            total=total,
            completed=done,
            failed=0,
            output_file=remote_id if self.batches_finish else "",
        )

    async def cancel_batch(self, remote_id: str) -> None:
        self._fail()
        self.cancelled.append(remote_id)

    async def save_content(self, file_id: str, target: Path) -> None:
        self._fail()
        target.write_text("".join(map(self._batch_line, self.batches[file_id])), encoding="utf-8")

    def _batch_line(self, line: dict[str, Any]) -> str:
        label = self._label(line["body"]["messages"][-1]["content"])
        choice = {"message": {"content": label}, "class_probabilities": {label: 0.9, "other": 0.1}}
        answer = {
            "custom_id": line["custom_id"],
            "response": {"status_code": 200, "body": {"choices": [choice]}},
        }
        return json.dumps(answer) + "\n"

    async def delete_model(self, name: str) -> bool:
        self._fail()
        self.deleted.append(name)
        return True

    def _label(self, text: str) -> str:
        return "billing" if "pay" in text else "delivery"

    async def answer(self, model: FineTunedModel, text: str) -> Answer:
        self._fail()
        self.asked.append(text)
        label = self._label(text)
        return Answer(
            model=model.name,
            text=label,
            probabilities=((label, 0.9), ("other", 0.1)),
            latency_ms=3.0,
        )

"""How a job ends: its model, result file, events, webhooks and status in one unit of work."""

import base64
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.openai_server.filestore import FileStore
from local.openai_server.progress import Failed, Finished, fine_tuned_model
from local.openai_server.store import events, files, jobs, models, webhooks
from local.openai_server.store.database import Database
from local.openai_server.store.events import Level, NewEvent
from local.openai_server.store.files import Purpose
from local.openai_server.store.jobs import Job, JobError, JobStatus

logger = logging.getLogger(__name__)

ENDING = {"model": "New fine-tuned model created", "done": "The job has successfully completed"}


class Completion:
    """Ends jobs. Each way checks, inside its unit of work, that the job hasn't ended otherwise meanwhile."""

    def __init__(
        self, database: Database, file_store: FileStore, jobs_folder: Path, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._files = file_store
        self._folder = jobs_folder
        self._clock = clock

    def succeed(self, job_id: str, line: Finished, labels: int) -> None:
        """The model is there: make it callable, keep the result file, say so."""
        folder = self._folder / job_id
        with self._database.reading() as connection:
            job = jobs.get(connection, job_id)
        table = (folder / line.result_csv).read_bytes()
        # OpenAI hands out result files as base64 text, and clients written for it decode them.
        result = self._files.write(
            base64.b64encode(table),
            owner=job.owner,
            filename="step_metrics.csv",
            purpose=Purpose.FINE_TUNE_RESULTS,
        )
        with self._database.transaction() as tx:
            job = jobs.get(tx, job_id)
            if job.status.is_finished:
                self._files.path(result.id).unlink()
                return
            files.insert(tx, result)
            models.insert(
                tx, fine_tuned_model(job, job.spec.output_model, line.model_dir, labels, int(line.at))
            )
            state = replace(
                job.state, trained_tokens=line.trained_tokens, fine_tuned_model=job.spec.output_model,
                result_files=(result.id,), estimated_finish=None,
                evaluation={"metrics": line.metrics, "classification": line.classification, "best_step": line.best_step},
            )  # fmt: skip
            job = replace(job, status=JobStatus.SUCCEEDED, finished_at=int(self._clock()), state=state)
            jobs.save(tx, job)
            for key, text in ENDING.items():
                events.append(tx, job.id, NewEvent(key=key, at=line.at, message=text))
            webhooks.announce(tx, job.owner, "fine_tuning.job.succeeded", job.id, self._clock())
        logger.info("job finished job=%s status=%s", job_id, JobStatus.SUCCEEDED)

    def fail(self, job_id: str, failure: Failed) -> None:
        """Training or validation can't go on: keep the reason, say so."""
        error = JobError(code=failure.code, message=failure.message, param=failure.param)
        with self._database.transaction() as tx:
            job = jobs.get(tx, job_id)
            if job.status.is_finished:
                return
            event = NewEvent(key="failed", at=failure.at, message=failure.message, level=Level.ERROR)
            self._end(tx, replace(job, state=replace(job.state, error=error)), JobStatus.FAILED, event)
        logger.info("job finished job=%s status=%s code=%s", job_id, JobStatus.FAILED, failure.code)

    def cancel(self, tx: sqlite3.Connection, job: Job) -> Job:
        """End a job that has not finished; the supervisor then ends its process."""
        event = NewEvent(key="cancelled", at=self._clock(), message="The job was cancelled")
        return self._end(tx, job, JobStatus.CANCELLED, event)

    def _end(self, tx: sqlite3.Connection, job: Job, status: JobStatus, event: NewEvent) -> Job:
        now = self._clock()
        state = replace(job.state, estimated_finish=None)
        job = replace(job, status=status, finished_at=int(now), state=state)
        jobs.save(tx, job)
        events.append(tx, job.id, event)
        webhooks.announce(tx, job.owner, f"fine_tuning.job.{status}", job.id, now)
        return job

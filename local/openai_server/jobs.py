"""The routes of fine-tuning jobs: create, list, retrieve, cancel, pause, resume."""

from collections.abc import Callable
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from local.openai_server.calls import Call, json_response
from local.openai_server.creation import CreateJob, admitted, fingerprint_of
from local.openai_server.errors import ApiError, invalid, not_found
from local.openai_server.ids import ORGANIZATION
from local.openai_server.lists import listed
from local.openai_server.services import Services
from local.openai_server.store import events, idempotency, jobs
from local.openai_server.store.events import NewEvent
from local.openai_server.store.idempotency import Remembered
from local.openai_server.store.jobs import Job, JobStatus

ROUTE = "fine_tuning.jobs"


def job_object(job: Job, queue_position: int | None = None) -> dict[str, Any]:
    """OpenAI's job object; `queue_position` (1 starts next) and `evaluation` are ours."""
    hyperparameters = job.state.hyperparameters or job.spec.hyperparameters
    running = job.status is JobStatus.RUNNING
    return {
        "id": job.id,
        "object": "fine_tuning.job",
        "created_at": job.created_at,
        "error": job.state.error,
        "estimated_finish": job.state.estimated_finish if running else None,
        "fine_tuned_model": job.state.fine_tuned_model,
        "finished_at": job.finished_at,
        "hyperparameters": hyperparameters,
        "integrations": [{"type": "wandb", "wandb": run} for run in job.spec.wandb],
        "metadata": job.metadata,
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        "model": job.spec.model,
        "organization_id": f"org-{ORGANIZATION}",
        "result_files": job.state.result_files,
        "seed": job.spec.seed,
        "status": job.status,
        "trained_tokens": job.state.trained_tokens,
        "training_file": job.spec.training_file,
        "user_provided_suffix": job.spec.suffix,
        "validation_file": job.spec.validation_file,
        "queue_position": queue_position,
        "evaluation": job.state.evaluation,
    }


def _shown(services: Services, job: Job) -> dict[str, Any]:
    with services.database.reading() as connection:
        return job_object(job, jobs.queue_position(connection, job))


def create_job(services: Services, call: Call) -> object:
    """POST /fine_tuning/jobs. An Idempotency-Key gives back the job that its first request made."""
    body = call.json(CreateJob)
    key = call.headers.get("idempotency-key")
    made = fingerprint_of(call.body)
    earlier = _earlier(services, call, key, made) if key else None
    if earlier is not None:
        return json_response(_shown(services, earlier), headers={"idempotent-replayed": "true"})
    job, parent = admitted(services, call.owner, body)
    services.folders.prepare(job, services.files, parent)
    with services.database.transaction() as tx:
        taken = idempotency.find(tx, call.owner, ROUTE, key, services.clock()) if key else None
        if taken is None:
            _insert(services, tx, job)
            if key:
                remembered = Remembered(object_id=job.id, fingerprint=made)
                idempotency.remember(tx, call.owner, ROUTE, key, remembered, services.clock())
    if taken is not None:
        services.folders.remove(job.id)
        return create_job(services, call)
    services.supervisor.wake()
    return job_object(job)


def _insert(services: Services, tx: Connection, job: Job) -> None:
    jobs.insert(tx, job)
    spec, now = job.spec, services.clock()
    files = f"training file: {spec.training_file}"
    if spec.validation_file is not None:
        files += f" and validation file: {spec.validation_file}"
    events.append(tx, job.id, NewEvent(key="created", at=now, message=f"Created fine-tuning job: {job.id}"))
    events.append(tx, job.id, NewEvent(key="validating", at=now, message=f"Validating {files}"))


def _earlier(services: Services, call: Call, key: str, fingerprint: str) -> Job | None:
    with services.database.reading() as connection:
        remembered = idempotency.find(connection, call.owner, ROUTE, key, services.clock())
        if remembered is None:
            return None
        if remembered.fingerprint != fingerprint:
            message = "This Idempotency-Key was used with another request body. Take a new key for a new job."
            raise ApiError(422, message, param="Idempotency-Key", code="idempotency_key_reused")
        return jobs.get(connection, remembered.object_id)


def list_jobs(services: Services, call: Call) -> object:
    """GET /fine_tuning/jobs, newest first; `metadata[k]=v` filters, `metadata=null` finds jobs without any."""
    wanted: dict[str, str] | None = {
        name[len("metadata[") : -1]: value
        for name, value in call.query.items()
        if name.startswith("metadata[") and name.endswith("]")
    }
    if call.query.get("metadata") == "null":
        wanted = None
    request = call.page()
    with services.database.reading() as connection:
        page = jobs.page(connection, call.owner, wanted, request)
        found = [jobs.from_row(row) for row in page.rows]
        shown = [job_object(job, jobs.queue_position(connection, job)) for job in found]
    return listed(shown, page.has_more)


def find_job(services: Services, call: Call) -> Job:
    """The caller's job named in the path; raises ApiError 404."""
    with services.database.reading() as connection:
        job = jobs.find(connection, call.owner, call.path["job_id"])
    if job is None:
        raise not_found(
            "fine-tuning job", call.path["job_id"], param="fine_tuning_job_id", code="fine_tune_not_found"
        )
    return job


def retrieve_job(services: Services, call: Call) -> object:
    """GET /fine_tuning/jobs/{id}."""
    return _shown(services, find_job(services, call))


def cancel_job(services: Services, call: Call) -> object:
    """POST …/cancel: the job is cancelled with this answer; its process ends within seconds."""

    def change(tx: Connection, job: Job) -> Job:
        if job.status is JobStatus.CANCELLED:
            return job
        if job.status.is_finished:
            raise _wrong_status(job, "cancelled")
        return services.completion.cancel(tx, job)

    return _changed(services, call, change)


def pause_job(services: Services, call: Call) -> object:
    """POST …/pause: training saves its state and its process leaves; the job keeps its id and its data."""

    def change(tx: Connection, job: Job) -> Job:
        if job.status is JobStatus.PAUSED:
            return job
        if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
            raise _wrong_status(job, "paused")
        return _moved(services, tx, job, JobStatus.PAUSED, "Fine-tuning job paused")

    return _changed(services, call, change)


def resume_job(services: Services, call: Call) -> object:
    """POST …/resume: a paused job joins the end of the queue and goes on from its saved state."""

    def change(tx: Connection, job: Job) -> Job:
        if job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            return job
        if job.status is not JobStatus.PAUSED:
            raise _wrong_status(job, "resumed")
        resumed = replace(job, queued_at=services.clock(), state=replace(job.state, queue_told=None))
        return _moved(
            services, tx, resumed, JobStatus.QUEUED, "Fine-tuning job resumed, moving job to queued state"
        )

    return _changed(services, call, change)


def _changed(services: Services, call: Call, change: Callable[[Connection, Job], Job]) -> object:
    """The job after `change`, applied to its row as it is at that moment."""
    find_job(services, call)
    with services.database.transaction() as tx:
        job = change(tx, jobs.get(tx, call.path["job_id"]))
    services.supervisor.wake()
    return _shown(services, job)


def _moved(services: Services, tx: Connection, job: Job, status: JobStatus, message: str) -> Job:
    now = services.clock()
    job = replace(job, status=status)
    jobs.save(tx, job)
    events.append(tx, job.id, NewEvent(key=f"{status}:{now}", at=now, message=message))
    return job


def _wrong_status(job: Job, wanted: str) -> ApiError:
    message = f"Job {job.id} has the status {job.status} and cannot be {wanted}."
    return invalid(message, param="fine_tuning_job_id", code="invalid_job_status")

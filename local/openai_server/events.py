"""The routes of a job's events and checkpoints."""

import msgspec

from local.openai_server.calls import Call
from local.openai_server.jobs import find_job
from local.openai_server.lists import listed
from local.openai_server.services import Services
from local.openai_server.store import events, models


def list_events(services: Services, call: Call) -> object:
    """GET …/events, newest first; the data of `metrics` events holds the step's figures."""
    job, request = find_job(services, call), call.page()
    with services.database.reading() as connection:
        page = events.page(connection, job.id, request)
    return listed(
        [
            {
                "id": row["id"],
                "object": "fine_tuning.job.event",
                "created_at": row["created_at"],
                "level": row["level"],
                "message": row["message"],
                "type": row["type"],
                "data": msgspec.Raw(row["data"].encode()),
            }
            for row in page.rows
        ],
        page.has_more,
    )


def list_checkpoints(services: Services, call: Call) -> object:
    """GET …/checkpoints, newest first: one an epoch, the last three kept, each callable as a model."""
    job, request = find_job(services, call), call.page(default_limit=10)
    with services.database.reading() as connection:
        page = models.checkpoint_page(connection, job.id, request)
    checkpoints = [models.checkpoint_from_row(row) for row in page.rows]
    return listed(
        [
            {
                "id": checkpoint.id,
                "object": "fine_tuning.job.checkpoint",
                "created_at": checkpoint.created_at,
                "fine_tuned_model_checkpoint": checkpoint.model_id,
                "fine_tuning_job_id": checkpoint.job_id,
                "metrics": checkpoint.metrics,
                "step_number": checkpoint.step,
            }
            for checkpoint in checkpoints
        ],
        page.has_more,
    )

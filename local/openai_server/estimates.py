"""POST /fine_tuning/jobs/estimate: tokens, time and cost of a job before it is created."""

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from local.openai_server import trainer_bridge
from local.openai_server.calls import Call
from local.openai_server.catalog import Base
from local.openai_server.creation import CreateJob, HyperparametersBody, admitted, base_of
from local.openai_server.errors import invalid
from local.openai_server.job_folders import CACHE_NAME
from local.openai_server.past_accuracy import past_accuracy
from local.openai_server.services import Services
from local.openai_server.store.jobs import Hyperparameters
from local.openai_server.trainer_bridge import TrainerError

Amount = Annotated[int, Meta(ge=1, le=10**12)]


class FromCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a data set that isn't uploaded yet; `tokens` are those of one pass."""

    model: str
    examples: Amount
    tokens: Amount
    labels: Amount
    hyperparameters: HyperparametersBody | None = None


class _Either(msgspec.Struct):
    training_file: object = None


def estimate_job(services: Services, call: Call) -> object:
    """The estimate for a job-creation body, or for counts in place of a file. Nothing is created."""
    if call.json(_Either).training_file is None:
        counts = call.json(FromCounts)
        base, _ = base_of(services, call.owner, counts.model)
        hyperparameters = (counts.hyperparameters or HyperparametersBody()).resolved()
        return _estimate(services, call.owner, counts, base, hyperparameters)
    body = call.json(CreateJob)
    job, _ = admitted(services, call.owner, body)
    base, _ = base_of(services, call.owner, body.model)
    totals_of = trainer_bridge.conversation_totals if base.writes else trainer_bridge.example_totals
    try:
        totals = totals_of(services.files.path(body.training_file))
    except TrainerError as error:
        raise invalid(error.message, param=error.param, code=error.code) from error
    counts = FromCounts(model=body.model, **totals)
    return _estimate(services, call.owner, counts, base, job.spec.hyperparameters)


def _estimate(
    services: Services, owner: str, counts: FromCounts, base: Base, asked: Hyperparameters
) -> dict[str, Any]:
    resolved = trainer_bridge.resolved_hyperparameters(
        base.id, asked, examples=counts.examples, labels=counts.labels, writes=base.writes
    )
    time = trainer_bridge.estimated_time(
        base.id,
        resolved,
        examples=counts.examples,
        tokens=counts.tokens,
        labels=counts.labels,
        cache=services.home / CACHE_NAME,
        writes=base.writes,
    )
    return {
        "object": "fine_tuning.job.estimate",
        "model": counts.model,
        "n_epochs": resolved.n_epochs,
        "batch_size": resolved.batch_size,
        "learning_rate_multiplier": resolved.learning_rate_multiplier,
        "trained_tokens": counts.tokens * resolved.n_epochs,
        "seconds": round(time.seconds, 1),
        "usd": 0.0,
        "measured_here": time.measured_here,
        **_expected_accuracy(services, owner, base, counts.labels),
    }


def _expected_accuracy(services: Services, owner: str, base: Base, labels: int) -> dict[str, Any]:
    """What the caller's own earlier jobs of this base came to; nulls where there are none, and for texts."""
    past = None
    if not base.writes:
        with services.database.reading() as connection:
            past = past_accuracy(connection, owner, base.id, labels)
    if past is None:
        return {"expected_accuracy": None, "past_accuracy": None}
    return {"expected_accuracy": past.median, "past_accuracy": asdict(past)}

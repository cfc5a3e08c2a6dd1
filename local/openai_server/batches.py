"""The routes of batches: create, list, retrieve, cancel."""

from dataclasses import replace
from typing import Any, Literal

import msgspec
from starlette.responses import Response

from local.openai_server.calls import Call, check_metadata, json_response
from local.openai_server.creation import fingerprint_of
from local.openai_server.errors import ApiError, invalid, not_found
from local.openai_server.files import checked_lifetime
from local.openai_server.ids import new_id
from local.openai_server.lists import listed
from local.openai_server.services import Services
from local.openai_server.store import batches, idempotency
from local.openai_server.store.batches import Batch, BatchStatus
from local.openai_server.store.files import Purpose
from local.openai_server.store.idempotency import Remembered
from local.openai_server.uploads import ExpiresAfter

ROUTE = "batches"
ENDPOINTS = ("/v1/chat/completions", "/v1/completions")
WINDOW_S = 24 * 3600
TIMES = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


class CreateBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /batches."""

    input_file_id: str
    endpoint: str
    completion_window: Literal["24h"]
    metadata: dict[str, str] | None = None
    output_expires_after: ExpiresAfter | None = None


def batch_object(batch: Batch) -> dict[str, Any]:
    """OpenAI's batch object; what its description types without null is left out where there is nothing."""
    findings = {"object": "list", "data": batch.findings} if batch.findings else None
    fields = {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": findings,
        "input_file_id": batch.input_file_id,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output_file_id,
        "error_file_id": batch.error_file_id,
        "created_at": batch.created_at,
        "expires_at": batch.expires_at,
        **{name: batch.times.get(name) for name in TIMES},
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "metadata": batch.metadata,
        "model": batch.model,
        "usage": {
            "input_tokens": batch.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": batch.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": batch.input_tokens + batch.output_tokens,
        },
    }
    return {name: value for name, value in fields.items() if value is not None}


def create_batch(services: Services, call: Call) -> Response:
    """POST /batches. An Idempotency-Key gives back the batch that its first request made."""
    body = call.json(CreateBatch)
    if body.endpoint not in ENDPOINTS:
        message = f"Invalid 'endpoint': this server runs batches of {', '.join(ENDPOINTS)}."
        raise invalid(message, param="endpoint", code="invalid_value")
    file = services.files.find(call.owner, body.input_file_id, param="input_file_id")
    if file.purpose is not Purpose.BATCH:
        message = f"The file {file.id} has the purpose '{file.purpose}'; it must be 'batch'."
        raise invalid(message, param="input_file_id", code="invalid_file_purpose")
    expiry, now = body.output_expires_after, int(services.clock())
    batch = Batch(
        id=new_id("batch_"),
        owner=call.owner,
        status=BatchStatus.VALIDATING,
        created_at=now,
        endpoint=body.endpoint,
        input_file_id=file.id,
        expires_at=now + WINDOW_S,
        output_lifetime_s=checked_lifetime(expiry.anchor, expiry.seconds) if expiry else None,
        metadata=check_metadata(body.metadata),
    )
    earlier = _admit(services, call, batch)
    if earlier is not None:
        return json_response(batch_object(earlier), headers={"idempotent-replayed": "true"})
    services.batch_bell.ring()
    return json_response(batch_object(batch))


def _admit(services: Services, call: Call, batch: Batch) -> Batch | None:
    """Write the batch down, or give the one that an earlier request with the same Idempotency-Key made."""
    key, made = call.headers.get("idempotency-key"), fingerprint_of(call.body)
    with services.database.transaction() as tx:
        if key is not None:
            earlier = idempotency.find(tx, call.owner, ROUTE, key, services.clock())
            if earlier is not None and earlier.fingerprint != made:
                message = (
                    "This Idempotency-Key was used with another request body. Take a new key for a new batch."
                )
                raise ApiError(422, message, param="Idempotency-Key", code="idempotency_key_reused")
            if earlier is not None:
                return batches.get(tx, earlier.object_id)
            remembered = Remembered(object_id=batch.id, fingerprint=made)
            idempotency.remember(tx, call.owner, ROUTE, key, remembered, services.clock())
        batches.save(tx, batch)
    return None


def list_batches(services: Services, call: Call) -> object:
    """GET /batches, newest first."""
    request = call.page()
    with services.database.reading() as connection:
        page = batches.page(connection, call.owner, request)
    return listed([batch_object(batches.from_row(row)) for row in page.rows], page.has_more)


def retrieve_batch(services: Services, call: Call) -> object:
    """GET /batches/{id}."""
    return batch_object(_find(services, call))


def cancel_batch(services: Services, call: Call) -> object:
    """POST /batches/{id}/cancel: what has been answered stays in the output file."""
    _find(services, call)
    with services.database.transaction() as tx:
        batch = batches.get(tx, call.path["batch_id"])
        if batch.status.is_finished and batch.status is not BatchStatus.CANCELLED:
            message = f"Cannot cancel a batch with status '{batch.status}'."
            raise ApiError(409, message, code="invalid_batch_status", headers={"x-should-retry": "false"})
        if not batch.status.is_finished:
            times = {**batch.times, "cancelling_at": int(services.clock())}
            batch = replace(batch, status=BatchStatus.CANCELLING, times=times)
            batches.save(tx, batch)
    services.batch_bell.ring()
    return batch_object(batch)


def _find(services: Services, call: Call) -> Batch:
    with services.database.reading() as connection:
        batch = batches.find(connection, call.owner, call.path["batch_id"])
    if batch is None:
        raise not_found("batch", call.path["batch_id"], param="batch_id")
    return batch

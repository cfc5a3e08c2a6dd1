"""The table of routes, and the way from a request to a handler and back."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.openai_server import (
    batches,
    chat,
    completions,
    estimates,
    events,
    files,
    health,
    jobs,
    models,
    uploads,
    webhooks,
)
from local.openai_server.calls import Call, json_response, read_body
from local.openai_server.services import Services
from local.openai_server.settings import MEGABYTE

Handler = Callable[[Services, Call], Any]
Streamed = Callable[[Services, Call, Request], Awaitable[Response]]
Open = Callable[[Services, Request], Response]

JOB = "/v1/fine_tuning/jobs/{job_id}"

HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/v1/chat/completions", chat.create_chat_completion),
    ("POST", "/v1/completions", completions.create_completion),
    ("GET", "/v1/files", files.list_files),
    ("GET", "/v1/files/{file_id}", files.retrieve_file),
    ("DELETE", "/v1/files/{file_id}", files.delete_file),
    ("GET", "/v1/files/{file_id}/content", files.file_content),
    ("POST", "/v1/fine_tuning/jobs/estimate", estimates.estimate_job),
    ("POST", "/v1/fine_tuning/jobs", jobs.create_job),
    ("GET", "/v1/fine_tuning/jobs", jobs.list_jobs),
    ("GET", JOB, jobs.retrieve_job),
    ("POST", f"{JOB}/cancel", jobs.cancel_job),
    ("POST", f"{JOB}/pause", jobs.pause_job),
    ("POST", f"{JOB}/resume", jobs.resume_job),
    ("GET", f"{JOB}/events", events.list_events),
    ("GET", f"{JOB}/checkpoints", events.list_checkpoints),
    ("GET", "/v1/models", models.list_models),
    ("GET", "/v1/models/{model:path}", models.retrieve_model),
    ("DELETE", "/v1/models/{model:path}", models.delete_model),
    ("POST", "/v1/uploads", uploads.create_upload),
    ("POST", "/v1/uploads/{upload_id}/complete", uploads.complete_upload),
    ("POST", "/v1/uploads/{upload_id}/cancel", uploads.cancel_upload),
    ("POST", "/v1/batches", batches.create_batch),
    ("GET", "/v1/batches", batches.list_batches),
    ("GET", "/v1/batches/{batch_id}", batches.retrieve_batch),
    ("POST", "/v1/batches/{batch_id}/cancel", batches.cancel_batch),
    ("GET", "/v1/webhook_event_types", webhooks.list_event_types),
    ("POST", "/v1/webhook_endpoints", webhooks.create_endpoint),
    ("GET", "/v1/webhook_endpoints", webhooks.list_endpoints),
    ("GET", "/v1/webhook_endpoints/{endpoint_id}", webhooks.retrieve_endpoint),
    ("POST", "/v1/webhook_endpoints/{endpoint_id}", webhooks.update_endpoint),
    ("DELETE", "/v1/webhook_endpoints/{endpoint_id}", webhooks.delete_endpoint),
    ("POST", "/v1/webhook_endpoints/{endpoint_id}/rotate_secret", webhooks.rotate_secret),
    ("POST", "/v1/webhook_endpoints/{endpoint_id}/test", webhooks.send_test),
)
"""Method, path, handler; a plain function runs in a worker thread, a coroutine function on the event loop."""

STREAMED: tuple[tuple[str, str, Streamed], ...] = (
    ("POST", "/v1/files", files.create_file),
    ("POST", "/v1/uploads/{upload_id}/parts", uploads.create_part),
)
"""Routes that read their body themselves, as it comes."""

OPEN: tuple[tuple[str, str, Open], ...] = (
    ("GET", "/healthz", health.health),
    ("GET", "/metrics", health.metrics),
)
"""Routes that need no key."""


def routes(services: Services) -> list[Route]:
    """All routes, bound to the server's parts."""
    found = [
        Route(path, _handled(services, path, handler), methods=[method]) for method, path, handler in HANDLERS
    ]
    found += [
        Route(path, _streamed(services, path, handler), methods=[method])
        for method, path, handler in STREAMED
    ]
    found += [Route(path, _open(services, path, handler), methods=[method]) for method, path, handler in OPEN]
    return found


def _handled(services: Services, path: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    limit = services.settings.max_json_mb * MEGABYTE
    is_coroutine = inspect.iscoroutinefunction(handler)

    async def endpoint(request: Request) -> Response:
        request.scope["tunesmith.route"] = path
        owner = services.authenticator.owner(request.headers)
        call = _call(request, owner, await read_body(request, limit))
        if is_coroutine:
            result = await handler(services, call)
        else:
            result = await run_in_threadpool(handler, services, call)
        return result if isinstance(result, Response) else json_response(result)

    return endpoint


def _streamed(services: Services, path: str, handler: Streamed) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request.scope["tunesmith.route"] = path
        owner = services.authenticator.owner(request.headers)
        return await handler(services, _call(request, owner, b""), request)

    return endpoint


def _open(services: Services, path: str, handler: Open) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request.scope["tunesmith.route"] = path
        return await run_in_threadpool(handler, services, request)

    return endpoint


def _call(request: Request, owner: str, body: bytes) -> Call:
    return Call(
        owner=owner,
        request_id=request.scope["tunesmith.request_id"],
        path=request.path_params,
        query=request.query_params,
        headers=request.headers,
        body=body,
    )

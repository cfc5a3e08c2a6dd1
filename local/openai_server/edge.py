"""The outermost layer: a request id and a time for every answer, and OpenAI's error body for every refusal."""

import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.openai_server.errors import ApiError, invalid, server_error, shown
from local.openai_server.ids import new_id
from local.openai_server.metrics import Metrics
from local.openai_server.store.pages import UnknownCursor

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Edge:
    """ASGI middleware; sits outside Starlette's own error handling, so that even a 500 has its id."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = new_id("req_", 32)
        scope["tunesmith.request_id"] = request_id
        status = 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                milliseconds = int((time.perf_counter() - began) * 1000)
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"openai-processing-ms", str(milliseconds).encode()),
                    (b"openai-version", b"2020-10-01"),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        finally:
            route = scope.get("tunesmith.route", "unknown")
            # Anyone may invent methods; a counter for each would grow without bound.
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            self._metrics.observe(method, route, status, time.perf_counter() - began)


async def on_api_error(request: Request, error: Exception) -> Response:
    """Our own refusals."""
    assert isinstance(error, ApiError)
    return error.response()


async def on_http_error(request: Request, error: Exception) -> Response:
    """The router's refusals: no such path, no such method."""
    assert isinstance(error, HTTPException)
    what = f"{shown(request.method, 20)} {shown(request.url.path)}"
    if error.status_code == 404:
        return ApiError(
            404, f"Unknown request URL: {what}. See docs/server.md.", code="unknown_url"
        ).response()
    if error.status_code == 405:
        message = f"Not allowed to {what}. (HINT: another HTTP method may do.)"
        headers = error.headers or {}
        return ApiError(405, message, code="method_not_supported", headers=headers).response()
    return ApiError(error.status_code, str(error.detail)).response()


async def on_unknown_cursor(request: Request, error: Exception) -> Response:
    """A list was asked to go on after something that isn't in it."""
    return invalid(
        f"No such object to go on after: {shown(str(error))}", param="after", code="invalid_cursor"
    ).response()


async def on_disconnect(request: Request, error: Exception) -> Response:
    """The caller left before the body was whole; nobody reads this."""
    return invalid("The request body ended early.", code="incomplete_body").response()


async def on_crash(request: Request, error: Exception) -> Response:
    """Our own fault; Starlette logs it after this answer."""
    return server_error().response()


EXCEPTION_HANDLERS: dict[Any, Any] = {
    ApiError: on_api_error,
    HTTPException: on_http_error,
    UnknownCursor: on_unknown_cursor,
    ClientDisconnect: on_disconnect,
    Exception: on_crash,
}

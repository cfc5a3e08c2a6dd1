"""A validating proxy between the SDK and the server: each answer is held to OpenAI's document as it passes."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.contract import schemas
from tests.contract.schemas import Schema
from tests.contract.shapes import additions, divergences

JOB = "/v1/fine_tuning/jobs/{job_id}"
HOOK = "/v1/webhook_endpoints/{endpoint_id}"
SHAPES: dict[tuple[str, str], Schema] = {
    ("POST", "/v1/chat/completions"): schemas.CHAT,
    ("POST", "/v1/completions"): schemas.COMPLETION,
    ("POST", "/v1/files"): schemas.FILE,
    ("GET", "/v1/files"): schemas.FILES,
    ("GET", "/v1/files/{file_id}"): schemas.FILE,
    ("DELETE", "/v1/files/{file_id}"): schemas.FILE_DELETED,
    ("POST", "/v1/uploads"): schemas.UPLOAD,
    ("POST", "/v1/uploads/{upload_id}/parts"): schemas.UPLOAD_PART,
    ("POST", "/v1/uploads/{upload_id}/complete"): schemas.UPLOAD,
    ("POST", "/v1/uploads/{upload_id}/cancel"): schemas.UPLOAD,
    ("POST", "/v1/fine_tuning/jobs"): schemas.JOB,
    ("GET", "/v1/fine_tuning/jobs"): schemas.JOBS,
    ("GET", JOB): schemas.JOB,
    ("POST", f"{JOB}/cancel"): schemas.JOB,
    ("POST", f"{JOB}/pause"): schemas.JOB,
    ("POST", f"{JOB}/resume"): schemas.JOB,
    ("GET", f"{JOB}/events"): schemas.EVENTS,
    ("GET", f"{JOB}/checkpoints"): schemas.CHECKPOINTS,
    ("GET", "/v1/models"): schemas.MODELS,
    ("GET", "/v1/models/{model:path}"): schemas.MODEL,
    ("DELETE", "/v1/models/{model:path}"): schemas.MODEL_DELETED,
    ("POST", "/v1/batches"): schemas.BATCH,
    ("GET", "/v1/batches"): schemas.BATCHES,
    ("GET", "/v1/batches/{batch_id}"): schemas.BATCH,
    ("POST", "/v1/batches/{batch_id}/cancel"): schemas.BATCH,
    ("GET", "/v1/webhook_event_types"): schemas.WEBHOOK_EVENT_TYPES,
    ("POST", "/v1/webhook_endpoints"): schemas.WEBHOOK_WITH_SECRET,
    ("GET", "/v1/webhook_endpoints"): schemas.WEBHOOK_ENDPOINTS,
    ("GET", HOOK): schemas.WEBHOOK_ENDPOINT,
    ("POST", HOOK): schemas.WEBHOOK_ENDPOINT,
    ("DELETE", HOOK): schemas.WEBHOOK_DELETED,
    ("POST", f"{HOOK}/rotate_secret"): schemas.WEBHOOK_WITH_SECRET,
    ("POST", f"{HOOK}/test"): schemas.WEBHOOK_TESTED,
}
"""Method and path, as in the server's own table of routes, with the body of a 200."""

CONTENT = ("GET", "/v1/files/{file_id}/content")
"""The one answer that is no JSON. The document says application/json with a string; OpenAI sends octets."""

STREAMED: dict[tuple[str, str], Schema] = {
    ("POST", "/v1/chat/completions"): schemas.CHAT_CHUNK,
    ("POST", "/v1/completions"): schemas.COMPLETION_CHUNK,
}
HEADERS = {
    "x-request-id": r"req_\w+",
    "openai-processing-ms": r"\d+",
    "openai-version": r"\d{4}-\d\d-\d\d",
}


def _pattern(path: str) -> re.Pattern[str]:
    path = path.replace("{model:path}", "(.+)")
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


PATTERNS = {(method, path): _pattern(path) for method, path in (*SHAPES, CONTENT)}


@dataclass
class Proxy:
    """What has passed: the routes answered, where answers diverged, and their fields beyond the document."""

    passed: set[tuple[str, str]] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)

    def check(self, request: httpx2.Request, response: httpx2.Response, body: bytes) -> None:
        """Look at one whole answer."""
        label = f"{request.method} {request.url.path} {response.status_code}"
        self.found += [f"{label}: {what}" for what in self._divergences(request, response, body)]

    def _divergences(self, request: httpx2.Request, response: httpx2.Response, body: bytes) -> Iterator[str]:
        for name, pattern in HEADERS.items():
            if not re.fullmatch(pattern, response.headers.get(name, "")):
                yield f"the header {name} is {response.headers.get(name)!r}"
        media_type = response.headers.get("content-type", "").partition(";")[0]
        route = route_of(request.method, request.url.path)
        if response.status_code >= 400:
            yield from self._shape(schemas.ERROR, body, media_type)
        elif route is None:
            return  # an extension
        elif response.status_code != 200:
            yield "the document knows no other success than 200"
        elif route == CONTENT:
            if media_type != "application/octet-stream":
                yield f"the content type is {media_type!r}"
        elif media_type == "text/event-stream":
            yield from self._stream(STREAMED[route], body)
        else:
            yield from self._shape(SHAPES[route], body, media_type)
        if route is not None and response.status_code == 200:
            self.passed.add(route)

    def _shape(self, schema: Schema, body: bytes, media_type: str) -> list[str]:
        if media_type != "application/json":
            return [f"the content type is {media_type!r}"]
        value = json.loads(body)
        self.added |= additions(schema, value)
        return divergences(schema, value)

    def _stream(self, schema: Schema, body: bytes) -> Iterator[str]:
        events = body.decode().split("\n\n")
        if events[-2:] != ["data: [DONE]", ""]:
            yield "the stream does not end with [DONE]"
        for event in events[:-2]:
            chunk = json.loads(event.removeprefix("data: "))
            self.added |= additions(schema, chunk)
            yield from divergences(schema, chunk)


def route_of(method: str, path: str) -> tuple[str, str] | None:
    """The route of the table that a request goes to; the most specific one where several would do."""
    fitting = [route for route, pattern in PATTERNS.items() if route[0] == method and pattern.fullmatch(path)]
    if path == "/v1/fine_tuning/jobs/estimate":
        return None
    return max(fitting, key=lambda route: len(route[1]), default=None)


class ProxyTransport(httpx2.HTTPTransport):
    """The transport of an SDK's client, with the proxy looking on; streams pass piece by piece."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__()
        self._proxy = proxy

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on; its answer is looked at once it is whole."""
        response = super().handle_request(request)
        look = _look(self._proxy, request, response)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Watched(response.stream, look)
        return response


def _look(proxy: Proxy, request: httpx2.Request, response: httpx2.Response) -> Callable[[bytes], None]:
    return lambda body: proxy.check(request, response, body)


class _Watched(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, look: Callable[[bytes], Any]) -> None:
        self._stream = stream
        self._look = look
        self._pieces: list[bytes] = []
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._pieces.append(piece)
            yield piece
        self._is_whole = True

    def close(self) -> None:
        # Clients leave a stream after its last event, before the connection has said that nothing follows.
        body = b"".join(self._pieces)
        if self._is_whole or body.endswith(b"data: [DONE]\n\n"):
            self._look(body)
        self._stream.close()
